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
 * @param now `process.hrtime.bigint()`
 * @returns 0, or the nanoseconds after which there will be one
 */
export function takeToken(layout: SharedLayout, slot: number, isWrite: boolean, size: BucketSize, now: bigint): bigint {
  const { times } = layout;
  const { interval, depth } = inNanoseconds(size);
  const own = layout.timeIndex(slot, isWrite ? TimeKind.writes : TimeKind.reads);
  const all = layout.timeIndex(slot, TimeKind.all);
  const untilOwn = take(times, own, interval * 2n, depth * 2n, now);
  if (untilOwn === 0n) {
    const untilAny = take(times, all, interval, depth, now);
    if (untilAny !== 0n) Atomics.sub(times, own, interval * 2n);
    return untilAny;
  }
  const kept = BigInt(Math.floor(size.burst * KEPT_PART)) * interval;
  const untilMore = take(times, all, interval, depth - kept, now);
  if (untilMore < untilOwn) return untilMore;
  return untilOwn;
}

/** How many tokens there are, and in how many nanoseconds the bucket is full. */
export function levelOf(layout: SharedLayout, slot: number, size: BucketSize, now: bigint): { tokens: number; untilFull: bigint } {
  const { interval, depth } = inNanoseconds(size);
  const fullAt = Atomics.load(layout.times, layout.timeIndex(slot, TimeKind.all));
  const untilFull = fullAt > now ? fullAt - now : 0n;
  return { tokens: untilFull >= depth ? 0 : Number((depth - untilFull) / interval), untilFull };
}

function take(times: BigInt64Array, index: number, interval: bigint, depth: bigint, now: bigint): bigint {
  for (;;) {
    const fullAt = Atomics.load(times, index);
    const next = (fullAt > now ? fullAt : now) + interval;
    const excess = next - now - depth;
    if (excess > 0n) return excess;
    if (Atomics.compareExchange(times, index, fullAt, next) === fullAt) return 0n;
  }
}

function inNanoseconds({ requestsPerSecond, burst }: BucketSize): { interval: bigint; depth: bigint } {
  const interval = BigInt(Math.max(1, Math.round(1e9 / requestsPerSecond)));
  return { interval, depth: interval * BigInt(burst) };
}
