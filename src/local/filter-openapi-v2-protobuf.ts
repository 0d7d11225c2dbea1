/**
 * `/openapi/v2` in protobuf (gnostic's openapi.v2.Document), reduced to the names kept in its JSON form. Only the two
 * outer layers are read; what is kept is kept byte for byte. Pure.
 */
import type { KeptNames } from './filter-openapi-v2.ts';

/** Fields of Document whose message is a list of named items, and the field of the items in it. */
const COLLECTIONS: ReadonlyMap<number, { name: keyof KeptNames; items: number }> = new Map([
  [8, { name: 'paths', items: 2 }],
  [9, { name: 'definitions', items: 1 }],
  [10, { name: 'parameters', items: 1 }],
  [11, { name: 'responses', items: 1 }],
]);
/** NamedPathItem.name, NamedSchema.name and their like. */
const NAME_FIELD = 1;

/** One field with its tag: `payload` is without the length, and empty for a number. */
interface Field {
  readonly number: number;
  readonly whole: Buffer;
  readonly payload: Buffer;
}

/** @throws Error when the bytes are no such document */
export function filterOpenApiV2Protobuf(document: Buffer, kept: KeptNames): Buffer {
  const parts = fieldsOf(document).map(({ number, payload, whole }) => {
    const collection = COLLECTIONS.get(number);
    return collection ? lengthDelimited(number, keepNamed(payload, collection.items, kept[collection.name])) : whole;
  });
  return Buffer.concat(parts);
}

function keepNamed(message: Buffer, items: number, names: ReadonlySet<string>): Buffer {
  const kept = fieldsOf(message).filter(({ number, payload }) => {
    // Extensions may say anything of anybody.
    if (number !== items) return false;
    const name = fieldsOf(payload).find((field) => field.number === NAME_FIELD);
    return name !== undefined && names.has(name.payload.toString('utf8'));
  });
  return Buffer.concat(kept.map(({ whole }) => whole));
}

function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = [];
  let position = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[position++];
      if (byte === undefined || factor > 2 ** 49) throw new Error('malformed protobuf');
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (position < message.length) {
    const start = position;
    const tag = readVarint();
    const wireType = tag & 7;
    let payloadStart = position;
    if (wireType === 0) readVarint();
    else if (wireType === 1) position += 8;
    else if (wireType === 5) position += 4;
    else if (wireType === 2) {
      const length = readVarint();
      payloadStart = position;
      position += length;
    } else throw new Error(`malformed protobuf: wire type ${wireType}`);
    if (position > message.length) throw new Error('malformed protobuf: a field goes beyond its end');
    const payload = wireType === 2 ? message.subarray(payloadStart, position) : Buffer.alloc(0);
    fields.push({ number: Math.floor(tag / 8), whole: message.subarray(start, position), payload });
  }
  return fields;
}

function lengthDelimited(field: number, payload: Buffer): Buffer {
  const length: number[] = [];
  let rest = payload.length;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) length.push((rest % 128) | 0x80);
  length.push(rest);
  return Buffer.concat([Buffer.from([field * 8 + 2, ...length]), payload]);
}
