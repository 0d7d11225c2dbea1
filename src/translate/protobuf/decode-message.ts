import { rawNumber } from '../lossless-json.ts';
import { decodeSpecial, isSpecial } from './special-types.ts';
import { BYTES, MalformedMessageError, VARINT, WireCursor } from './wire-cursor.ts';
import { fieldsOf, type WireType } from './wire-schema.ts';

/** Go's own limit for protobuf messages inside each other. */
export const MAX_DEPTH = 100;

type JsonObject = Record<string, unknown>;

/**
 * What stands twice counts as in Go: of scalars the last, messages are merged.
 *
 * @returns the message as the object that JSON.stringify turns into its JSON; integers beyond 2^53 keep their digits
 * @throws MalformedMessageError, SyntaxError for bytes that are no such message
 */
export function decodeMessage(typeName: string, bytes: Uint8Array): JsonObject {
  return decodeInto(newObject(), typeName, new WireCursor(asBuffer(bytes)), bytes.length, 0);
}

/** One value of a type, from the bytes of all fields in which it stands: several where the type is a list or a map. */
export function decodeOccurrences(type: WireType, occurrences: readonly Uint8Array[]): unknown {
  const holder = newObject();
  for (const bytes of occurrences) readField(holder, 'value', type, new WireCursor(asBuffer(bytes)), BYTES, bytes.length, 0);
  return holder.value;
}

function decodeInto(target: JsonObject, typeName: string, cursor: WireCursor, end: number, depth: number): JsonObject {
  if (depth > MAX_DEPTH) throw new MalformedMessageError('messages nested too deep');
  const fields = fieldsOf(typeName);
  while (cursor.pos < end) {
    const tag = cursor.tag(end);
    const field = fields[tag >>> 3];
    const wire = tag & 7;
    if (!field) cursor.skip(tag, end);
    else {
      const [jsonName, type] = field;
      const until = wire === BYTES ? lengthEnd(cursor, end) : end;
      if (jsonName === '') decodeInto(target, type.slice(1), cursor, until, depth + 1);
      else readField(target, jsonName, type, cursor, wire, until, depth);
    }
  }
  return target;
}

function lengthEnd(cursor: WireCursor, end: number): number {
  const length = cursor.length(end);
  return cursor.pos + length;
}

function readField(target: JsonObject, name: string, type: WireType, cursor: WireCursor, wire: number, end: number, depth: number): void {
  if (type.startsWith('[]')) {
    target[name] ??= [];
    readElements(target[name] as unknown[], type.slice(2), cursor, wire, end, depth);
  } else if (type.startsWith('{}')) {
    target[name] ??= newObject();
    readEntry(target[name] as JsonObject, type.slice(2), cursor, end, depth);
  } else target[name] = readValue(type, cursor, wire, end, depth, target[name]);
}

function readElements(list: unknown[], type: WireType, cursor: WireCursor, wire: number, end: number, depth: number): void {
  // Packed: what a proto3 client makes of a list of numbers.
  if (type === 'int' && wire === BYTES) while (cursor.pos < end) list.push(readValue(type, cursor, VARINT, end, depth, undefined));
  else list.push(readValue(type, cursor, wire, end, depth, undefined));
}

/** A map is a list of messages {1 key, 2 value}. */
function readEntry(map: JsonObject, type: WireType, cursor: WireCursor, end: number, depth: number): void {
  let key = '';
  let value: unknown;
  while (cursor.pos < end) {
    const tag = cursor.tag(end);
    const wire = tag & 7;
    if (tag >>> 3 > 2) {
      cursor.skip(tag, end);
      continue;
    }
    const until = wire === BYTES ? lengthEnd(cursor, end) : end;
    if (tag >>> 3 === 1) key = readValue('string', cursor, wire, until, depth, undefined) as string;
    else value = readValue(type, cursor, wire, until, depth, undefined);
  }
  map[key] = value ?? emptyOf(type);
}

/** @param former what an earlier field of a message has left there */
function readValue(type: WireType, cursor: WireCursor, wire: number, end: number, depth: number, former: unknown): unknown {
  const isScalar = type === 'int' || type === 'bool';
  if (wire !== (isScalar ? VARINT : BYTES)) throw new MalformedMessageError(`wrong wireType = ${wire}`);
  if (isScalar) return readScalar(type, cursor, end);
  if (type === 'string') return cursor.text(end);
  if (type.startsWith('@')) return decodeInto((former as JsonObject) ?? newObject(), type.slice(1), cursor, end, depth + 1);
  if (type.startsWith('Items:')) return readItems(type.slice('Items:'.length), cursor, end, depth, former);
  const bytes = cursor.bytes.subarray(cursor.pos, end);
  cursor.pos = end;
  if (type === 'bytes') return bytes.toString('base64');
  if (isSpecial(type)) return decodeSpecial(type, bytes);
  throw new Error(`no such type: ${type}`);
}

function readScalar(type: WireType, cursor: WireCursor, end: number): unknown {
  const value = cursor.int64(end);
  if (type === 'bool') return value !== 0;
  return typeof value === 'bigint' ? rawNumber(String(value)) : value;
}

function readItems(type: WireType, cursor: WireCursor, end: number, depth: number, former: unknown): unknown[] {
  const list = (former as unknown[]) ?? [];
  while (cursor.pos < end) {
    const tag = cursor.tag(end);
    if (tag >>> 3 !== 1) cursor.skip(tag, end);
    else readElements(list, type, cursor, tag & 7, (tag & 7) === BYTES ? lengthEnd(cursor, end) : end, depth);
  }
  return list;
}

function emptyOf(type: WireType): unknown {
  if (type === 'string' || type === 'bytes') return '';
  if (type === 'int') return 0;
  if (type === 'bool') return false;
  return type.startsWith('Items:') ? [] : isSpecial(type) ? decodeSpecial(type, Buffer.alloc(0)) : newObject();
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Keys are the client's: `__proto__` is one like any other. */
function newObject(): JsonObject {
  return Object.create(null) as JsonObject;
}
