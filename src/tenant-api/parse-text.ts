import { isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { KubeError } from '../errors.ts';
import { findDuplicateKeys, MAX_DEPTH, tooDeep } from './find-duplicate-keys.ts';

export interface ParsedText {
  readonly value: unknown;
  /** What is twice there, as strict decoding says it: `duplicate field "spec.a"`. The last one counts. */
  readonly duplicates: string[];
}

/** @throws SyntaxError for what is no JSON, KubeError BadRequest for what no object can be */
export function parseJson(bytes: Buffer): ParsedText {
  const text = decodeUtf8(bytes);
  const value: unknown = JSON.parse(text);
  return { value, duplicates: findDuplicateKeys(text).map((path) => `duplicate field ${JSON.stringify(path)}`) };
}

/** One YAML document; an empty one is an empty object. @throws SyntaxError, KubeError as parseJson */
export function parseYaml(bytes: Buffer): ParsedText {
  const text = decodeUtf8(bytes);
  // Most YAML that comes is JSON, and is read a hundred times faster so.
  if (text.trimStart().startsWith('{') && isJson(text)) return parseJson(bytes);
  refuseDeepFlow(text);
  const lines = new LineCounter();
  const document = parseDocument(text, { uniqueKeys: false, merge: true, lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error) throw new SyntaxError(`yaml: line ${lines.linePos(error.pos[0]).line}: ${error.message}`);
  const duplicates: { line: number; key: unknown }[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) duplicates.push({ line: lines.linePos(key.range?.[0] ?? 0).line, key: key.value });
        seen.add(key.value);
      }
    },
  });
  const value: unknown =
    document.contents === null || (isMap(document.contents) && document.contents.items.length === 0) ? {} : document.toJS();
  // Through JSON: so that what is no JSON (a date, an alias that is shared) becomes some, and is checked like it.
  const json = JSON.stringify(value);
  findDuplicateKeys(json);
  const complaints = duplicates
    .sort((a, b) => a.line - b.line)
    .map(({ line, key }) => `  line ${line}: key ${JSON.stringify(key)} already set in map`);
  return { value: JSON.parse(json), duplicates: complaints.length > 0 ? [`yaml: unmarshal errors:\n${complaints.join('\n')}`] : [] };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * The parser's time grows with the square of the depth of brackets. Brackets in texts are counted too, so it takes hundreds
 * that are never closed to be refused wrongly.
 */
function refuseDeepFlow(text: string): void {
  let depth = 0;
  for (const character of text) {
    if (character === '[' || character === '{') depth++;
    else if ((character === ']' || character === '}') && depth > 0) depth--;
    if (depth > MAX_DEPTH) throw tooDeep();
  }
}

function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new KubeError('BadRequest', 'the body is not valid UTF-8', undefined, { cause });
  }
}
