import type { Logger } from 'pino';
import { followFiles } from '../certs/follow-files.ts';
import { type Fence, StoreError, type TenantStore } from '../tenants/store.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { UpstreamClient } from '../upstream/upstream-client.ts';
import { watchDrift } from './drift.ts';
import { followTenants } from './follow-tenants.ts';
import { mutatingPolicyVersion } from './platform/install-platform.ts';
import { PlatformKeeper } from './platform/platform-keeper.ts';
import { WorkQueue } from './queue.ts';
import { type Requeue, reconcile } from './reconcile.ts';
import type { CredentialSettings } from './steps/step.ts';

export interface LoopOptions {
  readonly store: TenantStore;
  readonly upstream: UpstreamClient;
  /** Whether the tenant lives in that cluster; undefined: all do. */
  readonly isOurs?: (tenant: Tenant) => boolean;
  readonly credentials: CredentialSettings;
  readonly fence?: Fence | undefined;
  readonly log: Logger;
  /** Tenants that are worked on at once. */
  readonly workers?: number;
  /** How often everything is looked at again, whether it seems to have changed or not. */
  readonly resyncMs?: number;
}

/** Queue key of what all tenants share; too long for a tenant's id. */
const PLATFORM = 'platform';

/**
 * Keeps every tenant, and what they share, as they should be, until the signal aborts; resolves when the work in hand
 * is done. Rejects when upstream cannot be asked at the very beginning.
 */
export async function runLoop(options: LoopOptions, signal: AbortSignal): Promise<void> {
  const { store, upstream, log, workers = 4, resyncMs = 300_000 } = options;
  const mutatingVersion = await mutatingPolicyVersion(upstream);
  const known = new Set<string>();
  const platform = new PlatformKeeper(upstream, mutatingVersion, log);

  async function work(key: string): Promise<Requeue> {
    if (key !== PLATFORM) return await reconcile({ ...options, platformInstalled: () => platform.installed }, key);
    const wasInstalled = platform.installed;
    const requeue = await platform.reconcile();
    // Tenants that wait for it need not wait any longer.
    if (platform.installed && !wasInstalled) for (const tenantId of known) queue.add(tenantId);
    return requeue;
  }

  const queue = new WorkQueue({
    workers,
    work,
    onError(key, thrown, retryInMs) {
      const retry = { tenant: key, retryInMs: Math.round(retryInMs) };
      // Somebody else wrote the Tenant meanwhile: nothing to worry about.
      if (thrown instanceof StoreError && thrown.reason === 'Conflict') log.debug(retry, thrown.message);
      else log.error({ ...retry, err: thrown }, 'reconciling failed');
    },
  });
  queue.add(PLATFORM);
  const resync = setInterval(() => {
    // Spread, so that a thousand tenants are no wave.
    for (const tenantId of known) queue.addAfter(tenantId, Math.random() * resyncMs);
    queue.add(PLATFORM);
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

  // Should one of the two fail, the other one ends with it.
  const following = new AbortController();
  const until = AbortSignal.any([signal, following.signal]);
  const both = [
    followTenants(
      store,
      {
        isOurs: options.isOurs ?? (() => true),
        onChange(tenantId) {
          known.add(tenantId);
          queue.add(tenantId);
        },
        onGone: (tenantId) => known.delete(tenantId),
        onRestart: () => known.clear(),
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
        onError: (thrown) => log.warn({ err: thrown }, 'watching upstream: again'),
      },
      until,
    ),
  ];
  try {
    await Promise.all(both);
  } finally {
    clearInterval(resync);
    unfollow();
    following.abort();
    await Promise.allSettled(both);
    await queue.stop();
  }
}
