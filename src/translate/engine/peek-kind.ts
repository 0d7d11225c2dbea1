import { BACKSLASH, COLON, isWhitespace, QUOTE } from './ascii.ts';
import type { PlanNode } from './compile-plan.ts';
import { CaptureLimitError } from './json-errors.ts';

/** How far into an object its first member is looked for, in bytes: kinds are short, only endless white space is not. */
export const PEEK_LIMIT = 4096;
/** "kind" with its quotes and every letter escaped. */
const LONGEST_KIND_KEY = 26;
const CUT = -1;

/**
 * Looks into the object whose brace is at `from`. Returns the plan that its first member `"kind": "…"` switches to, null
 * where there is none (also where this is not JSON: the scanner says so later), undefined where `end` comes too early.
 * Reads the same bytes again at the next try, so PEEK_LIMIT bounds the work too.
 */
export function peekKind(bytes: Buffer, from: number, end: number, byKind: ReadonlyMap<string, PlanNode>): PlanNode | null | undefined {
  const stop = Math.min(end, from + PEEK_LIMIT);
  const kind = firstMemberKind(bytes, from + 1, stop);
  if (kind !== undefined) return kind === null ? null : (byKind.get(kind) ?? null);
  if (end - from >= PEEK_LIMIT) throw new CaptureLimitError('what stands before the kind of an object', PEEK_LIMIT);
  return undefined;
}

function firstMemberKind(bytes: Buffer, from: number, stop: number): string | null | undefined {
  const keyStart = skipWhitespace(bytes, from, stop);
  if (keyStart === stop) return undefined;
  if (bytes[keyStart] !== QUOTE) return null;
  const keyEnd = stringEnd(bytes, keyStart, stop);
  if (keyEnd === CUT) return stop - keyStart > LONGEST_KIND_KEY ? null : undefined;
  if (!isKindKey(bytes, keyStart, keyEnd)) return null;
  const colon = skipWhitespace(bytes, keyEnd, stop);
  if (colon === stop) return undefined;
  if (bytes[colon] !== COLON) return null;
  const valueStart = skipWhitespace(bytes, colon + 1, stop);
  if (valueStart === stop) return undefined;
  if (bytes[valueStart] !== QUOTE) return null;
  const valueEnd = stringEnd(bytes, valueStart, stop);
  return valueEnd === CUT ? undefined : decodeOrNull(bytes, valueStart, valueEnd);
}

function isKindKey(bytes: Buffer, from: number, to: number): boolean {
  const raw = bytes.toString('latin1', from, to);
  return raw === '"kind"' || (raw.includes('\\') && decodeOrNull(bytes, from, to) === 'kind');
}

function skipWhitespace(bytes: Buffer, from: number, stop: number): number {
  let pos = from;
  while (pos < stop && isWhitespace(bytes[pos] as number)) pos++;
  return pos;
}

/** The position behind the string that begins at `from`. */
function stringEnd(bytes: Buffer, from: number, stop: number): number {
  for (let pos = from + 1; pos < stop; pos++) {
    const byte = bytes[pos];
    if (byte === QUOTE) return pos + 1;
    if (byte === BACKSLASH) pos++;
  }
  return CUT;
}

function decodeOrNull(bytes: Buffer, from: number, to: number): string | null {
  try {
    return JSON.parse(bytes.toString('utf8', from, to)) as string;
  } catch {
    // Not a JSON string. The scanner reads it too and says where and why.
    return null;
  }
}
