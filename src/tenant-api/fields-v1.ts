/** A set of field paths, and its form in `managedFields[].fieldsV1`. */
import type { FieldPath } from './field-paths.ts';
import { isObject } from './read-body.ts';

export type FieldSet = Set<FieldPath>;

export function without(set: FieldSet, taken: ReadonlySet<FieldPath>): FieldSet {
  return new Set([...set].filter((path) => !taken.has(path)));
}

/** A map that holds its children and, under `.`, whether it is a member itself. */
interface Trie {
  readonly children: Map<string, Trie>;
  isMember: boolean;
}

export function toFieldsV1(set: FieldSet): object {
  const root: Trie = { children: new Map(), isMember: false };
  for (const path of set) {
    let node = root;
    for (const element of JSON.parse(path) as string[]) {
      const child = node.children.get(element) ?? { children: new Map<string, Trie>(), isMember: false };
      node.children.set(element, child);
      node = child;
    }
    node.isMember = true;
  }
  return encode(root);
}

function encode({ children, isMember }: Trie): object {
  const entries = [...children].sort(([a], [b]) => (a < b ? -1 : 1)).map(([element, child]) => [element, encode(child)] as const);
  if (isMember && entries.length > 0) entries.unshift(['.', {}]);
  return Object.fromEntries(entries);
}

/** Undefined when `fieldsV1` is not of that form. */
export function fromFieldsV1(fieldsV1: unknown): FieldSet | undefined {
  const set: FieldSet = new Set();
  return decode(fieldsV1, [], set) ? set : undefined;
}

function decode(node: unknown, elements: readonly string[], set: FieldSet): boolean {
  if (!isObject(node)) return false;
  const entries = Object.entries(node);
  if (elements.length > 0 && (entries.length === 0 || Object.hasOwn(node, '.'))) set.add(JSON.stringify(elements));
  return entries.every(
    ([element, child]) => element === '.' || (/^[fkvi]:/.test(element) && isJson(element) && decode(child, [...elements, element], set)),
  );
}

function isJson(element: string): boolean {
  if (element.startsWith('f:')) return true;
  try {
    JSON.parse(element.slice(2));
    return true;
  } catch {
    return false;
  }
}
