/** Types of k8s.io/apimachinery whose JSON is not that of their fields. */
import protobuf from 'protobufjs/minimal.js';
import { parseLossless, rawNumber } from '../lossless-json.ts';

const DECODERS: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  Time: (bytes) => decodeTime(bytes, 0),
  MicroTime: (bytes) => decodeTime(bytes, 6),
  Duration: (bytes) => durationText(BigInt(readFields(bytes)[1]?.toString() ?? '0')),
  // {1 string}; an empty one is the quantity 0.
  Quantity: (bytes) => textAt(readFields(bytes), 1) || '0',
  // {1 type (0 int, 1 string), 2 intVal, 3 strVal}
  IntOrString: (bytes) => {
    const fields = readFields(bytes);
    return Number(fields[1] ?? 0) === 1 ? textAt(fields, 3) : (fields[2] ?? 0);
  },
  // {1 raw}: JSON text.
  RawExtension: (bytes) => jsonAt(readFields(bytes)),
  FieldsV1: (bytes) => jsonAt(readFields(bytes)),
};

export function isSpecial(type: string): boolean {
  return Object.hasOwn(DECODERS, type);
}

/** @throws Error for bytes that are no such message */
export function decodeSpecial(type: string, bytes: Uint8Array): unknown {
  return DECODERS[type]!(bytes);
}

/** A signed varint as a number, or as its digits where a number would lose some. */
export function readInteger(reader: protobuf.Reader): unknown {
  const digits = String(reader.int64());
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : rawNumber(digits);
}

type Fields = Record<number, unknown>;

function readFields(bytes: Uint8Array): Fields {
  const fields: Fields = {};
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if ((tag & 7) === 0) fields[tag >>> 3] = readInteger(reader);
    else if ((tag & 7) === 2) fields[tag >>> 3] = Buffer.from(reader.bytes());
    else reader.skipType(tag & 7);
  }
  return fields;
}

function textAt(fields: Fields, number: number): string {
  return (fields[number] as Buffer | undefined)?.toString('utf8') ?? '';
}

function jsonAt(fields: Fields): unknown {
  const text = textAt(fields, 1);
  return text === '' ? null : parseLossless(text);
}

/** {1 seconds, 2 nanos}; both zero is Go's zero time, which is null in JSON. `digits`: of the fraction. */
function decodeTime(bytes: Uint8Array, digits: 0 | 6): string | null {
  const fields = readFields(bytes);
  const seconds = Number(fields[1] ?? 0);
  const nanos = Number(fields[2] ?? 0);
  if (seconds === 0 && nanos === 0) return null;
  const text = new Date(seconds * 1000).toISOString().slice(0, 19);
  return digits === 0 ? `${text}Z` : `${text}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z`;
}

/** metav1.Duration is parsed by Go's time.ParseDuration, which takes nanoseconds as well. */
function durationText(nanoseconds: bigint): string {
  return `${nanoseconds}ns`;
}
