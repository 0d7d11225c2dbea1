import { isDeepStrictEqual } from 'node:util';
import { childrenOf } from './field-paths.ts';
import { isObject, type JsonObject } from './read-body.ts';
import type { Schema } from './schema.ts';

/** `live` with `config` laid over it, as the schema's lists and maps merge. Neither is changed. */
export function mergeObjects(live: object, config: object, schema: Schema): JsonObject {
  return merge(live, config, schema) as JsonObject;
}

function merge(live: unknown, config: unknown, schema: Schema): unknown {
  if (isObject(live) && isObject(config) && (schema.properties || schema.additionalProperties)) {
    const merged: JsonObject = { ...live };
    for (const { element, value, schema: childSchema } of childrenOf(config, schema)) {
      const key = element.slice(2);
      merged[key] = Object.hasOwn(live, key) ? merge(live[key], value, childSchema) : value;
    }
    return merged;
  }
  const listType = schema['x-kubernetes-list-type'];
  if (!Array.isArray(live) || !Array.isArray(config) || (listType !== 'set' && listType !== 'map')) return config;
  return listType === 'set' ? mergeSet(live, config) : mergeListOfMaps(live, config, schema);
}

function mergeSet(live: readonly unknown[], config: readonly unknown[]): unknown[] {
  return [...live, ...config.filter((item) => !live.some((other) => isDeepStrictEqual(other, item)))];
}

function mergeListOfMaps(live: readonly unknown[], config: readonly unknown[], schema: Schema): unknown[] {
  const merged = new Map(childrenOf(live, schema).map(({ element, value }) => [element, value]));
  for (const { element, value } of childrenOf(config, schema)) {
    merged.set(element, merged.has(element) ? merge(merged.get(element), value, schema.items!) : value);
  }
  return [...merged.values()];
}
