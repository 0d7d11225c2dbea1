/**
 * What the tenants have of their limits, counted by all threads of a gateway together. The owner, who starts the threads, makes the
 * memory; each thread opens it with a column of its own.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { KubeError } from '../errors.ts';
import { ALONE, type Division, readDivisions, smallestShare, writeDivisions } from './divisions.ts';
import type { EffectiveLimits } from './effective-limits.ts';
import { exceeded, type LimitName } from './limit-exceeded.ts';
import { createLayout, Head, SharedLayout, Slot } from './shared-layout.ts';
import { CountKind, LARGEST_COUNT, SlotCounts } from './slot-counts.ts';
import { SlotTable } from './slot-table.ts';
import { type Standing, standingHeaders } from './standing-headers.ts';
import { hashOfKey, keyOfTenant, tenantOfKey } from './tenant-key.ts';
import { type BucketSize, emptyBucket, levelOf, takeToken } from './token-bucket.ts';

/** Tenants that can have something under way at a time. */
const DEFAULT_SLOTS = 65_536;
/** Of Slot.refused. */
const REFUSALS: readonly LimitName[] = ['inflight', 'longRunning', 'rate'];
const RETRY_MS = 50;

export interface RequestKind {
  readonly isLongRunning: boolean;
  readonly isWrite: boolean;
}

/** What one request holds. */
export interface Grant {
  /** Gives it back. Asked again it does nothing. */
  release(): void;
  /** Headers that tell where the tenant stands now. */
  headers(): readonly (readonly [name: string, value: string])[];
}

export interface TenantUse {
  readonly tenantId: string;
  readonly inflight: number;
  readonly longRunning: number;
  /** Requests that were refused since the tenant has its slot, modulo 2^32. */
  readonly refused: Readonly<Record<LimitName, number>>;
}

/** One thread's way to the counts. */
export class Limits {
  /** For `attachLimits` in another thread. */
  readonly sharedBuffer: SharedArrayBuffer;
  readonly column: number;
  readonly #layout: SharedLayout;
  readonly #table: SlotTable;
  readonly #counts: SlotCounts;
  readonly #dead = new Set<number>();

  constructor(layout: SharedLayout, column: number) {
    this.sharedBuffer = layout.buffer;
    this.column = column;
    this.#layout = layout;
    this.#table = new SlotTable(layout, column);
    this.#counts = new SlotCounts(layout, this.#table, column);
  }

  /**
   * Lets a request in, or throws a LimitExceeded; a tenant that cannot be counted, as all slots are taken, gets ServiceUnavailable.
   * The limits are the tenant's, over all replicas.
   */
  admit(tenantId: string, limits: EffectiveLimits, { isLongRunning, isWrite }: RequestKind): Grant {
    const key = keyOfTenant(tenantId);
    const slot = this.#table.enter(key);
    if (slot === undefined) {
      Atomics.add(this.#layout.words, Head.unslotted, 1);
      throw new KubeError('ServiceUnavailable', 'the gateway has no room to count the requests of another tenant, please try again', {
        retryAfterSeconds: 1,
      });
    }
    try {
      const kind = isLongRunning ? CountKind.longRunning : CountKind.inflight;
      const share = this.#shareOf(limits, key, kind);
      const headers = () => this.#headers(slot, key, limits, isLongRunning);
      if (!this.#counts.acquire(slot, kind, share)) {
        this.#noteRefusal(slot, isLongRunning ? 'longRunning' : 'inflight');
        if (share === 0) Atomics.store(this.#layout.words, Head.wantsTurn, 1);
        throw exceeded(isLongRunning ? 'longRunning' : 'inflight', limits, 1000, headers());
      }
      const wait = this.#takeToken(slot, key, limits, isWrite);
      if (wait !== 0n) {
        this.#noteRefusal(slot, 'rate');
        this.#counts.release(slot, kind);
        throw exceeded('rate', limits, Number(wait) / 1e6, headers());
      }
      let isHeld = true;
      const release = () => {
        if (!isHeld) return;
        isHeld = false;
        this.#counts.release(slot, kind);
      };
      return { release, headers };
    } finally {
      this.#table.leave();
    }
  }

  /** Counts refusals that were given in the sidecar's name (`LimitExceeded.holdMs`). */
  noteHeld(tenantId: string, limit: LimitName, count: number): void {
    const slot = this.#table.find(keyOfTenant(tenantId));
    if (slot !== undefined) this.#noteRefusal(slot, limit, count);
  }

  /** What a tenant has under way, in all threads. */
  useOf(tenantId: string): TenantUse {
    const slot = this.#table.find(keyOfTenant(tenantId));
    if (slot === undefined) return { tenantId, inflight: 0, longRunning: 0, refused: { inflight: 0, longRunning: 0, rate: 0 } };
    return this.#useOf(slot, tenantId);
  }

  /** All tenants that have a slot. */
  uses(): TenantUse[] {
    return [...this.#table.taken()].map(({ slot, key }) => this.#useOf(slot, tenantOfKey(key)));
  }

  /** Requests that could not be counted, as all slots were taken; modulo 2^32. */
  get unslotted(): number {
    return Atomics.load(this.#layout.words, Head.unslotted) >>> 0;
  }

  /** Owner: gives back what a thread that is dead held, to the last request. When this has resolved, the column may have another thread. */
  async releaseAll(column: number): Promise<void> {
    this.#dead.add(column);
    // Not at once where another thread is in the middle of a change for long, or has died there and its own turn is still to come.
    while (!this.#counts.releaseColumn(column, this.#dead)) await delay(RETRY_MS);
    this.#dead.delete(column);
  }

  /** Owner: makes room where tenants are gone. */
  sweep(isThere: (tenantId: string) => boolean): void {
    this.#table.sweep(isThere);
  }

  /** Owner: how the limits are divided from now on. Several: the smallest share counts; none: nobody is let in. */
  setDivisions(divisions: readonly Division[]): void {
    writeDivisions(this.#layout, divisions);
  }

  /** Owner: whether a tenant was refused, since this was asked last, because this replica has nothing at all of its limit. */
  takeWish(): boolean {
    return Atomics.exchange(this.#layout.words, Head.wantsTurn, 0) !== 0;
  }

  get divisions(): readonly Division[] {
    return readDivisions(this.#layout);
  }

  /** Whether the tenant has no more requests in flight than its share would be. */
  fits(tenantId: string, limits: EffectiveLimits, division: Division): boolean {
    const share = smallestShare(limits.maxRequestsInflight, [division], hashOfKey(keyOfTenant(tenantId)));
    return this.useOf(tenantId).inflight <= share;
  }

  /** Columns whose threads are changing a slot at this moment. */
  busyColumns(): number[] {
    return Array.from({ length: this.#layout.columns }, (_, column) => column).filter(
      (column) => Atomics.load(this.#layout.words, this.#layout.announcedWord(column)) !== 0,
    );
  }

  #shareOf(limits: EffectiveLimits, key: number, kind: CountKind): number {
    const limit = kind === CountKind.longRunning ? limits.maxLongRunning : limits.maxRequestsInflight;
    return smallestShare(Math.min(limit, LARGEST_COUNT), this.divisions, hashOfKey(key));
  }

  /** The rate goes with the burst, so that a replica without any of the burst keeps none of the rate from the others. */
  #bucketOf({ rate }: EffectiveLimits, key: number): BucketSize | undefined {
    if (!rate) return undefined;
    const burst = smallestShare(rate.burst, this.divisions, hashOfKey(key));
    return { burst, requestsPerSecond: (rate.requestsPerSecond * burst) / rate.burst };
  }

  /** @returns 0, or after how many nanoseconds to ask again */
  #takeToken(slot: number, key: number, limits: EffectiveLimits, isWrite: boolean): bigint {
    const bucket = this.#bucketOf(limits, key);
    if (!bucket) return 0n;
    const { words } = this.#layout;
    const before = Atomics.exchange(words, this.#layout.slotWord(slot) + Slot.burst, bucket.burst + 1);
    if (bucket.burst === 0) {
      Atomics.store(words, Head.wantsTurn, 1);
      return 1n;
    }
    // It had no token to give out, another replica had: what that one has given out is not known here.
    if (before === 1) emptyBucket(this.#layout, slot, bucket, process.hrtime.bigint());
    return takeToken(this.#layout, slot, isWrite, bucket, process.hrtime.bigint);
  }

  #headers(slot: number, key: number, limits: EffectiveLimits, isLongRunning: boolean): [string, string][] {
    const kind = isLongRunning ? CountKind.longRunning : CountKind.inflight;
    const remaining = Math.max(0, this.#shareOf(limits, key, kind) - this.#counts.count(slot, kind));
    return standingHeaders(limits, { isLongRunning, remaining, bucket: this.#bucketStanding(slot, key, limits) });
  }

  #bucketStanding(slot: number, key: number, limits: EffectiveLimits): Standing['bucket'] {
    const bucket = this.#bucketOf(limits, key);
    if (!bucket) return undefined;
    if (bucket.burst === 0) return { tokens: 0, secondsUntilFull: 1 };
    const { tokens, untilFull } = levelOf(this.#layout, slot, bucket, process.hrtime.bigint());
    return { tokens, secondsUntilFull: Math.ceil(Number(untilFull) / 1e9) };
  }

  #noteRefusal(slot: number, limit: LimitName, count = 1): void {
    Atomics.add(this.#layout.words, this.#layout.slotWord(slot) + Slot.refused + REFUSALS.indexOf(limit), count);
  }

  #useOf(slot: number, tenantId: string): TenantUse {
    const refused = (limit: LimitName) =>
      Atomics.load(this.#layout.words, this.#layout.slotWord(slot) + Slot.refused + REFUSALS.indexOf(limit)) >>> 0;
    return {
      tenantId,
      inflight: this.#counts.count(slot, CountKind.inflight),
      longRunning: this.#counts.count(slot, CountKind.longRunning),
      refused: { inflight: refused('inflight'), longRunning: refused('longRunning'), rate: refused('rate') },
    };
  }
}

/**
 * Makes the memory and opens it for the owner, whose column comes behind the threads'. Undivided until it is told of other replicas.
 *
 * @param workers threads that will open it, in columns 0 to `workers - 1`
 */
export function createLimits({ workers = 0, slots = DEFAULT_SLOTS }: { workers?: number; slots?: number } = {}): Limits {
  const limits = new Limits(createLayout(slots, workers + 1), workers);
  limits.setDivisions([ALONE]);
  return limits;
}

/** Opens the memory in a thread. A column has one living thread at a time. */
export function attachLimits(sharedBuffer: SharedArrayBuffer, column: number): Limits {
  const layout = new SharedLayout(sharedBuffer);
  if (!Number.isInteger(column) || column < 0 || column >= layout.columns) throw new RangeError(`there is no column ${column}`);
  return new Limits(layout, column);
}
