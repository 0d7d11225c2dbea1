import protobuf from 'protobufjs/minimal.js';
import { decodeSpecial, isSpecial, readInteger } from './special-types.ts';
import { fieldsOf, type WireType } from './wire-schema.ts';

/** Go's own limit for protobuf messages inside each other. */
const MAX_DEPTH = 100;

type JsonObject = Record<string, unknown>;

/**
 * @returns the message as the object that JSON.stringify turns into its JSON; integers beyond 2^53 keep their digits
 * @throws Error for bytes that are no such message
 */
export function decodeMessage(typeName: string, bytes: Uint8Array): JsonObject {
  return decodeInto(newObject(), typeName, bytes, 0);
}

function decodeInto(target: JsonObject, typeName: string, bytes: Uint8Array, depth: number): JsonObject {
  if (depth > MAX_DEPTH) throw new Error('messages nested too deep');
  const fields = fieldsOf(typeName);
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const field = fields[tag >>> 3];
    if (!field) {
      reader.skipType(tag & 7);
      continue;
    }
    const [jsonName, type] = field;
    if (jsonName === '') decodeInto(target, type.slice(1), reader.bytes(), depth + 1);
    else if (type.startsWith('[]')) readElement(target, jsonName, type.slice(2), reader, tag & 7, depth);
    else if (type.startsWith('{}')) readEntry(mapAt(target, jsonName), type.slice(2), reader.bytes(), depth);
    else target[jsonName] = readValue(type, reader, tag & 7, depth);
  }
  return target;
}

function readElement(target: JsonObject, jsonName: string, type: WireType, reader: protobuf.Reader, wire: number, depth: number): void {
  target[jsonName] ??= [];
  const list = target[jsonName] as unknown[];
  if (type === 'int' && wire === 2) {
    // Packed: what a proto3 client makes of a list of numbers.
    const end = reader.uint32() + reader.pos;
    while (reader.pos < end) list.push(readInteger(reader));
  } else list.push(readValue(type, reader, wire, depth));
}

function mapAt(target: JsonObject, jsonName: string): JsonObject {
  target[jsonName] ??= newObject();
  return target[jsonName] as JsonObject;
}

/** A map is a list of messages {1 key, 2 value}. */
function readEntry(map: JsonObject, type: WireType, bytes: Uint8Array, depth: number): void {
  const reader = protobuf.Reader.create(bytes);
  let key = '';
  let value: unknown;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1) key = reader.string();
    else if (tag >>> 3 === 2) value = readValue(type, reader, tag & 7, depth);
    else reader.skipType(tag & 7);
  }
  map[key] = value ?? emptyOf(type);
}

function readValue(type: WireType, reader: protobuf.Reader, wire: number, depth: number): unknown {
  const isLengthDelimited = type !== 'int' && type !== 'bool';
  if (wire !== (isLengthDelimited ? 2 : 0)) throw new Error(`wire type ${wire} where ${type} stands`);
  if (type === 'int') return readInteger(reader);
  if (type === 'bool') return reader.bool();
  if (type === 'string') return reader.string();
  const bytes = reader.bytes();
  if (type === 'bytes') return Buffer.from(bytes).toString('base64');
  if (type.startsWith('@')) return decodeInto(newObject(), type.slice(1), bytes, depth + 1);
  if (type.startsWith('Items:')) return readItems(type.slice('Items:'.length), bytes, depth);
  if (isSpecial(type)) return decodeSpecial(type, bytes);
  throw new Error(`no such type: ${type}`);
}

function readItems(type: WireType, bytes: Uint8Array, depth: number): unknown[] {
  const holder = newObject();
  const reader = protobuf.Reader.create(bytes);
  holder.items = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1) readElement(holder, 'items', type, reader, tag & 7, depth);
    else reader.skipType(tag & 7);
  }
  return holder.items as unknown[];
}

function emptyOf(type: WireType): unknown {
  if (type === 'string' || type === 'bytes') return '';
  if (type === 'int') return 0;
  if (type === 'bool') return false;
  return type.startsWith('Items:') ? [] : isSpecial(type) ? decodeSpecial(type, new Uint8Array(0)) : {};
}

/** Keys are the client's: `__proto__` is one like any other. */
function newObject(): JsonObject {
  return Object.create(null) as JsonObject;
}
