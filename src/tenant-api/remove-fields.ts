import { childrenOf, type FieldPath } from './field-paths.ts';
import { isObject, type JsonObject } from './read-body.ts';
import type { Schema } from './schema.ts';

/** A copy of `object` without the fields at `paths`. Paths that are not there are left out. */
export function removeFields(object: object, paths: readonly FieldPath[], schema: Schema): JsonObject {
  const copy = structuredClone(object) as JsonObject;
  for (const path of paths) removeField(copy, JSON.parse(path) as string[], schema);
  return copy;
}

/** Changes `container`. */
function removeField(container: unknown, [element, ...rest]: readonly string[], schema: Schema): void {
  if (element === undefined || typeof container !== 'object' || container === null) return;
  const children = childrenOf(container, schema);
  const index = children.findIndex((child) => child.element === element);
  const child = children[index];
  if (child === undefined) return;
  if (rest.length > 0) removeField(child.value, rest, child.schema);
  else if (Array.isArray(container)) container.splice(index, 1);
  else if (isObject(container)) delete container[element.slice(2)];
}
