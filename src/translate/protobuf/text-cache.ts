/** Texts that come again and again, such as the keys of labels: to compare the bytes with the last such text is cheaper than to decode them. */
const CACHE_SIZE = 1024;
const LONGEST_CACHED = 64;
const cachedBytes: Buffer[] = new Array(CACHE_SIZE).fill(Buffer.alloc(0));
const cachedTexts: string[] = new Array(CACHE_SIZE).fill('');

/** The text of `bytes[from, to)`; what is no UTF-8 becomes U+FFFD. */
export function textAt(bytes: Buffer, from: number, to: number): string {
  const length = to - from;
  if (length === 0) return '';
  if (length > LONGEST_CACHED) return bytes.toString('utf8', from, to);
  const slot = slotOf(bytes, from, length);
  const cached = cachedBytes[slot] as Buffer;
  if (cached.length === length && isSame(cached, bytes, from)) return cachedTexts[slot] as string;
  const text = bytes.toString('utf8', from, to);
  cachedBytes[slot] = Buffer.from(bytes.subarray(from, to));
  cachedTexts[slot] = text;
  return text;
}

function slotOf(bytes: Buffer, from: number, length: number): number {
  const first = bytes[from] as number;
  const middle = bytes[from + (length >> 1)] as number;
  const last = bytes[from + length - 1] as number;
  return (length + first * 7 + middle * 31 + last * 3) & (CACHE_SIZE - 1);
}

function isSame(cached: Buffer, bytes: Buffer, from: number): boolean {
  for (let index = 0; index < cached.length; index++) if (cached[index] !== bytes[from + index]) return false;
  return true;
}
