/** RFC 6902, and RFC 7386. Pure: the document is copied, never changed. */
import { isDeepStrictEqual } from 'node:util';
import { isObject, type JsonObject } from './read-body.ts';

/** As the apiserver: more operations than that are an attack. */
const MAX_OPERATIONS = 10_000;
/** What `copy` may add in all, in characters of JSON: a few copies of copies would else fill the memory. */
const MAX_COPIED = 3 * 1024 * 1024;

/** The patch does not fit the document, or is none. */
export class PatchError extends Error {}

/** @throws PatchError */
export function applyJsonPatch(document: JsonObject, operations: readonly unknown[]): unknown {
  if (operations.length > MAX_OPERATIONS) throw new PatchError(`the patch has more than ${MAX_OPERATIONS} operations`);
  const state = { root: structuredClone(document) as unknown, copied: 0 };
  for (const operation of operations) {
    if (!isObject(operation)) throw new PatchError('an operation is no object');
    applyOperation(state, operation);
  }
  return state.root;
}

function applyOperation(state: { root: unknown; copied: number }, operation: JsonObject): void {
  const path = parsePointer(operation.path);
  switch (operation.op) {
    case 'add':
      state.root = add(state.root, path, operandOf(operation));
      return;
    case 'remove':
      state.root = remove(state.root, path);
      return;
    case 'replace':
      state.root = add(remove(state.root, path), path, operandOf(operation));
      return;
    case 'test':
      if (!isDeepStrictEqual(read(state.root, path), operandOf(operation)))
        throw new PatchError(`test of ${String(operation.path)} failed`);
      return;
    case 'move':
    case 'copy': {
      const from = parsePointer(operation.from);
      const value = read(state.root, from);
      if (operation.op === 'move') {
        if (path.length > from.length && from.every((token, index) => token === path[index]))
          throw new PatchError('a value cannot move into itself');
        state.root = add(remove(state.root, from), path, value);
        return;
      }
      state.copied += JSON.stringify(value).length;
      if (state.copied > MAX_COPIED) throw new PatchError('the patch copies too much');
      state.root = add(state.root, path, structuredClone(value));
      return;
    }
    default:
      throw new PatchError(`unknown operation ${JSON.stringify(operation.op)}`);
  }
}

function operandOf(operation: JsonObject): unknown {
  if (!Object.hasOwn(operation, 'value')) throw new PatchError(`operation "${String(operation.op)}" has no value`);
  return operation.value;
}

function parsePointer(pointer: unknown): string[] {
  if (typeof pointer !== 'string' || (pointer !== '' && !pointer.startsWith('/')))
    throw new PatchError(`${JSON.stringify(pointer)} is no JSON pointer`);
  const tokens = pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (tokens.includes('__proto__')) throw new PatchError('no field is called __proto__');
  return tokens;
}

function read(root: unknown, path: readonly string[]): unknown {
  return path.reduce((value, token) => {
    if (Array.isArray(value)) return value[indexIn(value, token, value.length - 1)] as unknown;
    if (isObject(value) && Object.hasOwn(value, token)) return value[token];
    throw new PatchError(`there is no ${path.join('/')}`);
  }, root);
}

function add(root: unknown, path: readonly string[], value: unknown): unknown {
  const last = path.at(-1);
  if (last === undefined) return value;
  const parent = read(root, path.slice(0, -1));
  if (Array.isArray(parent)) parent.splice(last === '-' ? parent.length : indexIn(parent, last, parent.length), 0, value);
  else if (isObject(parent)) parent[last] = value;
  else throw new PatchError(`nothing can be added at ${path.join('/')}`);
  return root;
}

function remove(root: unknown, path: readonly string[]): unknown {
  const last = path.at(-1);
  if (last === undefined) return null;
  read(root, path);
  const parent = read(root, path.slice(0, -1));
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete (parent as JsonObject)[last];
  return root;
}

function indexIn(list: readonly unknown[], token: string, highest: number): number {
  const index = /^(0|[1-9]\d{0,8})$/.test(token) ? Number(token) : -1;
  if (index < 0 || index > highest) throw new PatchError(`${JSON.stringify(token)} is no index of a list of ${list.length}`);
  return index;
}

/** RFC 7386: null removes, objects merge, all else replaces. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged: JsonObject = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = applyMergePatch(merged[key], value);
  }
  return merged;
}
