import { childrenOf, type FieldPath } from './field-paths.ts';
import { isObject, type JsonObject } from './read-body.ts';
import type { Schema } from './schema.ts';

/**
 * A copy of `object` without the fields at `paths`; paths that are not there change nothing. The key of an item in a list of
 * maps goes with the item only: without it nobody could find the rest.
 */
export function removeFields(object: object, paths: readonly FieldPath[], schema: Schema): JsonObject {
  const copy = structuredClone(object) as JsonObject;
  for (const path of paths) removeField(copy, JSON.parse(path) as string[], schema);
  return copy;
}

/** Changes `container`. `keys`: its fields that it is known by in a list. */
function removeField(container: unknown, [element, ...rest]: readonly string[], schema: Schema, keys: readonly string[] = []): void {
  if (element === undefined || typeof container !== 'object' || container === null) return;
  const children = childrenOf(container, schema);
  const index = children.findIndex((child) => child.element === element);
  const child = children[index];
  if (child === undefined) return;
  if (rest.length > 0) removeField(child.value, rest, child.schema, schema['x-kubernetes-list-map-keys']);
  else if (Array.isArray(container)) container.splice(index, 1);
  else if (isObject(container) && !keys.includes(element.slice(2))) delete container[element.slice(2)];
}
