import { readFileSync } from 'node:fs';

/**
 * A type on the wire: `string`, `bool`, `int`, `bytes`; a type with JSON of its own (`Time`, `Quantity` …); `@name` for a message;
 * `Items:T` for a message that is a list in JSON; with `[]` in front repeated, with `{}` a map with string keys.
 */
export type WireType = string;

/** By field number: the JSON name ('' when the field's own fields stand in its parent's JSON) and the type. */
export type MessageFields = Readonly<Record<string, readonly [jsonName: string, type: WireType]>>;

interface WireSchema {
  /** The Go module that it was read from, with its version. */
  readonly source: string;
  /** `apiVersion/kind` to the name of its type. */
  readonly kinds: Readonly<Record<string, string>>;
  readonly types: Readonly<Record<string, MessageFields>>;
}

/** Written by schema/generate.go. */
const schema = JSON.parse(readFileSync(new URL('./wire-schema.json', import.meta.url), 'utf8')) as WireSchema;

export const WATCH_EVENT = 'meta/v1.WatchEvent';

/** Kinds that are the same in every group and version that has them. */
const EVERYWHERE: ReadonlyMap<string, string> = new Map(
  ['DeleteOptions', 'PartialObjectMetadata', 'PartialObjectMetadataList', 'Status'].map((kind) => [kind, `meta/v1.${kind}`]),
);

/** Name of the message type of a kind, or undefined for one that is not built in. */
export function messageTypeOf(apiVersion: string, kind: string): string | undefined {
  const gvk = `${apiVersion}/${kind}`;
  return EVERYWHERE.get(kind) ?? (Object.hasOwn(schema.kinds, gvk) ? schema.kinds[gvk] : undefined);
}

/** @throws Error for a name that the schema does not have */
export function fieldsOf(typeName: string): MessageFields {
  const fields = Object.hasOwn(schema.types, typeName) ? schema.types[typeName] : undefined;
  if (!fields) throw new Error(`no message type ${typeName}`);
  return fields;
}
