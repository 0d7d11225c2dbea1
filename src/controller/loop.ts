import type { Logger } from 'pino';
import { followFiles } from '../certs/follow-files.ts';
import { type Fence, StoreError, type TenantStore } from '../tenants/store.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { UpstreamClient } from '../upstream/upstream-client.ts';
import { watchDrift } from './drift.ts';
import { followTenants } from './follow-tenants.ts';
import type { LoopMetrics } from './metrics/controller-metrics.ts';
import { mutatingPolicyVersion } from './platform/install-platform.ts';
import { PlatformKeeper } from './platform/platform-keeper.ts';
import { SuspensionKeeper } from './platform/suspension-keeper.ts';
import { WorkQueue } from './queue.ts';
import { type QuotaLoopOptions, runQuota } from './quota/run-quota.ts';
import { type Requeue, reconcile } from './reconcile.ts';
import { answerRequests } from './requests/answer-requests.ts';
import type { CredentialSettings } from './steps/step.ts';

export interface LoopOptions {
  readonly store: TenantStore;
  readonly upstream: UpstreamClient;
  /** Whether the tenant lives in that cluster; undefined: all do. */
  readonly isOurs?: (tenant: Tenant) => boolean;
  readonly credentials: CredentialSettings;
  readonly fence?: Fence | undefined;
  readonly finalizerGraceSeconds?: number;
  /** Undefined: nobody keeps quotas. */
  readonly quota?: Pick<QuotaLoopOptions, 'keys' | 'shared' | 'bridge'> | undefined;
  readonly metrics?: LoopMetrics | undefined;
  readonly log: Logger;
  /** Tenants that are worked on at once. */
  readonly workers?: number;
  /** How often everything is looked at again, whether it seems to have changed or not. */
  readonly resyncMs?: number;
}

/** Queue keys of what all tenants share; too long for a tenant's id. */
const PLATFORM = 'platform';
const SUSPENSIONS = 'suspensions';

/**
 * Keeps every tenant, and what they share, as they should be, until the signal aborts; resolves when the work in hand
 * is done. Rejects when upstream cannot be asked at the very beginning.
 */
export async function runLoop(options: LoopOptions, signal: AbortSignal): Promise<void> {
  const { store, upstream, log, workers = 4, resyncMs = 300_000 } = options;
  const mutatingVersion = await mutatingPolicyVersion(upstream);
  const known = new Set<string>();
  const suspensions = new SuspensionKeeper(upstream);
  const suspendedUpstream = (tenantId: string) => suspensions.isInForce(tenantId);
  const platform = new PlatformKeeper(upstream, mutatingVersion, log, options.credentials.inCluster);

  async function work(key: string): Promise<Requeue> {
    if (key === SUSPENSIONS) {
      for (const tenantId of await suspensions.apply()) if (known.has(tenantId)) queue.add(tenantId);
      return undefined;
    }
    if (key !== PLATFORM) return await reconcile({ ...options, platformInstalled: () => platform.installed, suspendedUpstream }, key);
    const wasInstalled = platform.installed;
    const requeue = await platform.reconcile();
    // Tenants that wait for it need not wait any longer.
    if (platform.installed && !wasInstalled) for (const tenantId of known) queue.add(tenantId);
    return requeue;
  }

  const state = options.metrics?.begin();
  if (state) state.isPlatformInstalled = () => platform.installed;
  const queue = new WorkQueue({
    workers,
    work,
    observer: options.metrics?.observer('tenants', (key) => (key === PLATFORM || key === SUSPENSIONS ? key : 'tenant')),
    onError(key, thrown, retryInMs) {
      const retry = { tenant: key, retryInMs: Math.round(retryInMs) };
      // Somebody else wrote the Tenant meanwhile: nothing to worry about.
      if (thrown instanceof StoreError && thrown.reason === 'Conflict') log.debug(retry, thrown.message);
      else log.error({ ...retry, err: thrown }, 'reconciling failed');
    },
  });
  state?.queues.set('tenants', queue);
  queue.add(PLATFORM);
  const resync = setInterval(() => {
    // Spread, so that a thousand tenants are no wave.
    for (const tenantId of known) queue.addAfter(tenantId, Math.random() * resyncMs);
    queue.add(PLATFORM);
    queue.add(SUSPENSIONS);
  }, resyncMs);

  // Kubeconfigs are made of these: when a CA is replaced, everybody gets another one.
  const { servingCaFile, clientCaFile, clientCaKeyFile } = options.credentials;
  const unfollow = followFiles(
    [servingCaFile, clientCaFile, clientCaKeyFile],
    () => {
      for (const tenantId of known) queue.add(tenantId);
    },
    (thrown) => log.error({ err: thrown }, 'the CA has changed, and cannot be followed'),
  );

  // Should one of them fail, the others end with it.
  const following = new AbortController();
  const until = AbortSignal.any([signal, following.signal]);
  const all = [
    followTenants(
      store,
      {
        isOurs: options.isOurs ?? (() => true),
        onSeen: (tenantId, tenant) => state?.note(tenantId, tenant),
        onChange(tenantId, tenant) {
          known.add(tenantId);
          if (suspensions.note(tenantId, tenant)) queue.add(SUSPENSIONS);
          queue.add(tenantId);
        },
        onGone(tenantId) {
          known.delete(tenantId);
          if (suspensions.note(tenantId, undefined)) queue.add(SUSPENSIONS);
        },
        onRestart() {
          state?.restart();
          known.clear();
          suspensions.restart();
        },
        onComplete() {
          if (suspensions.complete()) queue.add(SUSPENSIONS);
        },
        onError: (thrown) => log.warn({ err: thrown }, 'watching tenants: again'),
      },
      until,
    ),
    watchDrift(
      upstream,
      mutatingVersion,
      {
        onTenant: (tenantId) => known.has(tenantId) && queue.add(tenantId),
        onPlatform: () => queue.add(PLATFORM),
        onSuspensions: () => queue.add(SUSPENSIONS),
        onError: (thrown) => log.warn({ err: thrown }, 'watching upstream: again'),
      },
      until,
      options.credentials.inCluster !== undefined,
    ),
    answerRequests(options, until),
    ...(options.quota ? [runQuota({ ...options, ...options.quota, state }, until)] : []),
  ];
  try {
    await Promise.all(all);
  } finally {
    clearInterval(resync);
    unfollow();
    following.abort();
    await Promise.allSettled(all);
    await queue.stop();
    options.metrics?.end();
  }
}
