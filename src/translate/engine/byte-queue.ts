const EMPTY = Buffer.alloc(0);
const SMALLEST = 64;
const MEBIBYTE = 1024 * 1024;
/** Ranges shorter than this are copied by a loop: a native call costs more. */
const SHORT = 24;
/** A larger buffer is let go when it is emptied, so that one large capture does not stay in memory. */
const KEPT_CAPACITY = 64 * 1024;

/** Bytes that grow at the end and leave at the front. */
export class ByteQueue {
  bytes: Buffer = EMPTY;
  length = 0;

  /** Appends `source[from, to)`. `expected`: how many bytes may follow in all, a hint for the first allocation. */
  append(source: Buffer, from: number, to: number, expected = 0): void {
    const count = to - from;
    let at = this.length;
    if (at + count > this.bytes.length) this.#grow(at + count, expected);
    const bytes = this.bytes;
    if (count < SHORT) for (let pos = from; pos < to; pos++) bytes[at++] = source[pos] as number;
    else source.copy(bytes, at, from, to);
    this.length += count;
  }

  appendText(text: string): void {
    // No UTF-16 unit takes more than three bytes of UTF-8.
    if (this.length + text.length * 3 > this.bytes.length) this.#grow(this.length + text.length * 3, 0);
    this.length += this.bytes.write(text, this.length);
  }

  truncate(length: number): void {
    this.length = length;
  }

  clear(): void {
    this.length = 0;
    if (this.bytes.length > KEPT_CAPACITY) this.bytes = EMPTY;
  }

  /** Hands out the first `count` bytes; the caller owns them, the rest stays. */
  take(count: number): Buffer {
    if (count === 0) return EMPTY;
    const rest = this.length - count;
    let taken: Buffer;
    if (count * 2 < this.bytes.length) {
      taken = Buffer.from(this.bytes.subarray(0, count));
      this.bytes.copyWithin(0, count, this.length);
    } else {
      taken = this.bytes.subarray(0, count);
      this.bytes = rest === 0 ? EMPTY : Buffer.from(this.bytes.subarray(count, this.length));
    }
    this.length = rest;
    return taken;
  }

  #grow(needed: number, expected: number): void {
    const capacity = Math.max(needed, Math.min(this.bytes.length * 2, needed + MEBIBYTE), this.length + expected, SMALLEST);
    const grown = Buffer.allocUnsafeSlow(capacity);
    if (this.length > 0) this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }
}
