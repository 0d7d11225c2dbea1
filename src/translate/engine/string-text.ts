import { BACKSLASH, LETTER_U } from './ascii.ts';
import { hashKey } from './field-table.ts';

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** The text of a JSON string; `bytes[from, to)` is with its quotes. Bytes that are no UTF-8 become U+FFFD, as in Go. */
export function decodeString(bytes: Buffer, from: number, to: number, escaped: boolean): string {
  if (escaped) return JSON.parse(bytes.toString('utf8', from, to)) as string;
  return bytes.toString('utf8', from + 1, to - 1);
}

const CACHE_SIZE = 1024;
const LONGEST_CACHED = 64;
const cachedBytes: Buffer[] = new Array(CACHE_SIZE).fill(Buffer.alloc(0));
const cachedTexts: string[] = new Array(CACHE_SIZE).fill('');

/** As `decodeString`. Keys come again and again, and to compare the bytes with the last such key is cheaper than to decode them. */
export function decodeKey(bytes: Buffer, from: number, to: number, escaped: boolean): string {
  const length = to - from;
  if (escaped || length > LONGEST_CACHED) return decodeString(bytes, from, to, escaped);
  const slot = hashKey(bytes, from + 1, length - 2) & (CACHE_SIZE - 1);
  const cached = cachedBytes[slot] as Buffer;
  if (cached.length === length && isSame(cached, bytes, from)) return cachedTexts[slot] as string;
  const text = decodeString(bytes, from, to, false);
  cachedBytes[slot] = Buffer.from(bytes.subarray(from, to));
  cachedTexts[slot] = text;
  return text;
}

function isSame(cached: Buffer, bytes: Buffer, from: number): boolean {
  for (let index = 0; index < cached.length; index++) if (cached[index] !== bytes[from + index]) return false;
  return true;
}

/**
 * How many bytes of a string's content `bytes[from, to)` spell `prefix` (printable ASCII), escapes included;
 * 0 where the content does not begin with it, or has nothing behind it: a bare prefix is nobody's name.
 */
export function prefixLengthIn(bytes: Uint8Array, from: number, to: number, prefix: Uint8Array): number {
  let pos = from;
  for (let index = 0; index < prefix.length; index++) {
    if (pos >= to) return 0;
    let code = bytes[pos++] as number;
    if (code === BACKSLASH) {
      const letter = bytes[pos++] as number;
      if (letter === LETTER_U) {
        code = Number.parseInt(String.fromCharCode(...bytes.subarray(pos, pos + 4)), 16);
        pos += 4;
      } else {
        const plain = String.fromCharCode(letter);
        code = (SIMPLE_ESCAPES[plain] ?? plain).charCodeAt(0);
      }
    }
    if (code !== prefix[index]) return 0;
  }
  return pos < to ? pos - from : 0;
}
