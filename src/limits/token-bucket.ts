/**
 * Token buckets in shared memory, each one number: the time at which it will be full again (GCRA's theoretical arrival time), in
 * nanoseconds of the clock that all threads share. Taking a token moves it by one interval.
 */
import type { SharedLayout } from './shared-layout.ts';

/** One bucket of the tenant for all, and one for each kind of request: see takeToken. */
const TimeKind = { all: 0, reads: 1, writes: 2 } as const;

/** What one replica gives out of a tenant's rate. */
export interface BucketSize {
  readonly requestsPerSecond: number;
  /** A whole number, 1 at least. */
  readonly burst: number;
}

/**
 * Of a burst, the part that one kind of request has to leave to the other: reads to writes, writes to reads. Half of the rate is each
 * kind's own; what else it takes, it takes only while the bucket is fuller than this. So a controller that writes as fast as it may
 * does not shut kubectl out, and where there is only one kind, it gets the whole rate.
 */
const KEPT_PART = 0.1;

/**
 * Takes a token.
 *
 * @param clock `process.hrtime.bigint`
 * @returns 0, or the nanoseconds after which there will be one
 */
export function takeToken(layout: SharedLayout, slot: number, isWrite: boolean, size: BucketSize, clock: () => bigint): bigint {
  const { times } = layout;
  const now = clock();
  const { interval, depth } = inNanoseconds(size);
  const own = layout.timeIndex(slot, isWrite ? TimeKind.writes : TimeKind.reads);
  const all = layout.timeIndex(slot, TimeKind.all);
  // There is no more of its own than there is at all: after the other kind has emptied the bucket, both begin with nothing.
  const missing = untilFull(Atomics.load(times, all), now, depth);
  const untilOwn = take(times, own, clock, now, { interval: interval * 2n, depth: depth * 2n, missing: missing * 2n });
  if (untilOwn === 0n) {
    const untilAny = take(times, all, clock, now, { interval, depth });
    if (untilAny !== 0n) Atomics.sub(times, own, interval * 2n);
    return untilAny;
  }
  const kept = BigInt(Math.floor(size.burst * KEPT_PART)) * interval;
  const untilMore = take(times, all, clock, now, { interval, depth, kept });
  if (untilMore < untilOwn) return untilMore;
  return untilOwn;
}

/** Takes all that there is, of both kinds. */
export function emptyBucket(layout: SharedLayout, slot: number, size: BucketSize, now: bigint): void {
  const { interval, depth } = inNanoseconds(size);
  Atomics.store(layout.times, layout.timeIndex(slot, TimeKind.all), now + depth);
  for (const kind of [TimeKind.reads, TimeKind.writes])
    Atomics.store(layout.times, layout.timeIndex(slot, kind), now + 2n * (depth - interval));
}

/** How many tokens there are, and in how many nanoseconds the bucket is full. */
export function levelOf(layout: SharedLayout, slot: number, size: BucketSize, now: bigint): { tokens: number; untilFull: bigint } {
  const { interval, depth } = inNanoseconds(size);
  const missing = untilFull(Atomics.load(layout.times, layout.timeIndex(slot, TimeKind.all)), now, depth);
  return { tokens: Number((depth - missing) / interval), untilFull: missing };
}

interface Bucket {
  /** Nanoseconds for one token, and for all that it holds. */
  readonly interval: bigint;
  readonly depth: bigint;
  /** Not to be taken from. */
  readonly kept?: bigint;
  /** At least so much of it is missing. */
  readonly missing?: bigint;
}

function take(
  times: BigInt64Array,
  index: number,
  clock: () => bigint,
  now: bigint,
  { interval, depth, kept = 0n, missing: least = 0n }: Bucket,
): bigint {
  for (;;) {
    const fullAt = Atomics.load(times, index);
    const known = untilFull(fullAt, now, depth);
    const missing = known > least ? known : least;
    const excess = missing + interval - (depth - kept);
    if (excess <= 0n) {
      if (Atomics.compareExchange(times, index, fullAt, now + missing + interval) === fullAt) return 0n;
      continue;
    }
    // No bucket is emptier than empty: what was taken by an earlier limit counts no longer than the present one takes to fill. By the clock
    // as it is after `fullAt` was read: to a thread that was held up, `now` lies back, and other threads' tokens look like too many.
    if (fullAt > now + depth) {
      const emptyAt = clock() + depth;
      if (fullAt > emptyAt) Atomics.compareExchange(times, index, fullAt, emptyAt);
    }
    return excess;
  }
}

function untilFull(fullAt: bigint, now: bigint, depth: bigint): bigint {
  if (fullAt <= now) return 0n;
  return fullAt - now < depth ? fullAt - now : depth;
}

function inNanoseconds({ requestsPerSecond, burst }: BucketSize): { interval: bigint; depth: bigint } {
  const interval = BigInt(Math.max(1, Math.round(1e9 / requestsPerSecond)));
  return { interval, depth: interval * BigInt(burst) };
}
