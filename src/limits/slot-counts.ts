/**
 * How many requests of a tenant are under way: the total of all threads, which the limit is compared with, and beside it what each
 * thread holds of it, so that what a dead thread held can be given back to the last one.
 */
import { type SharedLayout, Slot } from './shared-layout.ts';
import { COUNT_BITS, COUNT_MASK, type SlotTable } from './slot-table.ts';

export const CountKind = { inflight: 0, longRunning: 1 } as const;
export type CountKind = (typeof CountKind)[keyof typeof CountKind];

/** The largest limit that can be counted. */
export const LARGEST_COUNT = COUNT_MASK;

/** A thread that is alive is done with a change in microseconds, unless it has to wait for a processor. */
const RECOUNT_MS = 20;

export class SlotCounts {
  readonly #layout: SharedLayout;
  readonly #table: SlotTable;
  readonly #column: number;

  constructor(layout: SharedLayout, table: SlotTable, column: number) {
    this.#layout = layout;
    this.#table = table;
    this.#column = column;
  }

  /** Adds one unless `limit` are there already. The slot must be announced. */
  acquire(slot: number, kind: CountKind, limit: number): boolean {
    const { words } = this.#layout;
    const word = this.#totalWord(slot, kind);
    for (;;) {
      const seen = Atomics.load(words, word);
      // Compared before it is changed: no thread ever sees more than the limit, and nobody is refused while another undoes.
      if ((seen & COUNT_MASK) >= limit) return false;
      if (Atomics.compareExchange(words, word, seen, changed(seen, 1)) === seen) break;
    }
    Atomics.add(words, this.#layout.columnWord(this.#column, slot, kind), 1);
    return true;
  }

  /** Takes one off that this thread has added. */
  release(slot: number, kind: CountKind): void {
    const { words } = this.#layout;
    this.#table.announce(slot);
    Atomics.sub(words, this.#layout.columnWord(this.#column, slot, kind), 1);
    const word = this.#totalWord(slot, kind);
    for (;;) {
      const seen = Atomics.load(words, word);
      if (Atomics.compareExchange(words, word, seen, changed(seen, -1)) === seen) break;
    }
    this.#table.leave();
  }

  /** Of all threads. */
  count(slot: number, kind: CountKind): number {
    return Atomics.load(this.#layout.words, this.#totalWord(slot, kind)) & COUNT_MASK;
  }

  /**
   * Gives back all that the thread of that column holds. It must be dead, in whatever it was doing: its last change may stand in the
   * total and not in its column, or the other way round. For the owner alone.
   *
   * @param allDead the columns of all threads that are known to be dead and whose turn has not come yet, this one among them
   * @returns false where another thread stays in the middle of a change, as one that has died unnoticed does: to be tried again
   */
  releaseColumn(dead: number, allDead: ReadonlySet<number>): boolean {
    const { words, slots } = this.#layout;
    this.#table.breakLock(dead);
    const announced = this.#layout.announcedWord(dead);
    const changing = Atomics.load(words, announced) - 1;
    let isDone = true;
    for (let slot = 0; slot < slots; slot += 1) {
      for (const kind of Object.values(CountKind)) {
        if (slot !== changing && Atomics.load(words, this.#layout.columnWord(dead, slot, kind)) === 0) continue;
        if (!this.#recount(slot, kind, dead, allDead)) isDone = false;
      }
    }
    if (isDone) Atomics.store(words, announced, 0);
    return isDone;
  }

  /** Makes the total the sum of what the other threads hold. */
  #recount(slot: number, kind: CountKind, dead: number, allDead: ReadonlySet<number>): boolean {
    const { words, columns } = this.#layout;
    const word = this.#totalWord(slot, kind);
    const giveUpAt = performance.now() + RECOUNT_MS;
    while (performance.now() < giveUpAt) {
      const seen = Atomics.load(words, word);
      let sum = 0;
      let isChanging = this.#table.isAnnounced(slot, allDead);
      for (let column = 0; column < columns; column += 1) {
        if (column !== dead) sum += Atomics.load(words, this.#layout.columnWord(column, slot, kind));
      }
      isChanging ||= this.#table.isAnnounced(slot, allDead);
      // Nobody was changing the slot before the columns were read, nor after; whoever did so between has changed `seen` as well.
      if (isChanging || Atomics.compareExchange(words, word, seen, changed(seen, sum - (seen & COUNT_MASK))) !== seen) continue;
      Atomics.store(words, this.#layout.columnWord(dead, slot, kind), 0);
      return true;
    }
    return false;
  }

  #totalWord(slot: number, kind: CountKind): number {
    return this.#layout.slotWord(slot) + Slot.counts + kind;
  }
}

function changed(seen: number, by: number): number {
  const changes = (seen >>> COUNT_BITS) + 1;
  return (changes << COUNT_BITS) | ((seen & COUNT_MASK) + by);
}
