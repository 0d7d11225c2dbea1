import { KubeError } from '../errors.ts';

/** Deeper than any object of Kubernetes; what reads the parsed value may then call itself. */
export const MAX_DEPTH = 500;

interface Open {
  readonly path: string;
  /** Undefined in an array. */
  readonly keys: Set<string> | undefined;
  /** The key whose value comes next, or undefined when a key comes next. */
  key: string | undefined;
  index: number;
}

/**
 * Paths of the keys that stand twice in one object, in order: `metadata.labels.a`. `json` must be valid: JSON.parse keeps
 * the last of them and says nothing.
 * @throws KubeError BadRequest for a document that is nested too deeply, or has a key `__proto__`, which no field has
 */
export function findDuplicateKeys(json: string): string[] {
  const duplicates: string[] = [];
  const open: Open[] = [];
  for (let at = 0; at < json.length; at++) {
    const inside = open.at(-1);
    switch (json[at]) {
      case '{':
      case '[':
        if (open.length === MAX_DEPTH) throw tooDeep();
        open.push({ path: inside ? pathOfValue(inside) : '', keys: json[at] === '{' ? new Set() : undefined, key: undefined, index: 0 });
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case ',':
        if (inside) {
          inside.key = undefined;
          inside.index++;
        }
        break;
      case '"': {
        const end = endOfString(json, at);
        if (inside?.keys && inside.key === undefined) {
          const key = JSON.parse(json.slice(at, end + 1)) as string;
          if (key === '__proto__') throw new KubeError('BadRequest', 'the body has a field "__proto__"');
          inside.key = key;
          if (inside.keys.has(key)) duplicates.push(pathOfValue(inside));
          inside.keys.add(key);
        }
        at = end;
      }
    }
  }
  return duplicates;
}

export function tooDeep(): KubeError {
  return new KubeError('BadRequest', `the body is nested deeper than ${MAX_DEPTH} levels`);
}

function pathOfValue({ path, keys, key, index }: Open): string {
  if (!keys) return `${path}[${index}]`;
  return path === '' ? String(key) : `${path}.${key}`;
}

/** Index of the closing quote of the string that begins at `start`. */
function endOfString(json: string, start: number): number {
  for (let at = start + 1; ; at++) {
    if (json[at] === '\\') at++;
    else if (json[at] === '"') return at;
  }
}
