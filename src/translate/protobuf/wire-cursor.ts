/** Wire types (protobuf.dev, "Encoding"). */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const START_GROUP = 3;
export const END_GROUP = 4;
export const FIXED32 = 5;

const MAX_VARINT_BYTES = 10;
const MAX_GROUP_DEPTH = 100;

/** Bytes that are not the message they should be. Says nothing of what stands in them. */
export class MalformedMessageError extends Error {
  override readonly name = 'MalformedMessageError';
}

/**
 * Reads fields out of a buffer. As strict as Go's generated code, or stricter where that one cuts off bits: a tag of more than 32
 * bits is another field to Go than to a reader of all bits.
 */
export class WireCursor {
  bytes: Buffer;
  pos: number;

  constructor(bytes: Buffer, pos = 0) {
    this.bytes = bytes;
    this.pos = pos;
  }

  /** A tag: the field's number times 8, and its wire type. @param end of the message around it */
  tag(end: number): number {
    const tag = this.uint32(end);
    if (tag < 8) throw new MalformedMessageError('a field without a number');
    return tag;
  }

  /** A length that leaves its value within the message. */
  length(end: number): number {
    const length = this.uint32(end);
    if (length > end - this.pos) throw new MalformedMessageError('unexpected EOF');
    return length;
  }

  uint32(end: number): number {
    const pos = this.pos;
    if (pos < end) {
      const byte = this.bytes[pos] as number;
      if (byte < 0x80) {
        this.pos = pos + 1;
        return byte;
      }
    }
    return this.#longUint32(end);
  }

  #longUint32(end: number): number {
    let value = 0;
    for (let index = 0; index < MAX_VARINT_BYTES; index++) {
      const byte = this.#byte(end);
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (value > 0xffffffff) throw new MalformedMessageError('a tag or a length out of range');
      if (byte < 0x80) return value;
    }
    throw new MalformedMessageError('integer overflow');
  }

  /** A signed integer of 64 bits; a bigint where a number would lose digits. */
  int64(end: number): number | bigint {
    let value = 0;
    for (let index = 0; index < 7; index++) {
      const byte = this.#byte(end);
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return value;
    }
    let wide = BigInt(value);
    for (let index = 7n; index < MAX_VARINT_BYTES; index++) {
      const byte = this.#byte(end);
      wide += BigInt(byte & 0x7f) << (7n * index);
      if (byte >= 0x80) continue;
      const signed = BigInt.asIntN(64, wide);
      const number = Number(signed);
      return Number.isSafeInteger(number) ? number : signed;
    }
    throw new MalformedMessageError('integer overflow');
  }

  /** The text of the bytes up to `end`; what is no UTF-8 becomes U+FFFD, as in Go's JSON. */
  text(end: number): string {
    const start = this.pos;
    this.pos = end;
    return this.bytes.toString('utf8', start, end);
  }

  #byte(end: number): number {
    if (this.pos >= end) throw new MalformedMessageError('unexpected EOF');
    return this.bytes[this.pos++] as number;
  }

  /** Passes over the value behind a tag. */
  skip(tag: number, end: number, depth = 0): void {
    switch (tag & 7) {
      case VARINT:
        this.#skipVarint(end);
        return;
      case BYTES:
        // In two steps: the length itself moves the position.
        this.#move(this.length(end), end);
        return;
      case FIXED64:
        this.#move(8, end);
        return;
      case FIXED32:
        this.#move(4, end);
        return;
      case START_GROUP:
        this.#skipGroup(end, depth);
        return;
      default:
        throw new MalformedMessageError(`illegal wireType ${tag & 7}`);
    }
  }

  #skipVarint(end: number): void {
    for (let index = 0; index < MAX_VARINT_BYTES; index++) {
      if (this.#byte(end) < 0x80) return;
    }
    throw new MalformedMessageError('integer overflow');
  }

  #move(count: number, end: number): void {
    this.pos += count;
    if (this.pos > end) throw new MalformedMessageError('unexpected EOF');
  }

  #skipGroup(end: number, depth: number): void {
    if (depth > MAX_GROUP_DEPTH) throw new MalformedMessageError('groups nested too deep');
    for (;;) {
      const tag = this.tag(end);
      if ((tag & 7) === END_GROUP) return;
      this.skip(tag, end, depth + 1);
    }
  }
}

/** How many bytes a varint takes. @param value up to 2^32 */
export function varintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  return value < 0x10000000 ? 4 : 5;
}

/** Writes a varint; returns the position behind it. @param value up to 2^32 */
export function writeVarint(target: Buffer, at: number, value: number): number {
  let pos = at;
  let rest = value;
  while (rest >= 0x80) {
    target[pos++] = (rest & 0x7f) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  target[pos++] = rest;
  return pos;
}

/** Whether two varints end within `[pos, limit)`: a tag, and a length or a number. */
export function hasWholeHead(bytes: Buffer, pos: number, limit: number): boolean {
  let ends = 0;
  for (let at = pos; at < limit; at++) if ((bytes[at] as number) < 0x80 && ++ends === 2) return true;
  return false;
}
