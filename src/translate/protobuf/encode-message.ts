import { isJsonObject, printLossless } from '../lossless-json.ts';
import { encodeSpecial, isSpecial } from './special-types.ts';
import { fieldsOf, type WireType } from './wire-schema.ts';
import { WireWriter } from './wire-writer.ts';

type JsonObject = { readonly [key: string]: unknown };

/**
 * The message of an object as `decodeMessage` gives it, or as parsed JSON. Members that the type does not have are left out, null
 * ones too, as an apiserver would read them.
 *
 * @throws Error for a value that is not of its field's type
 */
export function encodeMessage(typeName: string, object: unknown): Buffer {
  const writer = new WireWriter();
  writeMessage(writer, typeName, object);
  return writer.finish();
}

/** One member of an object as the field or fields of that number. */
export function writeField(writer: WireWriter, number: number, type: WireType, value: unknown): void {
  if (value === undefined || value === null) return;
  if (type.startsWith('[]')) for (const item of arrayIn(value)) writeValue(writer, number, type.slice(2), item);
  else if (type.startsWith('{}')) {
    for (const [key, item] of Object.entries(objectIn(value))) {
      writer.message(number, (entry) => {
        entry.text(1, key);
        writeValue(entry, 2, type.slice(2), item);
      });
    }
  } else writeValue(writer, number, type, value);
}

/** The bytes of a value that stands behind its length, such as a text's. */
export function encodeValue(type: WireType, value: unknown): Buffer {
  if (type === 'string') return Buffer.from(stringIn(value));
  if (type === 'bytes') return Buffer.from(stringIn(value), 'base64');
  const writer = new WireWriter();
  if (type.startsWith('@')) writeMessage(writer, type.slice(1), value);
  else if (type.startsWith('Items:')) writeField(writer, 1, `[]${type.slice('Items:'.length)}`, value);
  else if (isSpecial(type)) encodeSpecial(type, value, writer);
  else throw new Error(`no such type: ${type}`);
  return writer.finish();
}

function writeMessage(writer: WireWriter, typeName: string, value: unknown): void {
  const object = value === null ? {} : objectIn(value);
  for (const [number, [jsonName, type]] of Object.entries(fieldsOf(typeName))) {
    if (jsonName !== '') writeField(writer, Number(number), type, Object.hasOwn(object, jsonName) ? object[jsonName] : undefined);
    else {
      const inlined = encodeMessage(type.slice(1), object);
      if (inlined.length > 0) writer.bytes(Number(number), inlined);
    }
  }
}

function writeValue(writer: WireWriter, number: number, type: WireType, value: unknown): void {
  if (type === 'int') writer.integer(number, integerIn(value));
  else if (type === 'bool') writer.integer(number, value === true ? 1 : 0);
  else writer.bytes(number, encodeValue(type, value));
}

/** Numbers beyond 2^53 are kept as their digits. */
function integerIn(value: unknown): number | bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  const digits = printLossless(value);
  if (!/^-?\d+$/.test(digits)) throw new Error('no integer where an integer stands');
  return BigInt(digits);
}

function stringIn(value: unknown): string {
  if (typeof value !== 'string') throw new Error('no text where a text stands');
  return value;
}

function arrayIn(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error('no list where a list stands');
  return value;
}

function objectIn(value: unknown): JsonObject {
  // What decodeMessage makes has no prototype.
  const isObject = isJsonObject(value) || (typeof value === 'object' && value !== null && !Array.isArray(value));
  if (!isObject) throw new Error('no object where a message stands');
  return value as JsonObject;
}
