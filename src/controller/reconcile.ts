import { isDeepStrictEqual } from 'node:util';
import { DEFAULT_FINALIZER_GRACE_SECONDS } from '../config/settings/tenants.ts';
import { inSpan } from '../telemetry/tracing.ts';
import type { Fence, TenantStore } from '../tenants/store.ts';
import { TENANT_FINALIZER, type Tenant } from '../tenants/tenant.ts';
import { latestRevision } from '../upstream/latest-revision.ts';
import type { UpstreamClient } from '../upstream/upstream-client.ts';
import { type ConditionType, type Finding, withFindings } from './conditions.ts';
import { mergeRemoval, withRemoval } from './removal/merge-removal.ts';
import { ensureCredentials } from './steps/ensure-credentials.ts';
import { ensureKubernetesService } from './steps/ensure-kubernetes-service.ts';
import { ensureNamespaces, NAMESPACES } from './steps/ensure-namespaces.ts';
import { ensureRoles } from './steps/ensure-roles.ts';
import { ensureRootCa } from './steps/ensure-root-ca.ts';
import { grantAccess } from './steps/grant-access.ts';
import { liftSuspension } from './steps/lift-suspension.ts';
import { proveRemoval } from './steps/prove-removal.ts';
import { removeCredentials } from './steps/remove-credentials.ts';
import { removeKeys } from './steps/remove-keys.ts';
import { removeObjects } from './steps/remove-objects.ts';
import { removeWebhooks } from './steps/remove-webhooks.ts';
import { revokeAccess } from './steps/revoke-access.ts';
import { type CredentialSettings, DONE, type Step, type StepContext } from './steps/step.ts';
import { suspensionFindings } from './suspended-condition.ts';

/** What a tenant is, in the order in which it comes to be. */
export const ESTABLISH: readonly Step[] = [
  ensureNamespaces,
  ensureRootCa,
  ensureKubernetesService,
  grantAccess,
  ensureRoles,
  ensureCredentials,
];

/** How a tenant ends: first nobody can make anything more, then what would stand in the way goes, then the rest; at last a look at all. */
export const DISMANTLE: readonly Step[] = [
  revokeAccess,
  removeWebhooks,
  removeObjects,
  liftSuspension,
  removeCredentials,
  removeKeys,
  proveRemoval,
];

export interface ReconcileDeps {
  readonly store: TenantStore;
  readonly upstream: UpstreamClient;
  readonly credentials: CredentialSettings;
  readonly platformInstalled: () => boolean;
  /** Whether upstream refuses the tenant's writes, for a suspension. */
  readonly suspendedUpstream?: (tenantId: string) => boolean;
  /** Without one a write is not fenced. */
  readonly fence?: Fence | undefined;
  /** See `removal.finalizerGracePeriodSeconds` of the configuration. */
  readonly finalizerGraceSeconds?: number;
  readonly establish?: readonly Step[];
  readonly dismantle?: readonly Step[];
}

export type Requeue = { retryAfterMs: number } | undefined;

/**
 * Brings one tenant to where it should be, from wherever it is. Throws what a step or the store threw, the Tenant's
 * conditions saying so; it is then to be called again later, and so it is when it returns a time.
 */
export async function reconcile(deps: ReconcileDeps, tenantId: string): Promise<Requeue> {
  const tenant = await deps.store.get(tenantId);
  if (!tenant) return undefined;
  const isGoing = tenant.metadata.deletionTimestamp !== undefined;
  return await inSpan(isGoing ? 'dismantle tenant' : 'establish tenant', { 'kubezoo.tenant': tenantId }, () =>
    isGoing ? dismantle(deps, tenant) : establish(deps, tenant),
  );
}

async function establish(deps: ReconcileDeps, found: Tenant): Promise<Requeue> {
  // Stored before anything is made, so that a tenant is never forgotten while it owns something.
  const tenant = await begin(deps, found);
  const findings = new Map<ConditionType, Finding>();
  let annotations = tenant.metadata.annotations;
  let status = tenant.status;
  let retryAfterMs: number | undefined;
  let failure: { thrown: unknown } | undefined;
  for (const step of deps.establish ?? ESTABLISH) {
    const outcome = await attempt(deps, tenant, step);
    if (outcome.state === 'failed') failure = outcome;
    const again = outcome.state === 'waiting' ? outcome.retryAfterMs : outcome.state === 'done' ? outcome.againAfterMs : undefined;
    if (again !== undefined) retryAfterMs = Math.min(retryAfterMs ?? Number.POSITIVE_INFINITY, again);
    if (outcome.state === 'done' && outcome.annotations) annotations = { ...annotations, ...outcome.annotations };
    if (outcome.state === 'done' && outcome.status) status = { ...status, ...outcome.status };
    // Of several steps of one condition the first that is not done speaks for it.
    if (findings.get(step.condition)?.status !== 'False') findings.set(step.condition, findingOf(step.condition, outcome));
    if (failure) break;
  }
  const open = [...findings.values()].filter(({ status }) => status !== 'True');
  const ready = failure || open.length > 0 ? notReady(open) : READY;
  // A suspended tenant is as ready as it was.
  const suspension = suspensionFindings(tenant, isSuspendedUpstream(deps, tenant));
  const all = [...findings.values(), ...suspension, ready];
  const described = withFindings(withStatus(tenant, status), ready.status === 'True' ? 'Ready' : 'Pending', all, new Date());
  await save(deps, tenant, withAnnotations(described, annotations));
  if (failure) throw failure.thrown;
  return retryAfterMs === undefined ? undefined : { retryAfterMs };
}

async function dismantle(deps: ReconcileDeps, tenant: Tenant): Promise<Requeue> {
  if (!tenant.metadata.finalizers?.includes(TENANT_FINALIZER)) return undefined;
  let { removal } = tenant.status ?? {};
  for (const step of deps.dismantle ?? DISMANTLE) {
    const outcome = await attempt(deps, tenant, step);
    if (outcome.state !== 'failed') removal = mergeRemoval(removal, outcome.removal);
    if (outcome.state === 'done') continue;
    const finding = findingOf('CleanedUp', outcome);
    const ready = { ...notReady([finding]), reason: 'Terminating' };
    await save(deps, tenant, withRemoval(withFindings(tenant, 'Terminating', [finding, ready], new Date()), removal));
    if (outcome.state === 'failed') throw outcome.thrown;
    return { retryAfterMs: outcome.retryAfterMs };
  }
  // Watches show the last state with the event DELETED: so the proof outlives the Tenant.
  const proven = withRemoval(withFindings(tenant, 'Terminating', [findingOf('CleanedUp', DONE)], new Date()), removal);
  await release(deps, proven === tenant ? tenant : await deps.store.update(proven, deps.fence));
  return undefined;
}

type Attempt = Awaited<ReturnType<Step['run']>> | { readonly state: 'failed'; readonly thrown: unknown };

async function attempt(deps: ReconcileDeps, tenant: Tenant, step: Step): Promise<Attempt> {
  const { upstream, credentials, platformInstalled } = deps;
  const context: StepContext = {
    ...{ tenant, tenantId: tenant.metadata.name, upstream, credentials, platformInstalled },
    suspendedUpstream: isSuspendedUpstream(deps, tenant),
    keys: {
      count: () => deps.store.countKeysOf(tenant.metadata.name),
      remove: () => deps.store.deleteKeysOf(tenant.metadata.name, deps.fence),
    },
    finalizerGraceSeconds: deps.finalizerGraceSeconds ?? DEFAULT_FINALIZER_GRACE_SECONDS,
  };
  try {
    return await inSpan(step.name, { 'kubezoo.tenant': context.tenantId }, () => step.run(context));
  } catch (thrown) {
    return { state: 'failed', thrown };
  }
}

function isSuspendedUpstream({ suspendedUpstream }: ReconcileDeps, { metadata }: Tenant): boolean {
  return suspendedUpstream?.(metadata.name) ?? false;
}

const READY: Finding = { type: 'Ready', status: 'True', reason: 'Ready', message: 'the tenant can be used' };

function notReady(open: readonly Finding[]): Finding {
  const message = open.map((finding) => finding.message).join('; ');
  return { type: 'Ready', status: 'False', reason: open[0]?.reason ?? 'Failed', message };
}

function findingOf(type: ConditionType, outcome: Attempt): Finding {
  switch (outcome.state) {
    case 'done':
      return { type, status: 'True', reason: 'Done', message: '' };
    case 'waiting':
      return { type, status: 'False', reason: outcome.reason, message: outcome.message };
    case 'failed': {
      const message = outcome.thrown instanceof Error ? outcome.thrown.message : String(outcome.thrown);
      return { type, status: 'False', reason: 'Failed', message };
    }
  }
}

/**
 * Of a new tenant it is also noted when, by upstream's count, it begins: see tenants/beginning.ts. New is one without a status, as only the controller writes
 * that: a finalizer may come with a manifest that was exported.
 */
async function begin(deps: ReconcileDeps, tenant: Tenant): Promise<Tenant> {
  const finalizers = tenant.metadata.finalizers ?? [];
  const isHeld = finalizers.includes(TENANT_FINALIZER);
  if (isHeld && tenant.status) return tenant;
  const metadata = isHeld ? tenant.metadata : { ...tenant.metadata, finalizers: [...finalizers, TENANT_FINALIZER] };
  return await deps.store.update({ ...tenant, metadata, status: tenant.status ?? (await firstStatus(deps.upstream)) }, deps.fence);
}

async function firstStatus(upstream: UpstreamClient): Promise<NonNullable<Tenant['status']>> {
  const revision = await latestRevision(upstream, NAMESPACES);
  return revision === undefined ? {} : { firstResourceVersion: String(revision) };
}

/** The last finalizer takes the Tenant with it, as in Kubernetes. */
async function release({ store, fence }: ReconcileDeps, tenant: Tenant): Promise<void> {
  const { name, resourceVersion } = tenant.metadata;
  const finalizers = (tenant.metadata.finalizers ?? []).filter((finalizer) => finalizer !== TENANT_FINALIZER);
  if (finalizers.length === 0) await store.delete(name, resourceVersion, fence);
  else await store.update({ ...tenant, metadata: { ...tenant.metadata, finalizers } }, fence);
}

function withStatus(tenant: Tenant, status: Tenant['status']): Tenant {
  return !status || isDeepStrictEqual(status, tenant.status) ? tenant : { ...tenant, status };
}

function withAnnotations(tenant: Tenant, annotations: Record<string, string> | undefined): Tenant {
  const before = tenant.metadata.annotations ?? {};
  if (!annotations || Object.entries(annotations).every(([key, value]) => before[key] === value)) return tenant;
  return { ...tenant, metadata: { ...tenant.metadata, annotations } };
}

async function save({ store, fence }: ReconcileDeps, before: Tenant, after: Tenant): Promise<void> {
  if (after !== before) await store.update(after, fence);
}
