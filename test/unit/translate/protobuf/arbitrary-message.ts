/** Objects of a message type as JSON, made from the wire schema: whatever a kind can hold. */
import fc from 'fast-check';
import { fieldsOf, type WireType } from '../../../../src/translate/protobuf/wire-schema.ts';

/** Deeper than any name in the table stands. */
const MAX_DEPTH = 9;
/** No list is longer. */
const MAX_ITEMS = 2;

export interface Texts {
  /** For a string under that JSON name. */
  readonly text: (jsonName: string) => fc.Arbitrary<string>;
  readonly key: fc.Arbitrary<string>;
}

const rawNumber = (digits: string): unknown => (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(digits);

/** No member is a zero value: protobuf cannot tell some of those from nothing. */
export function arbitraryMessage(typeName: string, texts: Texts, depth = 0): fc.Arbitrary<Record<string, unknown>> {
  const members = membersOf(typeName).map(([jsonName, type]) => [jsonName, arbitraryOf(type, jsonName, texts, depth + 1)] as const);
  const chosen = members.filter((member): member is [string, fc.Arbitrary<unknown>] => member[1] !== undefined);
  // Kubernetes' own objects are sparse, and so is what is looked at in a test that fails.
  const optional = chosen.map(([jsonName, value]) => [jsonName, fc.option(value, { nil: undefined, freq: depth === 0 ? 8 : 2 })]);
  return fc.record(Object.fromEntries(optional) as Record<string, fc.Arbitrary<unknown>>, { noNullPrototype: true }).map(withoutUndefined);
}

/** Inlined fields stand in their parent's JSON. */
function membersOf(typeName: string): (readonly [string, WireType])[] {
  return Object.values(fieldsOf(typeName)).flatMap(([jsonName, type]) =>
    jsonName === '' ? membersOf(type.slice(1)) : [[jsonName, type] as const],
  );
}

function arbitraryOf(type: WireType, jsonName: string, texts: Texts, depth: number): fc.Arbitrary<unknown> | undefined {
  if (type.startsWith('[]') || type.startsWith('Items:')) {
    const item = arbitraryOf(type.replace(/^(\[\]|Items:)/, ''), jsonName, texts, depth);
    // Of texts that stand twice, only some rules make one, and which of them are asked depends on escapes that JSON alone has.
    return item && fc.uniqueArray(item, { minLength: 1, maxLength: MAX_ITEMS, comparator: isSameText });
  }
  if (type.startsWith('{}')) {
    const value = arbitraryOf(type.slice(2), jsonName, texts, depth);
    return value && fc.dictionary(texts.key, value, { minKeys: 1, maxKeys: 3, noNullPrototype: true });
  }
  if (type.startsWith('@')) {
    return depth > MAX_DEPTH ? undefined : fc.constant(type.slice(1)).chain((name) => arbitraryMessage(name, texts, depth));
  }
  return scalarOf(type, jsonName, texts);
}

function scalarOf(type: WireType, jsonName: string, texts: Texts): fc.Arbitrary<unknown> {
  const time = fc.integer({ min: 1, max: 4e9 }).map((seconds) => `${new Date(seconds * 1000).toISOString().slice(0, 19)}`);
  switch (type) {
    case 'string':
      return texts.text(jsonName);
    case 'bool':
      return fc.constant(true);
    case 'int':
      return fc.oneof(fc.integer({ min: 1 }), fc.integer({ max: -1 }), fc.constant(rawNumber('9007199254740993')));
    case 'bytes':
      return fc.uint8Array({ minLength: 1, maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('base64'));
    case 'Time':
      return time.map((text) => `${text}Z`);
    case 'MicroTime':
      return fc.tuple(time, fc.nat(999_999)).map(([text, micros]) => `${text}.${String(micros).padStart(6, '0')}Z`);
    case 'Duration':
      return fc.integer({ min: 1 }).map((nanoseconds) => `${nanoseconds}ns`);
    case 'Quantity':
      return fc.constantFrom('1', '250m', '64Mi');
    case 'IntOrString':
      return fc.constantFrom(80, 'http', '30%');
    case 'Opaque':
      return fc.constant('CgF4');
    case 'RawExtension':
      return fc.constantFrom({ spec: { replicas: 3 } }, { data: { a: 'b' } });
    case 'FieldsV1':
      return fc.constantFrom({ 'f:spec': { 'f:replicas': {} } }, { 'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } } });
    default:
      throw new Error(`no values for ${type}`);
  }
}

function isSameText(a: unknown, b: unknown): boolean {
  return typeof a === 'string' && a === b;
}

function withoutUndefined(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
