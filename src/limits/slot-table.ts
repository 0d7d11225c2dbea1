/**
 * Which slot is which tenant's: open addressing in shared memory. Finding takes no lock. A tenant's first request, and the owner
 * giving slots up, take one for microseconds: without it two threads could give one tenant two slots, each with a limit of its own.
 */
import { COUNT_KINDS, Head, REFUSAL_KINDS, type SharedLayout, Slot, TIME_KINDS } from './shared-layout.ts';
import { EMPTY, hashOfKey, tenantOfKey, VACATED } from './tenant-key.ts';

/** A lock that is held for longer is a dead thread's, until the owner has taken it back. */
const LOCK_WAIT_MS = 20;
const ATTEMPTS = 100;

export class SlotTable {
  readonly #layout: SharedLayout;
  readonly #column: number;

  constructor(layout: SharedLayout, column: number) {
    this.#layout = layout;
    this.#column = column;
  }

  /** The tenant's slot, or undefined where it has none. */
  find(key: number): number | undefined {
    const { words, slots } = this.#layout;
    for (let probe = 0, slot = hashOfKey(key) & (slots - 1); probe < slots; probe += 1, slot = (slot + 1) & (slots - 1)) {
      const found = Atomics.load(words, this.#keyWord(slot));
      if (found === key) return slot;
      if (found === EMPTY) return undefined;
    }
    return undefined;
  }

  /**
   * The tenant's slot, found or taken, and announced: until `leave` nobody gives it up. Undefined where all slots are taken, or the
   * lock is a dead thread's: then the tenant cannot be counted.
   */
  enter(key: number): number | undefined {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const slot = this.find(key) ?? this.#take(key);
      if (slot === undefined) return undefined;
      this.announce(slot);
      // It may have been given up between the two; from here on it cannot be.
      if (Atomics.load(this.#layout.words, this.#keyWord(slot)) === key) return slot;
      this.leave();
    }
    return undefined;
  }

  /** For a slot that cannot be given up, as something of it is held. */
  announce(slot: number): void {
    Atomics.store(this.#layout.words, this.#layout.announcedWord(this.#column), slot + 1);
  }

  leave(): void {
    Atomics.store(this.#layout.words, this.#layout.announcedWord(this.#column), 0);
  }

  /** Whether any thread is changing the slot now. @param dead columns whose threads do not change anything any more */
  isAnnounced(slot: number, dead?: ReadonlySet<number>): boolean {
    const { words, columns } = this.#layout;
    for (let column = 0; column < columns; column += 1) {
      if (!dead?.has(column) && Atomics.load(words, this.#layout.announcedWord(column)) === slot + 1) return true;
    }
    return false;
  }

  /** Slots that are tenants', with their keys. */
  *taken(): Generator<{ readonly slot: number; readonly key: number }, void, void> {
    const { words, slots } = this.#layout;
    for (let slot = 0; slot < slots; slot += 1) {
      const key = Atomics.load(words, this.#keyWord(slot));
      if (key !== EMPTY && key !== VACATED) yield { slot, key };
    }
  }

  /** Gives up the slots of tenants that are not there any more and of which nothing is held. For the owner alone. */
  sweep(isThere: (tenantId: string) => boolean): void {
    for (const { slot, key } of this.taken()) {
      if (isThere(tenantOfKey(key)) || !this.#lock()) continue;
      try {
        this.#giveUp(slot, key);
      } finally {
        this.#unlock(this.#column);
      }
    }
  }

  /** Opens the lock where a thread that died has left it shut. */
  breakLock(column: number): void {
    this.#unlock(column);
  }

  #giveUp(slot: number, key: number): void {
    const { words, slots } = this.#layout;
    const word = this.#keyWord(slot);
    Atomics.store(words, word, VACATED);
    // Whoever announced the slot before this saw its key, and goes on with it; whoever does so from now on looks for another.
    if (this.isAnnounced(slot) || this.#isHeld(slot)) {
      Atomics.store(words, word, key);
      return;
    }
    // Nothing lies behind an empty slot, so what is vacated before it need not be searched either.
    if (Atomics.load(words, this.#keyWord((slot + 1) & (slots - 1))) !== EMPTY) return;
    for (let last = slot; Atomics.load(words, this.#keyWord(last)) === VACATED; last = (last - 1) & (slots - 1)) {
      Atomics.store(words, this.#keyWord(last), EMPTY);
    }
  }

  #isHeld(slot: number): boolean {
    const { words } = this.#layout;
    const counts = this.#keyWord(slot) + Slot.counts;
    for (let kind = 0; kind < COUNT_KINDS; kind += 1) if ((Atomics.load(words, counts + kind) & COUNT_MASK) !== 0) return true;
    return false;
  }

  #take(key: number): number | undefined {
    if (!this.#lock()) return undefined;
    try {
      // Another thread may have been faster.
      const slot = this.find(key) ?? this.#firstFree(key);
      if (slot === undefined) return undefined;
      const word = this.#keyWord(slot);
      if (Atomics.load(this.#layout.words, word) !== key) this.#clear(slot);
      Atomics.store(this.#layout.words, word, key);
      return slot;
    } finally {
      this.#unlock(this.#column);
    }
  }

  #firstFree(key: number): number | undefined {
    const { words, slots } = this.#layout;
    for (let probe = 0, slot = hashOfKey(key) & (slots - 1); probe < slots; probe += 1, slot = (slot + 1) & (slots - 1)) {
      const found = Atomics.load(words, this.#keyWord(slot));
      if (found === EMPTY || found === VACATED) return slot;
    }
    return undefined;
  }

  /** Counts are nought in a free slot. */
  #clear(slot: number): void {
    const { words, times } = this.#layout;
    const refused = this.#keyWord(slot) + Slot.refused;
    for (let kind = 0; kind < REFUSAL_KINDS; kind += 1) Atomics.store(words, refused + kind, 0);
    Atomics.store(words, this.#keyWord(slot) + Slot.burst, 0);
    // Not nought: a thread that still compares with what stood there must fail.
    const now = process.hrtime.bigint();
    for (let kind = 0; kind < TIME_KINDS; kind += 1) Atomics.store(times, this.#layout.timeIndex(slot, kind), now);
  }

  #lock(): boolean {
    const { words } = this.#layout;
    const giveUpAt = performance.now() + LOCK_WAIT_MS;
    for (;;) {
      const holder = Atomics.compareExchange(words, Head.lock, 0, this.#column + 1);
      if (holder === 0) return true;
      if (performance.now() > giveUpAt) return false;
      Atomics.wait(words, Head.lock, holder, 1);
    }
  }

  #unlock(column: number): void {
    if (Atomics.compareExchange(this.#layout.words, Head.lock, column + 1, 0) === column + 1) {
      Atomics.notify(this.#layout.words, Head.lock);
    }
  }

  #keyWord(slot: number): number {
    return this.#layout.slotWord(slot) + Slot.key;
  }
}

/** A count and, above it, the number of its changes, so that a count that comes back to what it was is not taken for unchanged. */
export const COUNT_BITS = 20;
export const COUNT_MASK = (1 << COUNT_BITS) - 1;
