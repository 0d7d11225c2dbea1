import { readFileSync } from 'node:fs';

/**
 * A type on the wire: `string`, `bool`, `int`, `bytes`; a type with JSON of its own (`Time`, `Quantity` …); `@name` for a message;
 * `Items:T` for a message that is a list in JSON; with `[]` in front repeated, with `{}` a map with string keys.
 */
export type WireType = string;

/** By field number: the JSON name ('' when the field's own fields stand in its parent's JSON) and the type. */
export type MessageFields = Readonly<Record<string, readonly [jsonName: string, type: WireType]>>;

interface WireSchema {
  /** `apiVersion/kind` to the name of its type. */
  readonly kinds: Readonly<Record<string, string>>;
  readonly types: Readonly<Record<string, MessageFields>>;
}

/** Written by schema/generate.go. */
const schema = JSON.parse(readFileSync(new URL('./wire-schema.json', import.meta.url), 'utf8')) as WireSchema;

/** Name of the message type of a kind, or undefined for one that is not built in. */
export function messageTypeOf(apiVersion: string, kind: string): string | undefined {
  // Every group has these, and they are the same in each.
  if (kind === 'DeleteOptions') return 'meta/v1.DeleteOptions';
  return schema.kinds[`${apiVersion}/${kind}`];
}

/** @throws Error for a name that the schema does not have */
export function fieldsOf(typeName: string): MessageFields {
  const fields = schema.types[typeName];
  if (!fields) throw new Error(`no message type ${typeName}`);
  return fields;
}
