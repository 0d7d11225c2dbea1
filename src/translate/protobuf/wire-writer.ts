import { BYTES, VARINT, varintSize, writeVarint } from './wire-cursor.ts';

/** Collects the fields of a message. */
export class WireWriter {
  readonly #parts: Buffer[] = [];
  #length = 0;

  /** Bytes that are whole fields already. */
  raw(bytes: Buffer): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }

  integer(number: number, value: number | bigint): void {
    this.raw(Buffer.concat([varint(number * 8 + VARINT), integerBytes(value)]));
  }

  text(number: number, value: string): void {
    this.bytes(number, Buffer.from(value));
  }

  bytes(number: number, value: Buffer): void {
    this.raw(Buffer.concat([varint(number * 8 + BYTES), varint(value.length)]));
    this.raw(value);
  }

  /** A message whose fields `write` adds. */
  message(number: number, write: (inner: WireWriter) => void): void {
    const inner = new WireWriter();
    write(inner);
    this.bytes(number, inner.finish());
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts, this.#length);
  }
}

export function varint(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(varintSize(value));
  writeVarint(bytes, 0, value);
  return bytes;
}

/** As Go writes int32 and int64: negative numbers take ten bytes. */
function integerBytes(value: number | bigint): Buffer {
  if (typeof value === 'number' && value >= 0 && value < 2 ** 32) return varint(value);
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
