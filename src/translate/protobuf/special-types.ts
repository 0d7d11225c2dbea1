/** Types of k8s.io/apimachinery whose JSON is not that of their fields. */
import { parseLossless, printLossless, rawNumber } from '../lossless-json.ts';
import { BYTES, MalformedMessageError, VARINT, WireCursor } from './wire-cursor.ts';
import type { WireWriter } from './wire-writer.ts';

interface Special {
  readonly decode: (bytes: Buffer) => unknown;
  /** Of a value as `decode` gives it. @throws Error for any other */
  readonly encode: (value: unknown, writer: WireWriter) => void;
}

/** {1 raw}: JSON text. */
const JSON_TEXT: Special = {
  decode: (bytes) => {
    const text = textAt(readFields(bytes), 1);
    return text === '' ? null : parseLossless(text);
  },
  encode: (value, writer) => {
    if (value !== null) writer.text(1, printLossless(value));
  },
};

const SPECIALS: Readonly<Record<string, Special>> = {
  Time: { decode: (bytes) => decodeTime(bytes, 0), encode: encodeTime },
  MicroTime: { decode: (bytes) => decodeTime(bytes, 6), encode: encodeTime },
  // metav1.Duration {1 nanoseconds}: what JSON holds is parsed by Go's time.ParseDuration, which takes nanoseconds as well.
  Duration: {
    decode: (bytes) => `${readFields(bytes)[1] ?? 0}ns`,
    encode: (value, writer) => writer.integer(1, BigInt(/^(-?\d+)ns$/.exec(asText(value))?.[1] ?? fail('a duration', value))),
  },
  // {1 string}; an empty one is the quantity 0.
  Quantity: {
    decode: (bytes) => textAt(readFields(bytes), 1) || '0',
    encode: (value, writer) => writer.text(1, typeof value === 'string' ? value : printLossless(value)),
  },
  // {1 type (0 int, 1 string), 2 intVal, 3 strVal}
  IntOrString: {
    decode: (bytes) => {
      const fields = readFields(bytes);
      return Number(fields[1] ?? 0) === 1 ? textAt(fields, 3) : jsonNumber(fields[2] as bigint | number | undefined);
    },
    encode: (value, writer) => {
      writer.integer(1, typeof value === 'string' ? 1 : 0);
      writer.integer(2, typeof value === 'string' ? 0 : BigInt(printLossless(value)));
      writer.text(3, typeof value === 'string' ? value : '');
    },
  },
  RawExtension: JSON_TEXT,
  FieldsV1: JSON_TEXT,
  // A message that nobody looks into; its JSON is not what the apiserver would print.
  Opaque: {
    decode: (bytes) => bytes.toString('base64'),
    encode: (value, writer) => writer.raw(Buffer.from(asText(value), 'base64')),
  },
};

export function isSpecial(type: string): boolean {
  return Object.hasOwn(SPECIALS, type);
}

/** @throws MalformedMessageError, SyntaxError for bytes that are no such message */
export function decodeSpecial(type: string, bytes: Buffer): unknown {
  return SPECIALS[type]!.decode(bytes);
}

/** @throws Error for a value that is none of that type */
export function encodeSpecial(type: string, value: unknown, writer: WireWriter): void {
  SPECIALS[type]!.encode(value, writer);
}

type Fields = Record<number, number | bigint | Buffer>;

function readFields(bytes: Buffer): Fields {
  const fields: Fields = {};
  const cursor = new WireCursor(bytes);
  const end = bytes.length;
  while (cursor.pos < end) {
    const tag = cursor.tag(end);
    if ((tag & 7) === VARINT) fields[tag >>> 3] = cursor.int64(end);
    else if ((tag & 7) === BYTES) {
      const length = cursor.length(end);
      fields[tag >>> 3] = bytes.subarray(cursor.pos, cursor.pos + length);
      cursor.pos += length;
    } else cursor.skip(tag, end);
  }
  return fields;
}

function textAt(fields: Fields, number: number): string {
  const value = fields[number];
  return Buffer.isBuffer(value) ? value.toString('utf8') : '';
}

function jsonNumber(value: number | bigint | undefined): unknown {
  return typeof value === 'bigint' ? rawNumber(String(value)) : (value ?? 0);
}

/** {1 seconds, 2 nanos}; both zero is Go's zero time, which is null in JSON. `digits`: of the fraction. */
function decodeTime(bytes: Buffer, digits: 0 | 6): string | null {
  const fields = readFields(bytes);
  const seconds = Number(fields[1] ?? 0);
  const nanos = Number(fields[2] ?? 0);
  if (seconds === 0 && nanos === 0) return null;
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) throw new MalformedMessageError('a time out of range');
  const text = date.toISOString().slice(0, -5);
  return digits === 0 ? `${text}Z` : `${text}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z`;
}

function encodeTime(value: unknown, writer: WireWriter): void {
  if (value === null) return;
  const [, whole, fraction = ''] = /^(.+:\d\d)(?:\.(\d{1,9}))?Z$/.exec(asText(value)) ?? fail('a time', value);
  const seconds = Date.parse(`${whole}Z`) / 1000;
  if (Number.isNaN(seconds)) fail('a time', value);
  writer.integer(1, seconds);
  writer.integer(2, Number(fraction.padEnd(9, '0')));
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : fail('a text', value);
}

function fail(wanted: string, value: unknown): never {
  throw new Error(`${typeof value} where ${wanted} stands`);
}
