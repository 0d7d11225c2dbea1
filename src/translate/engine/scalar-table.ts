/**
 * Numbers and literals as one table: `SCALAR_NEXT[state * 128 + byte]` is the state behind that byte, 0 where the
 * scalar cannot go on. It then has ended, if `SCALAR_WHOLE[state]`. Neither needs a byte of its own to end.
 */
const START = 1;
const STATES = 32;
const DIGITS = '0123456789';

export const SCALAR_NEXT = new Uint8Array(STATES * 128);
export const SCALAR_WHOLE = new Uint8Array(STATES);

/** The state behind a value's first byte; 0 where no number or literal begins with it. */
export function scalarStart(byte: number): number {
  return byte < 128 ? (SCALAR_NEXT[START * 128 + byte] as number) : 0;
}

function edge(from: number, letters: string, to: number): void {
  for (const letter of letters) SCALAR_NEXT[from * 128 + letter.charCodeAt(0)] = to;
}

function fillNumbers(): number {
  const [minus, zero, integer, point, fraction, e, sign, exponent] = [2, 3, 4, 5, 6, 7, 8, 9] as const;
  edge(START, '-', minus);
  for (const state of [START, minus]) {
    edge(state, '0', zero);
    edge(state, '123456789', integer);
  }
  edge(integer, DIGITS, integer);
  for (const state of [zero, integer]) edge(state, '.', point);
  edge(point, DIGITS, fraction);
  edge(fraction, DIGITS, fraction);
  for (const state of [zero, integer, fraction]) edge(state, 'eE', e);
  edge(e, '+-', sign);
  for (const state of [e, sign, exponent]) edge(state, DIGITS, exponent);
  for (const state of [zero, integer, fraction, exponent]) SCALAR_WHOLE[state] = 1;
  return exponent + 1;
}

function fillLiteral(literal: string, firstFree: number): number {
  let state = START;
  let free = firstFree;
  for (const letter of literal) {
    edge(state, letter, free);
    state = free++;
  }
  SCALAR_WHOLE[state] = 1;
  return free;
}

fillLiteral('null', fillLiteral('false', fillLiteral('true', fillNumbers())));
