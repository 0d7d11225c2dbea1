/** Keeps the quota of every tenant that has one, beside the tenants' reconciling: what it does comes seldom for a tenant, and often for a namespace. */
import type { Logger } from 'pino';
import { tenantIdOfUpstreamName } from '../../names/prefix.ts';
import type { BridgeAddress } from '../../names/webhook-url.ts';
import { GATE_CONFIG_MAP, GATE_NAMESPACE, QUOTA_LABEL, QUOTA_OBJECT_LABEL, QUOTA_READY } from '../../quota/names.ts';
import { listTenantQuotas, sharesAmong } from '../../quota/shares.ts';
import type { KeyStore } from '../../tenants/etcd-keys.ts';
import type { Fence, TenantStore } from '../../tenants/store.ts';
import { TENANT_LABEL, type Tenant } from '../../tenants/tenant.ts';
import type { SharedNames } from '../../translate/context.ts';
import { follow } from '../../upstream/follow.ts';
import type { UpstreamClient } from '../../upstream/upstream-client.ts';
import { followTenants } from '../follow-tenants.ts';
import type { LoopMetrics } from '../metrics/controller-metrics.ts';
import type { LoopState } from '../metrics/loop-state.ts';
import { quotaGate } from '../policies/guard-quota.ts';
import { WorkQueue } from '../queue.ts';
import type { Requeue } from '../reconcile.ts';
import { NAMESPACES } from '../steps/ensure-namespaces.ts';
import { enforceQuota, removeQuota } from './enforce-quota.ts';
import { quotaOf } from './quota-of-tenant.ts';
import { quotaWebhook } from './quota-webhook.ts';
import { reportUsage, writeStatus } from './report-usage.ts';
import { ShareSettler } from './settle-shares.ts';

/** How long after a change usage is told and shares are settled: so often at most for a tenant. */
const TEND_AFTER_MS = 1_500;
const WORKERS = 4;
/** How often everything is looked at again, whether it seems to have changed or not. */
const RESYNC_MS = 60_000;

export interface QuotaLoopOptions {
  readonly store: TenantStore;
  readonly upstream: UpstreamClient;
  /** Whether the tenant lives in that cluster; undefined: all do. */
  readonly isOurs?: ((tenant: Tenant) => boolean) | undefined;
  readonly keys: KeyStore;
  readonly shared?: SharedNames | undefined;
  /** Where upstream calls the gateways; undefined: shares are never raised, and so nothing can be made. */
  readonly bridge?: BridgeAddress | undefined;
  readonly fence?: Fence | undefined;
  readonly log: Logger;
  readonly metrics?: LoopMetrics | undefined;
  readonly state?: LoopState | undefined;
}

/** Until the signal aborts; resolves when the work in hand is done. Rejects when etcd cannot be asked at the very beginning. */
export async function runQuota(options: QuotaLoopOptions, signal: AbortSignal): Promise<void> {
  const { store, upstream, isOurs = () => true, keys, shared, bridge, log } = options;
  const deps = { upstream, keys, signal };
  /** Those that have a quota, or had one that has not been taken away yet. */
  const limited = new Set((await keys.list('quota/')).map(({ key }) => key.split('/')[1]!));
  const settler = new ShareSettler();

  async function enforce(tenantId: string): Promise<Requeue> {
    const tenant = await store.get(tenantId);
    // The keys are of all clusters.
    if (tenant && !isOurs(tenant)) return undefined;
    const quota = tenant && quotaOf(tenant, shared);
    if (quota) {
      limited.add(tenantId);
      await enforceQuota(deps, quota);
      tending.addAfter(tenantId, 0);
    } else if (limited.has(tenantId)) return await remove(tenantId);
    return undefined;
  }

  async function remove(tenantId: string): Promise<Requeue> {
    await removeQuota(deps, tenantId);
    const tenant = await store.get(tenantId);
    if (tenant && !(await writeStatus(options, tenant, undefined))) return { retryAfterMs: 100 };
    limited.delete(tenantId);
    return undefined;
  }

  async function tend(tenantId: string): Promise<Requeue> {
    const tenant = await store.get(tenantId);
    if (!tenant || !isOurs(tenant) || !quotaOf(tenant, shared)) return undefined;
    const quotas = await listTenantQuotas(upstream, tenantId);
    const isOpen = await settler.settle(deps, tenantId, sharesAmong(quotas));
    await reportUsage(options, tenant, quotas);
    return isOpen ? { retryAfterMs: TEND_AFTER_MS } : undefined;
  }

  const onError = (tenant: string, thrown: unknown, retryInMs: number) => {
    if (!signal.aborted) log.error({ tenant, retryInMs: Math.round(retryInMs), err: thrown }, 'quota: trying again');
  };
  const observerOf = (name: 'quota' | 'usage') => options.metrics?.observer(name, () => name);
  const enforcing = new WorkQueue({ workers: WORKERS, work: enforce, lastDelayMs: 10_000, onError, observer: observerOf('quota') });
  const tending = new WorkQueue({ workers: WORKERS, work: tend, lastDelayMs: 10_000, onError, observer: observerOf('usage') });
  options.state?.queues.set('quota', enforcing).set('usage', tending);
  const onTrouble = (thrown: unknown) => log.warn({ err: thrown }, 'quota: watching again');
  const restoreGate = async () => {
    await upstream.apply(quotaGate.path, quotaGate.object);
    for (const tenantId of limited) enforcing.add(tenantId);
  };
  const webhook = bridge && quotaWebhook(bridge);
  if (webhook) await upstream.apply(webhook.path, webhook.object);
  else log.warn('without an admission bridge the quota of tenants lets nothing be made');

  const resync = setInterval(() => {
    if (webhook) upstream.apply(webhook.path, webhook.object).catch(onTrouble);
    // Spread, so that a thousand tenants are no wave.
    for (const tenantId of limited) enforcing.addAfter(tenantId, Math.random() * RESYNC_MS);
  }, RESYNC_MS);
  const following = new AbortController();
  const until = AbortSignal.any([signal, following.signal]);
  const all = [
    followTenants(
      store,
      {
        onChange: (tenantId) => enforcing.add(tenantId),
        onGone: (tenantId) => enforcing.add(tenantId),
        isOurs,
        onRestart: () => {},
        onComplete: () => {},
        onError: onTrouble,
      },
      until,
    ),
    follow(upstream, NAMESPACES, {
      query: { labelSelector: TENANT_LABEL },
      signal: until,
      onError: onTrouble,
      onEvent(type, { metadata }) {
        const tenantId = tenantIdOfUpstreamName(metadata.name);
        if (!tenantId || !limited.has(tenantId)) return;
        if (type === 'DELETED' || metadata.labels?.[QUOTA_LABEL] !== QUOTA_READY) enforcing.add(tenantId);
      },
    }),
    follow(upstream, `/api/v1/namespaces/${GATE_NAMESPACE}/configmaps`, {
      query: { fieldSelector: `metadata.name=${GATE_CONFIG_MAP}` },
      signal: until,
      onError: onTrouble,
      onEvent(type) {
        // Without it nothing can be made in any tenant's namespace that has no quota.
        if (type === 'DELETED') restoreGate().catch(onTrouble);
      },
    }),
    follow(upstream, '/api/v1/resourcequotas', {
      query: { labelSelector: QUOTA_OBJECT_LABEL },
      signal: until,
      onError: onTrouble,
      onEvent(type, { metadata }) {
        const tenantId = tenantIdOfUpstreamName(metadata.namespace ?? '');
        if (!tenantId || !limited.has(tenantId)) return;
        if (type === 'DELETED') enforcing.add(tenantId);
        else tending.addAfter(tenantId, TEND_AFTER_MS);
      },
    }),
  ];
  try {
    for (const tenantId of limited) enforcing.add(tenantId);
    await Promise.all(all);
  } finally {
    clearInterval(resync);
    following.abort();
    await Promise.allSettled(all);
    await Promise.all([enforcing.stop(), tending.stop()]);
  }
}
