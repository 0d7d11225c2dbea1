import type { Knowledge } from '../../../src/operator-page/overview.ts';
import { RefusalLog } from '../../../src/operator-page/refusal-log.ts';
import { type TenantRow, tenantRowOf } from '../../../src/operator-page/tenant-row.ts';
import { KUBECONFIG_ANNOTATION, TENANT_API_VERSION, type Tenant, type TenantCondition } from '../../../src/tenants/tenant.ts';

/** 2026-11-29T03:00:00Z */
export const NOW = Date.UTC(2026, 10, 29, 3);
export const DAY_MS = 86_400_000;
export const at = (msAgo: number): string => new Date(NOW - msAgo).toISOString();

const LIMITS = { maxRequestsInflight: 400, maxLongRunning: 10_000, rate: undefined };
const NO_USE = { inflight: 0, longRunning: 0, refused: { inflight: 0, longRunning: 0, rate: 0 } };

export function condition(type: string, status: TenantCondition['status'], change: Partial<TenantCondition> = {}): TenantCondition {
  return { type, status, reason: 'AsExpected', message: '', lastTransitionTime: at(3_600_000), ...change };
}

/** A tenant that is ready, with a kubeconfig that nobody may see. */
export function madeTenant(name: string, change: { metadata?: object; spec?: Tenant['spec']; status?: Tenant['status'] } = {}): Tenant {
  return {
    apiVersion: TENANT_API_VERSION,
    kind: 'Tenant',
    metadata: {
      name,
      generation: 1,
      creationTimestamp: at(DAY_MS),
      annotations: { [KUBECONFIG_ANNOTATION]: 'c2VjcmV0LXNlY3JldA==' },
      ...change.metadata,
    },
    spec: change.spec ?? {},
    status: {
      phase: 'Ready',
      observedGeneration: 1,
      conditions: [condition('Ready', 'True')],
      credentials: { notAfter: at(-200 * DAY_MS) },
      ...change.status,
    },
  };
}

export function rowOf(
  tenant: Tenant,
  use: Partial<TenantRow['use']> = {},
  limits: TenantRow['limits'] = LIMITS,
  tokens?: number,
): TenantRow {
  return tenantRowOf(tenant, { use: { tenantId: tenant.metadata.name, ...NO_USE, ...use }, limits, tokens }, 'default');
}

/** All is well, for so many tenants. */
export function madeKnowledge(change: Partial<Knowledge> = {}, tenants = 2): Knowledge {
  return {
    now: NOW,
    tenants: Array.from({ length: tenants }, (_, index) => rowOf(madeTenant(`t${String(index).padStart(5, '0')}`))),
    tenantsBehindSince: undefined,
    refusals: new RefusalLog(),
    upstreams: [{ name: 'default', sight: { value: 'v1.37.2', error: undefined, since: NOW - DAY_MS } }],
    etcd: {
      value: { leader: 'node-1/4711', replicas: [{ name: 'gateway-1', agrees: true }] },
      error: undefined,
      since: NOW - DAY_MS,
    },
    certificates: [{ what: 'gateway, kube.example.org', endsAt: NOW + 90 * DAY_MS }],
    gateway: {
      version: '0.1.0',
      node: 'v24.9.0',
      startedAt: NOW - DAY_MS,
      workers: 2,
      url: 'https://kube.example.org:6443',
      notReady: undefined,
      sharedWatches: 14,
      watchClients: 210,
      jaeger: 'http://jaeger.example.org/jaeger/',
    },
    ...change,
  };
}
