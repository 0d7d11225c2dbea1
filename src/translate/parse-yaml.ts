/** YAML to JSON text, the way upstream does it (sigs.k8s.io/yaml), within limits. */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  Scalar,
  visit,
} from 'yaml';
import { KubeError } from '../errors.ts';
import { printLossless } from './lossless-json.ts';
import { resolveScalar } from './yaml-scalar.ts';

/** Not YAML, or YAML that is no JSON. The message is worded as upstream's. */
export class YamlError extends Error {
  override readonly name = 'YamlError';
}

/** YAML is parsed as a whole, at somewhat less than a mebibyte a second, while everybody else waits. Clients send JSON. */
const MAX_YAML_LENGTH = 256 * 1024;
/** What aliases may make of it: upstream takes no larger body. */
const MAX_JSON_LENGTH = 3 * 1024 * 1024;
const MAX_DEPTH = 1000;
const TAG = 'tag:yaml.org,2002:';

/**
 * The first document of `text` as JSON. Integers of 64 bits and the order of members are kept. A key that stands twice does so in
 * the JSON, too, and then every key stands in the line in which it was: upstream's strict validation names the line. What is
 * JSON already comes back as it is.
 *
 * @param text at most 256 KiB, unless it is JSON
 * @throws YamlError; KubeError RequestEntityTooLarge
 */
export function yamlToJson(text: string): string {
  if (isJsonObjectText(text)) return text;
  if (text.length > MAX_YAML_LENGTH) throw tooLarge(`${MAX_YAML_LENGTH} for YAML, larger objects can be sent as JSON`);
  try {
    return parsedToJson(text);
  } catch (error) {
    // The parser and the printer are recursive.
    if (error instanceof RangeError) throw new YamlError('exceeded max depth');
    throw error;
  }
}

function parsedToJson(text: string): string {
  const lines = new LineCounter();
  const document = parseFirst(text, lines);
  if (!document) return 'null';
  const [error] = document.errors;
  if (error) throw new YamlError(`line ${lines.linePos(error.pos[0]).line}: ${error.message}`);
  return new Printer(resolveAliases(document), hasDuplicateKeys(document) ? lines : undefined).print(document.contents, 0);
}

function hasDuplicateKeys(document: Document): boolean {
  let found = false;
  visit(document, {
    Map(_key, { items }) {
      const keys = items.flatMap(({ key }) => (isScalar(key) && !isMergeKey(key) ? [key.value] : []));
      found ||= new Set(keys).size < keys.length;
      return found ? visit.BREAK : undefined;
    },
  });
  return found;
}

function isJsonObjectText(text: string): boolean {
  if (!/^\s*\{/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function parseFirst(text: string, lineCounter: LineCounter): Document | undefined {
  const documents = parseAllDocuments(text, {
    schema: 'failsafe',
    resolveKnownTags: false,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
    lineCounter,
  });
  return Array.isArray(documents) ? documents[0] : undefined;
}

/** An alias stands for what its anchor was last given to before it. (The library's own look-up walks the document for each.) */
function resolveAliases(document: Document): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, (_key, node) => {
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (!target) throw new YamlError(`unknown anchor '${node.source}' referenced`);
      targets.set(node, target);
    } else if (isNode(node) && node.anchor) {
      anchors.set(node.anchor, node);
    }
  });
  return targets;
}

interface Member {
  readonly key: string;
  /** Line feeds. */
  readonly before: string;
  /** JSON text. */
  readonly value: string;
  /** Comes from what a merge key names. */
  readonly isMerged?: true;
}

/** What is merged and what is written give way to what comes later: that is no key that stands twice. */
function withoutOverridden(members: readonly Member[]): Member[] {
  const merged = new Set(members.filter(({ isMerged }) => isMerged).map(({ key }) => key));
  const lastOf = new Map(members.map(({ key }, index) => [key, index]));
  return members.filter(({ key }, index) => !merged.has(key) || lastOf.get(key) === index);
}

class Printer {
  readonly #targets: ReadonlyMap<Alias, Node>;
  /** Where keys are to keep their lines, and all of them are to be kept. */
  readonly #lines: LineCounter | undefined;
  #length = 0;
  #line = 1;

  constructor(targets: ReadonlyMap<Alias, Node>, lines: LineCounter | undefined) {
    this.#targets = targets;
    this.#lines = lines;
  }

  print(node: unknown, depth: number): string {
    if (depth > MAX_DEPTH) throw new YamlError('exceeded max depth');
    if (isAlias(node)) return this.print(this.#targets.get(node), depth + 1);
    if (isMap(node)) {
      const all = this.#members(node.items, depth);
      const members = this.#lines ? withoutOverridden(all) : [...new Map(all.map((member) => [member.key, member])).values()];
      return this.#counted(
        `{${members.map(({ key, value, before }) => `${before}${printLossless(key)}:${value}`).join(',')}}`,
        members.length * 4,
      );
    }
    if (isSeq(node)) return this.#counted(`[${node.items.map((item) => this.print(item, depth + 1)).join(',')}]`, node.items.length);
    if (isScalar(node)) {
      const value = scalarToJson(node);
      return this.#counted(value, value.length);
    }
    return 'null';
  }

  /** In the order of the document, merge keys too: what comes later counts, as go-yaml v2 has it. */
  #members(items: readonly Pair[], depth: number): Member[] {
    return items.flatMap(({ key, value }): Member[] => {
      if (isMergeKey(key)) return this.#merged(value, depth + 1).map((member) => ({ ...member, isMerged: true as const }));
      const before = this.#newLines(key);
      return [{ key: this.#key(key), before, value: this.print(value, depth + 1) }];
    });
  }

  /** Line feeds up to the key's line, unless lines do not matter. Counted as they will be printed: from the first on. */
  #newLines(key: unknown): string {
    const offset = isNode(key) ? key.range?.[0] : undefined;
    if (!this.#lines || offset === undefined) return '';
    const missing = Math.max(0, this.#lines.linePos(offset).line - this.#line);
    this.#line += missing;
    return '\n'.repeat(missing);
  }

  #merged(value: unknown, depth: number): Member[] {
    if (depth > MAX_DEPTH) throw new YamlError('exceeded max depth');
    const source = isAlias(value) ? this.#targets.get(value) : value;
    if (isMap(source)) return this.#members(source.items, depth);
    if (!isSeq(source)) throw new YamlError('map merge requires map or sequence of maps as the value');
    // The first of several counts most.
    return source.items.toReversed().flatMap((item) => this.#merged(item, depth + 1));
  }

  #key(key: unknown): string {
    const target = isAlias(key) ? this.#targets.get(key) : key;
    const text = isScalar(target) ? scalarToJson(target) : 'null';
    if (text === 'null') throw new YamlError('unsupported map key');
    return text.startsWith('"') ? (JSON.parse(text) as string) : text;
  }

  #counted(text: string, size: number): string {
    this.#length += size;
    if (this.#length > MAX_JSON_LENGTH) throw tooLarge(String(MAX_JSON_LENGTH));
    return text;
  }
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === '<<' && (key.tag === `${TAG}merge` || (key.type === Scalar.PLAIN && key.tag === undefined));
}

function scalarToJson({ value, type, tag, source }: Scalar): string {
  const text = typeof value === 'string' ? value : (source ?? '');
  const name = tag?.startsWith(TAG) ? tag.slice(TAG.length) : undefined;
  if (name === 'binary') return printLossless(Buffer.from(text, 'base64').toString('utf8'));
  const isResolved = tag === undefined ? type === Scalar.PLAIN : ['int', 'float', 'bool', 'null'].includes(name ?? '');
  if (!isResolved) return printLossless(text);
  const json = resolveScalar(text);
  if (json === undefined) throw new YamlError(`json: unsupported value: ${text}`);
  if (name !== undefined && json.startsWith('"')) throw new YamlError(`cannot decode !!str \`${text}\` as a !!${name}`);
  return json;
}

function tooLarge(limit: string): KubeError {
  return new KubeError('RequestEntityTooLarge', `Request entity too large: limit is ${limit}`);
}
