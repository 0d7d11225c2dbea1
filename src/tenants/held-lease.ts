import { setTimeout as delay } from 'node:timers/promises';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import type { Etcd3, ILeaseKeepAliveRequest, ILeaseKeepAliveResponse } from 'etcd3';

/** The holder stops believing in its lease when this part of it has passed since the last renewal was sent. */
const SAFE_PART = 0.8;
const RENEWALS_PER_TTL = 4;

/** A lease of etcd that is renewed until it is released or lost. */
export interface HeldLease {
  readonly id: string;
  /** Aborted when the lease is released, lost, or could not be renewed in time, by this process' own clock. */
  readonly ended: AbortSignal;
  /** The same by a look at the clock: the timers of a process that was paused come behind whatever had waited for it. Ends the lease if so. */
  isHeld(): boolean;
  /** Ends the lease, and with it every key that hangs on it. Never throws: a lease that cannot be revoked runs out. */
  release(reason: string): Promise<void>;
}

/** Throws what etcd's client throws when the lease cannot be granted. */
export async function grantLease(client: Etcd3, ttlSeconds: number): Promise<HeldLease> {
  const askedAt = performance.now();
  // Counted from before the question, so that our end comes before etcd's.
  const { ID: id, TTL } = await client.leaseClient.leaseGrant({ TTL: ttlSeconds });
  const ttlMs = Number(TTL) * 1000;
  const ended = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let heldUntil = 0;
  const end = (reason: string) => {
    clearTimeout(timer);
    ended.abort(new Error(`lease ${id} ended: ${reason}`));
  };
  const holdFrom = (renewedAt: number) => {
    clearTimeout(timer);
    heldUntil = renewedAt + ttlMs * SAFE_PART;
    timer = setTimeout(end, heldUntil - performance.now(), 'not renewed in time');
  };
  holdFrom(askedAt);
  void renew(client, id, ttlMs, ended.signal, holdFrom, end);
  return {
    id,
    ended: ended.signal,
    isHeld: () => {
      if (!ended.signal.aborted && performance.now() >= heldUntil) end('not renewed in time');
      return !ended.signal.aborted;
    },
    release: async (reason) => {
      end(reason);
      await client.leaseClient.leaseRevoke({ ID: id }).catch(() => undefined);
    },
  };
}

async function renew(
  client: Etcd3,
  id: string,
  ttlMs: number,
  ended: AbortSignal,
  holdFrom: (renewedAt: number) => void,
  end: (reason: string) => void,
): Promise<void> {
  const pauseMs = ttlMs / RENEWALS_PER_TTL;
  while (!ended.aborted) {
    await delay(pauseMs, undefined, { signal: ended }).catch(() => undefined);
    if (ended.aborted) return;
    const sentAt = performance.now();
    // A renewal that fails is tried again; when none succeeds, the timer ends the lease.
    const remaining = await keepAliveOnce(client, id, pauseMs).catch(() => undefined);
    if (remaining === 0) end('etcd does not know it any more');
    else if (remaining !== undefined && !ended.aborted) holdFrom(sentAt);
  }
}

/** The lease's time in seconds after renewal, 0 when etcd does not have it. A stream for each: a dead one cannot outlive its call. */
async function keepAliveOnce(client: Etcd3, id: string, timeoutMs: number): Promise<number> {
  const stream = (await client.leaseClient.leaseKeepAlive()) as unknown as ClientDuplexStream<
    ILeaseKeepAliveRequest,
    ILeaseKeepAliveResponse
  >;
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<number>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error('no answer to a keep-alive')), timeoutMs);
      stream.on('data', (answer: ILeaseKeepAliveResponse) => resolve(Number(answer.TTL)));
      stream.on('error', reject);
      stream.on('end', () => reject(new Error('keep-alive stream ended')));
      stream.write({ ID: id });
    });
  } finally {
    clearTimeout(timer);
    stream.end();
    stream.cancel();
  }
}
