/** A tenant's id as one word of shared memory: 37 characters, six of them, are fewer than 2^32. */

const ALPHABET = '-0123456789abcdefghijklmnopqrstuvwxyz';
const BASE = ALPHABET.length;
/** Keys below are no tenant's. */
const FIRST = 2;

/** Key of a slot that nobody has had since the last slot behind it was given up. */
export const EMPTY = 0;
/** Key of a slot whose tenant is gone: a search goes on behind it, and the next tenant may have it. */
export const VACATED = 1;

const DIGITS = new Map([...ALPHABET].map((character, digit) => [character.charCodeAt(0), digit]));

/** A signed 32-bit number, never EMPTY or VACATED. @throws RangeError for a text that is no tenant id */
export function keyOfTenant(tenantId: string): number {
  let number = 0;
  for (let index = 0; index < 6; index += 1) {
    const digit = DIGITS.get(tenantId.charCodeAt(index));
    if (digit === undefined || tenantId.length !== 6) throw new RangeError(`${tenantId} is no tenant id`);
    number = number * BASE + digit;
  }
  return (number + FIRST) | 0;
}

export function tenantOfKey(key: number): string {
  let number = (key >>> 0) - FIRST;
  let tenantId = '';
  for (let index = 0; index < 6; index += 1) {
    tenantId = ALPHABET[number % BASE] + tenantId;
    number = Math.floor(number / BASE);
  }
  return tenantId;
}

/** The key well mixed, not negative: where a tenant's slot is looked for first, and how shares are rotated. */
export function hashOfKey(key: number): number {
  let hash = key;
  hash = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
  hash = Math.imul(hash ^ (hash >>> 15), 0x735a2d97);
  return (hash ^ (hash >>> 15)) >>> 0;
}
