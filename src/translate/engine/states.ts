/** Where scanner and walker stand in a document: what may come next. The order counts: values, then keys, then the rest. */
export const VALUE = 0;
export const FIRST_VALUE = 1;
export const KEY = 2;
export const FIRST_KEY = 3;
export const AFTER_KEY = 4;
export const AFTER_VALUE = 5;
export const IN_STRING = 6;
export const IN_SCALAR = 7;
/** The value that was to be read has ended. */
export const DONE = 8;
/** In error messages only: two documents would grow together. */
export const SPACE_NEEDED = 9;

export const EXPECTED = [
  'a value',
  "a value or ']'",
  'a key',
  "a key or '}'",
  "':'",
  "',' or the end of the array or object",
  'the end of a string',
  'the rest of a number or literal',
  'the end of the input',
  'white space',
];

// Bits of what is known about an open array or object.
export const IS_OBJECT = 1;
/** Something in it has been kept, so a comma must precede what follows. */
export const HAS_KEPT = 2;
