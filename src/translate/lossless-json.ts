/**
 * JSON in and out without losing a number: Kubernetes has 64-bit integers, and quantities that must come back as they
 * were written. A number that JavaScript would change stays as its source text.
 */

interface JsonWithSource {
  parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown;
  rawJSON(text: string): unknown;
}
// Of ECMAScript 2026; TypeScript's es2024 library does not have them yet.
const json = JSON as unknown as JsonWithSource;

export type JsonObject = { [key: string]: unknown };

/**
 * Of a key that stands twice, the last value counts, as with Go's decoder for scalars; Go merges objects, so what is
 * printed of such a text is a part of what Go would have read, never more.
 *
 * @throws SyntaxError for what is not JSON; RangeError for nesting beyond the stack
 */
export function parseLossless(text: string): unknown {
  return json.parse(plainKeys(text), (_key, value, { source }) => {
    return typeof value === 'number' && source !== undefined && String(value) !== source ? json.rawJSON(source) : value;
  });
}

/** A string with what makes it a key, if it is one. */
const STRINGS = /"(?:[^"\\]+|\\[\s\S])*"(\s*:)?/g;

/**
 * Keys without the escapes that they do not need. V8 (13.6, in all of Node 24) takes a key with an escape for another that it has met
 * at the same place before, if that other one, with a backslash in it, looks like the beginning of its text: so somebody who has sent
 * `\\u006eame` could send a `\u006eamespace` that is not seen here, and is by upstream.
 */
function plainKeys(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(STRINGS, (token, colon: string | undefined) => {
    if (colon === undefined || !token.includes('\\')) return token;
    return JSON.stringify(JSON.parse(token.slice(0, -colon.length))) + colon;
  });
}

export function printLossless(value: unknown): string {
  return JSON.stringify(value);
}

/** An integer beyond 2^53, for `printLossless`. */
export function rawNumber(digits: string): unknown {
  return json.rawJSON(digits);
}

/** An object of a document: no array, no null, no number kept as its text. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.getPrototypeOf(value) !== null;
}
