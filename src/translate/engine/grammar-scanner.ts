import * as ascii from './ascii.ts';
import { JsonSyntaxError } from './json-errors.ts';
import * as plainRun from './plain-run.ts';
import * as scalars from './scalar-table.ts';
import * as states from './states.ts';

// Copies of imports: V8 compiles a constant of this module into the loop, but fetches and checks an exported one each time
// (measured: worth a tenth of the speed).
const { CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, isHexDigit, isWhitespace, LETTER_U, OPEN_BRACE, OPEN_BRACKET, QUOTE, SPACE } = ascii;
const { AFTER_KEY, AFTER_VALUE, DONE, FIRST_KEY, FIRST_VALUE, IN_SCALAR, IN_STRING, IS_OBJECT, KEY, VALUE } = states;
const { SCALAR_NEXT, SCALAR_WHOLE, scalarStart } = scalars;
const { plainRunEnd } = plainRun;

// Where in a string the scanner stands (`#stringStep`). From STRING_HEX on: so many hexadecimal digits are read.
const STRING_CLOSED = 0;
const STRING_PLAIN = 1;
const STRING_ESCAPE = 2;
const STRING_HEX = 3;
const STRING_HEX_END = STRING_HEX + 4;

const ESCAPED = new Uint8Array(256);
for (const letter of '"\\/bfnrt') ESCAPED[letter.charCodeAt(0)] = 1;

/**
 * Reads over JSON, in pieces of any size, and checks RFC 8259's grammar. It remembers where it stands in a few
 * numbers and one byte for each open array or object, so a value may be of any length.
 */
export class GrammarScanner {
  state = VALUE;
  /** Open arrays and objects. */
  depth = 0;
  /** For each of them (from 1 on): IS_OBJECT, HAS_KEPT. */
  kinds = new Uint8Array(64);
  #stringStep = STRING_CLOSED;
  /** Whether the string that `string` reads has held a backslash. */
  escaped = false;
  /** Bytes of the stream before the present chunk. */
  offset = 0;

  readonly #maxDepth: number;
  /** `skip` stops when the depth is back here. */
  #base = 0;
  #afterString = AFTER_VALUE;
  #scalar = 0;

  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth;
  }

  /** A value is to be read by `skip` until the depth is `base` again; `state` is what comes next. */
  begin(state: number, base: number): void {
    this.state = state;
    this.#base = base;
  }

  /** Enters an object (IS_OBJECT) or array (0), whose bracket is at `pos`; returns the depth within. */
  open(kind: number, pos: number): number {
    if (this.depth === this.#maxDepth) this.fail(pos, `nested deeper than ${this.#maxDepth}`);
    this.depth++;
    if (this.depth === this.kinds.length) {
      const grown = new Uint8Array(this.kinds.length * 2);
      grown.set(this.kinds);
      this.kinds = grown;
    }
    this.kinds[this.depth] = kind;
    return this.depth;
  }

  /**
   * Reads `bytes[from, end)`; returns where it stopped: at `end`, or behind the value, and then `state` is DONE.
   * Only one place reads plain strings, so that V8 compiles `plainRunEnd` into the loop (measured: worth a quarter of the speed).
   */
  skip(bytes: Uint8Array, view: DataView, from: number, end: number): number {
    const base = this.#base;
    let depth = this.depth;
    let inObject = ((this.kinds[depth] as number) & IS_OBJECT) !== 0;
    let state = this.state;
    let pos = from;
    while (pos < end) {
      const byte = bytes[pos] as number;
      if (byte === QUOTE && state <= FIRST_KEY) {
        const isKey = state >= KEY;
        pos = plainRunEnd(bytes, view, pos + 1, end);
        if (pos === end || bytes[pos] !== QUOTE) {
          this.beginString(isKey ? AFTER_KEY : AFTER_VALUE);
          state = IN_STRING;
          continue;
        }
        pos++;
        if (isKey) {
          state = AFTER_KEY;
          // What comes next in nearly every document, without a turn of the loop.
          if (pos < end && bytes[pos] === COLON) {
            pos++;
            state = VALUE;
          }
          continue;
        }
        state = AFTER_VALUE;
      } else if (byte === COMMA && state === AFTER_VALUE) {
        pos++;
        state = inObject ? KEY : VALUE;
        continue;
      } else if (byte === OPEN_BRACE && state <= FIRST_VALUE) {
        depth = this.open(IS_OBJECT, pos++);
        inObject = true;
        state = FIRST_KEY;
        continue;
      } else if (
        byte === (inObject ? CLOSE_BRACE : CLOSE_BRACKET) &&
        (state === AFTER_VALUE || state === (inObject ? FIRST_KEY : FIRST_VALUE))
      ) {
        pos++;
        this.depth = --depth;
        inObject = ((this.kinds[depth] as number) & IS_OBJECT) !== 0;
        state = AFTER_VALUE;
      } else if (state === IN_STRING) {
        pos = this.string(bytes, view, pos, end);
        if (this.#stringStep !== STRING_CLOSED) continue;
        state = this.#afterString;
        if (state === AFTER_KEY) continue;
      } else if (state === IN_SCALAR) {
        pos = this.#readScalar(bytes, pos, end);
        if (this.#scalar !== 0) continue;
        state = AFTER_VALUE;
      } else if (byte === OPEN_BRACKET && state <= FIRST_VALUE) {
        depth = this.open(0, pos++);
        inObject = false;
        state = FIRST_VALUE;
        continue;
      } else if (byte === COLON && state === AFTER_KEY) {
        pos++;
        state = VALUE;
        continue;
      } else if (state <= FIRST_VALUE && scalarStart(byte) !== 0) {
        this.#scalar = scalarStart(byte);
        pos++;
        state = IN_SCALAR;
        continue;
      } else if (isWhitespace(byte)) {
        do pos++;
        while (pos < end && bytes[pos] === SPACE);
        continue;
      } else this.unexpected(byte, pos, state);
      // A value has ended.
      if (depth === base) {
        state = DONE;
        break;
      }
    }
    this.state = state;
    return pos;
  }

  /** A string that is not plain, or not whole in this chunk: `string` reads the rest, `then` is the state behind it. */
  beginString(then: number): void {
    this.#afterString = then;
    this.#stringStep = STRING_PLAIN;
    this.escaped = false;
  }

  /** Reads on in a string; when it has ended, `isInString` is false and the returned position is behind its quote. */
  string(bytes: Uint8Array, view: DataView, from: number, end: number): number {
    let pos = from;
    let step = this.#stringStep;
    while (pos < end) {
      if (step === STRING_PLAIN) {
        pos = plainRunEnd(bytes, view, pos, end);
        if (pos === end) break;
        const byte = bytes[pos++] as number;
        if (byte === QUOTE) {
          step = STRING_CLOSED;
          break;
        }
        if (byte < SPACE) this.fail(pos - 1, 'a control character in a string');
        this.escaped = true;
        step = STRING_ESCAPE;
        continue;
      }
      const byte = bytes[pos] as number;
      if (step === STRING_ESCAPE) {
        if (byte !== LETTER_U && ESCAPED[byte] === 0) this.fail(pos, 'an unknown escape in a string');
        step = byte === LETTER_U ? STRING_HEX : STRING_PLAIN;
      } else {
        if (!isHexDigit(byte)) this.fail(pos, 'an escape without four hexadecimal digits');
        if (++step === STRING_HEX_END) step = STRING_PLAIN;
      }
      pos++;
    }
    this.#stringStep = step;
    return pos;
  }

  get isInString(): boolean {
    return this.#stringStep !== STRING_CLOSED;
  }

  /** The input ends here: a number or literal, which has no end of its own, ends with it (`state` may become DONE). */
  endOfInput(): void {
    if (this.state === IN_SCALAR && SCALAR_WHOLE[this.#scalar] === 1) this.state = this.depth === this.#base ? DONE : AFTER_VALUE;
  }

  fail(pos: number, problem: string): never {
    throw new JsonSyntaxError(this.offset + pos, problem);
  }

  /** `byte` cannot stand where `state` says; without a byte the input has ended. */
  unexpected(byte: number | undefined, pos: number, state: number): never {
    this.fail(pos, `${describeByte(byte)} instead of ${states.EXPECTED[state]}`);
  }

  #readScalar(bytes: Uint8Array, from: number, end: number): number {
    let scalar = this.#scalar;
    for (let pos = from; pos < end; pos++) {
      const byte = bytes[pos] as number;
      const next = byte < 128 ? (SCALAR_NEXT[scalar * 128 + byte] as number) : 0;
      if (next === 0) {
        if (SCALAR_WHOLE[scalar] === 0) this.unexpected(byte, pos, IN_SCALAR);
        this.#scalar = 0;
        return pos;
      }
      scalar = next;
    }
    this.#scalar = scalar;
    return end;
  }
}

function describeByte(byte: number | undefined): string {
  if (byte === undefined) return 'end of input';
  return byte > SPACE && byte < 0x7f ? `'${String.fromCharCode(byte)}'` : `byte 0x${byte.toString(16).padStart(2, '0')}`;
}
