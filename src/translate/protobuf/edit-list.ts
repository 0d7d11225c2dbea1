import { varintSize, writeVarint } from './wire-cursor.ts';

const SMALLEST = 64;

/**
 * Changes to a buffer, in the order of their places: bytes that go, and what stands there instead, a varint or bytes or both. A length
 * is known only when what it counts has been looked through, so its place is kept with `reserve` and filled in later.
 */
export class EditList {
  count = 0;
  #from = new Int32Array(SMALLEST);
  #to = new Int32Array(SMALLEST);
  /** -1: none. */
  #varints = new Float64Array(SMALLEST);
  #texts: (Buffer | null)[] = [];

  /** Puts a varint (unless it is -1) and then `text` in the place of `[from, to)`. Returns by how much the whole grows. */
  replace(from: number, to: number, varint: number, text: Buffer | null): number {
    const index = this.count++;
    if (index === this.#from.length) this.#grow();
    this.#from[index] = from;
    this.#to[index] = to;
    this.#varints[index] = varint;
    this.#texts[index] = text;
    return from - to + (varint < 0 ? 0 : varintSize(varint)) + (text === null ? 0 : text.length);
  }

  omit(from: number, to: number): number {
    return this.replace(from, to, -1, null);
  }

  /** Keeps a place at `pos`; returns its index. */
  reserve(pos: number): number {
    this.replace(pos, pos, -1, null);
    return this.count - 1;
  }

  /**
   * What is counted by the length at `[from, to)`, which was `length`, has grown by `delta`. Returns by how much that, with the
   * length itself, makes the whole grow. @param index of the place that was reserved for it
   */
  settle(index: number, from: number, to: number, length: number, delta: number): number {
    if (index === this.count - 1) {
      this.count--;
      return 0;
    }
    if (delta === 0) return 0;
    this.#from[index] = from;
    this.#to[index] = to;
    this.#varints[index] = length + delta;
    return delta + varintSize(length + delta) - (to - from);
  }

  /** The same for a length of four bytes, big-endian. */
  settleFrame(index: number, from: number, to: number, length: number, delta: number): number {
    if (delta === 0) return 0;
    const text = Buffer.allocUnsafe(4);
    text.writeUInt32BE(length + delta);
    this.#from[index] = from;
    this.#to[index] = to;
    this.#texts[index] = text;
    return delta;
  }

  /** Takes back all edits from that one on. */
  truncate(count: number): void {
    this.count = count;
  }

  /** `source[from, to)` with all edits carried out, which are forgotten then; a view of it where there are none. */
  apply(source: Buffer, from: number, to: number, delta: number): Buffer {
    const { count } = this;
    if (count === 0) return source.subarray(from, to);
    const target = Buffer.allocUnsafeSlow(to - from + delta);
    let at = 0;
    let done = from;
    for (let index = 0; index < count; index++) {
      const start = this.#from[index] as number;
      if (start > done) at += source.copy(target, at, done, start);
      done = this.#to[index] as number;
      const varint = this.#varints[index] as number;
      if (varint >= 0) at = writeVarint(target, at, varint);
      const text = this.#texts[index] as Buffer | null;
      if (text !== null) at += text.copy(target, at);
    }
    if (to > done) at += source.copy(target, at, done, to);
    if (at !== target.length) throw new Error('the edits do not add up');
    this.count = 0;
    return target;
  }

  #grow(): void {
    const size = this.#from.length * 2;
    const grow = <T extends Int32Array | Float64Array>(old: T, grown: T): T => {
      grown.set(old as never);
      return grown;
    };
    this.#from = grow(this.#from, new Int32Array(size));
    this.#to = grow(this.#to, new Int32Array(size));
    this.#varints = grow(this.#varints, new Float64Array(size));
  }
}
