/**
 * Without what is a zero value in Go: protobuf cannot tell some of them from nothing, to a reader they are the same. Kind and version of an
 * object inside another, and what a kind's type does not have, have no place in protobuf and are for the caller to take off.
 */
export function withoutZeroes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutZeroes(item));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value)
    .map(([key, item]) => [key, withoutZeroes(item)] as const)
    .filter(([, item]) => !(item === '' || item === 0 || item === false || item === null || isEmpty(item)));
  return Object.fromEntries(kept);
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
