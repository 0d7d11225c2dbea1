/**
 * One leader at a time, by a lease of etcd and a transaction. The library has an election of its own; it declares a
 * lease lost only after twice its time, and its campaign goes on when its lease is gone (two leaders after a restart of
 * etcd). Here leadership ends by the holder's own clock, before the lease can, and each write is fenced besides.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Etcd3 } from 'etcd3';
import { readFromEtcd } from './etcd-client.ts';
import { type KeyRange, watchKeys } from './etcd-watch.ts';
import { grantLease, type HeldLease } from './held-lease.ts';
import type { Fence } from './store.ts';

const RETRY_MS = 200;

export interface CampaignOptions {
  /** Who campaigns, for whoever looks at the key: host name and process id, say. */
  readonly candidate: string;
  /** How long a leader that died blocks the next one. Default 10. */
  readonly ttlSeconds?: number | undefined;
  /** Gives the campaign up; then campaign() throws the signal's reason. A leadership that was won is not touched. */
  readonly signal: AbortSignal;
  /** Told of each failure before the next attempt; for the log. */
  readonly onRetry?: (cause: unknown) => void;
}

export interface Leadership {
  /** To be given to every write of the leader. */
  readonly fence: Fence;
  /** Aborted as soon as leadership is not certain any more; its reason says why. */
  readonly lost: AbortSignal;
  /** To be asked before each write that is not fenced: false from the moment that `lost` should be aborted, even where a timer is late. */
  isHeld(): boolean;
  /** Gives leadership up, so that the next one need not wait for the lease to end. Does not throw. */
  resign(): Promise<void>;
}

/** Waits until this candidate is the leader, however long that takes and whatever happens to etcd. */
export async function campaign(client: Etcd3, key: string, options: CampaignOptions): Promise<Leadership> {
  const { signal, ttlSeconds = 10 } = options;
  const range = { start: Buffer.from(key), end: Buffer.from(`${key}\0`) };
  for (;;) {
    signal.throwIfAborted();
    let lease: HeldLease | undefined;
    try {
      await untilFree(client, range, signal);
      lease = await grantLease(client, ttlSeconds);
      const createRevision = await take(client, range.start, lease.id, options.candidate);
      if (createRevision !== undefined) return lead(client, range, lease, { key, createRevision });
    } catch (thrown) {
      options.onRetry?.(thrown);
    }
    // Another candidate was faster, or the outcome is unknown; then the key may be ours, and must go.
    await lease?.release('not elected');
    await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Returns when nobody holds the key. Reads first, then watches from that revision: no moment between is lost. */
async function untilFree(client: Etcd3, range: KeyRange, signal: AbortSignal): Promise<void> {
  const { kvs, header } = await readFromEtcd(() => client.kv.range({ key: range.start }));
  if (kvs.length === 0) return;
  for await (const batch of watchKeys(client, range, header.revision, signal)) {
    if (batch.events.at(-1)?.type === 'delete') return;
  }
}

/** The revision at which the key was created for us, or undefined when another has it. */
async function take(client: Etcd3, key: Buffer, lease: string, candidate: string): Promise<string | undefined> {
  const answer = await client.kv.txn({
    compare: [{ key, result: 'Equal', target: 'Create', create_revision: '0' }],
    success: [{ request_put: { key, value: Buffer.from(candidate), lease } }],
    failure: [],
  });
  return answer.succeeded ? answer.header.revision : undefined;
}

function lead(client: Etcd3, range: KeyRange, lease: HeldLease, fence: Fence): Leadership {
  void loseWhenDeleted(client, range, lease, fence);
  return { fence, lost: lease.ended, isHeld: () => lease.isHeld(), resign: () => lease.release('resigned') };
}

/** Somebody may delete the key by hand, or restore etcd from a backup. */
async function loseWhenDeleted(client: Etcd3, range: KeyRange, lease: HeldLease, fence: Fence): Promise<void> {
  try {
    for await (const batch of watchKeys(client, range, fence.createRevision, lease.ended)) {
      if (batch.events.length > 0) return await lease.release(`somebody changed the key ${fence.key}`);
    }
  } catch (thrown) {
    await lease.release(`cannot watch the key ${fence.key}: ${String(thrown)}`);
  }
}
