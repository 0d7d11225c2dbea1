/** Scalars as upstream's YAML library (go-yaml v2) reads them: YAML 1.1, without base 60, with timestamps as text. */
import { printLossless } from './lossless-json.ts';

const CONSTANTS: ReadonlyMap<string, string> = new Map([
  ...['', '~', 'null', 'Null', 'NULL'].map((text) => [text, 'null'] as const),
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((text) => [text, 'true'] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((text) => [text, 'false'] as const),
]);

const NOT_IN_JSON = /^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/;
const INTEGER = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/;
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const MAX_INT64 = 2n ** 63n;
const MAX_UINT64 = 2n ** 64n;

/**
 * @param text of a plain scalar
 * @returns JSON text: null, a boolean, a number of any size, or a string; undefined for a number that JSON does not have
 */
export function resolveScalar(text: string): string | undefined {
  const constant = CONSTANTS.get(text);
  if (constant !== undefined) return constant;
  if (NOT_IN_JSON.test(text)) return undefined;
  return (/^[-+.0-9]/.test(text) ? resolveNumber(text) : undefined) ?? printLossless(text);
}

function resolveNumber(text: string): string | undefined {
  const plain = text.startsWith('.') ? text : text.replaceAll('_', '');
  const match = INTEGER.exec(plain);
  if (match) {
    const [, sign, hex, binary, octal, decimal] = match;
    const size = BigInt(hex ? `0x${hex}` : binary ? `0b${binary}` : octal ? `0o${octal}` : decimal!);
    const fits = sign === '-' ? size <= MAX_INT64 : size < (sign === '+' ? MAX_INT64 : MAX_UINT64);
    if (fits) return String(sign === '-' ? -size : size);
  }
  const float = FLOAT.test(plain) ? Number(plain) : Number.NaN;
  return Number.isFinite(float) ? String(float) : undefined;
}
