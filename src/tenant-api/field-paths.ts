/** The fields of an object that somebody can own, as paths of FieldsV1 elements: `f:name`, `k:{"type":"Ready"}`, `v:"x"`. */
import { isObject } from './read-body.ts';
import type { Schema } from './schema.ts';

/** A path, as the JSON of the array of its elements: comparable, and a key of maps and sets. */
export type FieldPath = string;

export interface FieldNode {
  /** `leaf`: owned with its value. `container`: a map or list. `item`: an element of a list of maps. */
  readonly kind: 'leaf' | 'container' | 'item';
  readonly value: unknown;
  readonly isEmpty: boolean;
}

/** Set by the server, or what the object is known by: nobody owns these. */
const UNOWNED: ReadonlySet<FieldPath> = new Set([
  '["f:apiVersion"]',
  '["f:kind"]',
  '["f:metadata"]',
  ...['name', 'namespace', 'selfLink', 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields'].map(metadataPath),
  ...['deletionTimestamp', 'deletionGracePeriodSeconds'].map(metadataPath),
]);

function metadataPath(field: string): FieldPath {
  return JSON.stringify(['f:metadata', `f:${field}`]);
}

/** All fields of `object` that can be owned. */
export function fieldsOf(object: object, schema: Schema): Map<FieldPath, FieldNode> {
  const nodes = new Map<FieldPath, FieldNode>();
  walk(object, schema, [], nodes);
  return nodes;
}

function walk(value: unknown, schema: Schema, elements: readonly string[], nodes: Map<FieldPath, FieldNode>): void {
  const path = JSON.stringify(elements);
  const add = (kind: FieldNode['kind'], isEmpty: boolean) => {
    if (elements.length > 0 && !UNOWNED.has(path)) nodes.set(path, { kind, value, isEmpty });
  };
  if (isOwnedInParts(value, schema)) {
    const children = childrenOf(value, schema);
    add(elements.at(-1)?.startsWith('k:') ? 'item' : 'container', children.length === 0);
    for (const child of children) walk(child.value, child.schema, [...elements, child.element], nodes);
  } else add('leaf', false);
}

function isOwnedInParts(value: unknown, schema: Schema): value is object {
  if (isObject(value))
    return schema['x-kubernetes-map-type'] !== 'atomic' && (schema.properties ?? schema.additionalProperties) !== undefined;
  return Array.isArray(value) && (schema['x-kubernetes-list-type'] ?? 'atomic') !== 'atomic';
}

export interface Child {
  readonly element: string;
  readonly value: unknown;
  readonly schema: Schema;
}

/** The parts of a map or list that are owned one by one. */
export function childrenOf(value: object, schema: Schema): Child[] {
  if (Array.isArray(value))
    return value.map((item: unknown) => ({ element: elementOfItem(item, schema), value: item, schema: schema.items! }));
  return Object.entries(value).flatMap(([key, child]) => {
    const childSchema = schema.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : schema.additionalProperties;
    return childSchema ? [{ element: `f:${key}`, value: child, schema: childSchema }] : [];
  });
}

function elementOfItem(item: unknown, schema: Schema): string {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (!keys || !isObject(item)) return `v:${JSON.stringify(item)}`;
  return `k:${JSON.stringify(Object.fromEntries([...keys].sort().map((key) => [key, item[key]])))}`;
}

/** Whether `path` lies below `ancestor`. */
export function isBelow(path: FieldPath, ancestor: FieldPath): boolean {
  return path.startsWith(`${ancestor.slice(0, -1)},`);
}

/** As kubectl shows it: `.metadata.labels.a`, `.status.conditions[type="Ready"].reason`, `.metadata.finalizers["x"]`. */
export function describePath(path: FieldPath): string {
  return (JSON.parse(path) as string[])
    .map((element) => {
      const content = element.slice(2);
      if (element.startsWith('f:')) return `.${content}`;
      if (element.startsWith('v:')) return `[=${content}]`;
      const keys = Object.entries(JSON.parse(content) as object).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
      return `[${keys.join(',')}]`;
    })
    .join('');
}
