import { decodeMessage } from './decode-message.ts';
import { encodeMessage, encodeValue, writeField } from './encode-message.ts';
import { BYTES, WireCursor } from './wire-cursor.ts';
import { fieldsOf, type WireType } from './wire-schema.ts';
import { WireWriter } from './wire-writer.ts';

type JsonObject = { readonly [key: string]: unknown };

/** A field as it came. */
interface Occurrence {
  readonly number: number;
  readonly whole: Buffer;
  /** Empty for a number. */
  readonly value: Buffer;
}

/**
 * A value whose JSON was changed, as bytes again. What the change did not touch, and fields that the schema does not have, stay
 * byte for byte as they were.
 *
 * @param original the bytes whose JSON it was
 * @throws Error for a value that is not of that type
 */
export function reencodeValue(type: WireType, original: Buffer, changed: unknown): Buffer {
  if (!type.startsWith('@') || typeof changed !== 'object' || changed === null) return encodeValue(type, changed);
  return reencodeMessage(type.slice(1), original, changed as JsonObject);
}

function reencodeMessage(typeName: string, original: Buffer, changed: JsonObject): Buffer {
  const before = decodeMessage(typeName, original);
  const fields = fieldsOf(typeName);
  const byNumber = Map.groupBy(readOccurrences(original), ({ number }) => number);
  const writer = new WireWriter();
  for (const [number, occurrences] of byNumber) {
    const field = fields[number];
    if (!field || (isWrittenAsRead(field[1], occurrences) && isSame(field, before, changed))) {
      for (const { whole } of occurrences) writer.raw(whole);
    } else rewriteField(writer, number, field, occurrences, changed);
  }
  for (const [number, field] of Object.entries(fields)) {
    if (!byNumber.has(Number(number))) rewriteField(writer, Number(number), field, [], changed);
  }
  return writer.finish();
}

/** A field that stands twice though it is no list is a sum to its reader, of which only the result was looked at. */
function isWrittenAsRead(type: WireType, occurrences: readonly Occurrence[]): boolean {
  return occurrences.length === 1 || isMany(type);
}

function isMany(type: WireType): boolean {
  return type.startsWith('[]') || type.startsWith('{}');
}

function isSame([jsonName, type]: readonly [string, WireType], before: JsonObject, changed: JsonObject): boolean {
  if (jsonName !== '') return JSON.stringify(before[jsonName]) === JSON.stringify(changed[jsonName]);
  return Object.values(fieldsOf(type.slice(1))).every((inner) => isSame(inner, before, changed));
}

function rewriteField(
  writer: WireWriter,
  number: number,
  [jsonName, type]: readonly [string, WireType],
  occurrences: readonly Occurrence[],
  changed: JsonObject,
): void {
  const [only] = occurrences.length === 1 ? occurrences : [];
  if (jsonName === '') {
    const inlined = only ? reencodeMessage(type.slice(1), only.value, changed) : encodeMessage(type.slice(1), changed);
    if (only || inlined.length > 0) writer.bytes(number, inlined);
    return;
  }
  const value = Object.hasOwn(changed, jsonName) ? changed[jsonName] : undefined;
  if (only && type.startsWith('@') && value !== undefined && value !== null) {
    writer.bytes(number, reencodeValue(type, only.value, value));
  } else if (type.startsWith('[]@') && Array.isArray(value) && value.length === occurrences.length) {
    for (const [index, item] of value.entries()) writer.bytes(number, reencodeValue(type.slice(2), occurrences[index]!.value, item));
  } else writeField(writer, number, type, value);
}

function readOccurrences(message: Buffer): Occurrence[] {
  const occurrences: Occurrence[] = [];
  const cursor = new WireCursor(message);
  while (cursor.pos < message.length) {
    const from = cursor.pos;
    const tag = cursor.tag(message.length);
    const start = cursor.pos;
    cursor.skip(tag, message.length);
    const to = cursor.pos;
    const length = (tag & 7) === BYTES ? new WireCursor(message, start).length(message.length) : 0;
    occurrences.push({ number: tag >>> 3, whole: message.subarray(from, to), value: message.subarray(to - length, to) });
  }
  return occurrences;
}
