/**
 * What stands where in the memory that the threads of a gateway share, in 32-bit words:
 *
 *     head      16 words, see Head
 *     announced one word for each column: the slot that its thread is changing, plus one; 0: none
 *     slots     16 words each, one cache line: see Slot
 *     columns   for each column and slot, what that thread holds of the slot's counts: requests in flight, long-running ones
 */

export const Head = { magic: 0, slots: 1, columns: 2, lock: 3, unslotted: 4, divisionCount: 5, divisions: 6, wantsTurn: 14 } as const;
/** How many divisions there is room for behind Head.divisions. */
export const MAX_DIVISIONS = 8;

/**
 * Words of a slot. `counts` are two: in flight, long-running. `refused` are three: in flight, long-running, rate. `burst` is this replica's share of
 * the burst when a token was last asked for, plus one; 0: never. `times` are three 64-bit ones.
 */
export const Slot = { key: 0, counts: 1, refused: 3, burst: 6, times: 8 } as const;

export const COUNT_KINDS = 2;
export const REFUSAL_KINDS = 3;
export const TIME_KINDS = 3;

const MAGIC = 0x6b7a_4c31;
const HEAD_WORDS = 16;
const SLOT_WORDS = 16;
const LINE_WORDS = 16;

export class SharedLayout {
  readonly buffer: SharedArrayBuffer;
  readonly words: Int32Array;
  /** The same memory, for the times of the token buckets. */
  readonly times: BigInt64Array;
  readonly slots: number;
  readonly columns: number;
  readonly #firstSlot: number;
  readonly #firstColumn: number;

  /** @throws Error for memory that createLayout has not made */
  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.words = new Int32Array(buffer);
    this.times = new BigInt64Array(buffer);
    if (Atomics.load(this.words, Head.magic) !== MAGIC) throw new Error('not the memory of traffic limits');
    this.slots = this.words[Head.slots]!;
    this.columns = this.words[Head.columns]!;
    this.#firstSlot = firstSlotWord(this.columns);
    this.#firstColumn = this.#firstSlot + this.slots * SLOT_WORDS;
  }

  announcedWord(column: number): number {
    return HEAD_WORDS + column;
  }

  slotWord(slot: number): number {
    return this.#firstSlot + slot * SLOT_WORDS;
  }

  /** Index in `times`. */
  timeIndex(slot: number, kind: number): number {
    return (this.slotWord(slot) + Slot.times) / 2 + kind;
  }

  columnWord(column: number, slot: number, kind: number): number {
    return this.#firstColumn + (column * this.slots + slot) * COUNT_KINDS + kind;
  }
}

/** Fresh memory. @param slots a power of two */
export function createLayout(slots: number, columns: number): SharedLayout {
  if (slots < 1 || (slots & (slots - 1)) !== 0) throw new RangeError(`${slots} slots: a power of two is wanted`);
  const words = firstSlotWord(columns) + slots * SLOT_WORDS + columns * slots * COUNT_KINDS;
  const buffer = new SharedArrayBuffer(words * Int32Array.BYTES_PER_ELEMENT);
  const head = new Int32Array(buffer, 0, HEAD_WORDS);
  head[Head.slots] = slots;
  head[Head.columns] = columns;
  Atomics.store(head, Head.magic, MAGIC);
  return new SharedLayout(buffer);
}

function firstSlotWord(columns: number): number {
  return Math.ceil((HEAD_WORDS + columns) / LINE_WORDS) * LINE_WORDS;
}
