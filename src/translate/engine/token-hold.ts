import { ByteQueue } from './byte-queue.ts';
import { CaptureLimitError } from './json-errors.ts';
import type { RewriterOutput } from './rewriter-output.ts';

const EMPTY = Buffer.alloc(0);

/**
 * A token is what must be seen as a whole: a key, a string with a rule, a captured value. Where it lies in one chunk
 * it is read there; where it is cut, its bytes are collected.
 */
export class TokenHold {
  /** The whole token, once closed: `bytes[from, to)`. */
  bytes: Buffer = EMPTY;
  from = 0;
  to = 0;

  /** Where it begins in the chunk in hand, or -1 while there is none. */
  #start = -1;
  /** Its bytes from earlier chunks. */
  readonly #head = new ByteQueue();
  readonly #output: RewriterOutput;
  readonly #limit: number;

  constructor(output: RewriterOutput, limit: number) {
    this.#output = output;
    this.#limit = limit;
  }

  open(pos: number): void {
    this.#start = pos;
  }

  /** A chunk has ended within the token: takes what there is of it. Returns where it began in the chunk, or `end`. */
  stash(chunk: Buffer, end: number): number {
    const start = this.#start;
    if (start < 0) return end;
    this.#head.append(chunk, start, end);
    this.checkSize(this.#head.length);
    this.#start = 0;
    return start;
  }

  /** The token has ended in front of `pos`. `keep`, `edit` or `replace` must follow, or `forget`. */
  close(chunk: Buffer, pos: number): void {
    if (this.#head.length === 0) {
      this.bytes = chunk;
      this.from = this.#start;
      this.to = pos;
    } else {
      this.#head.append(chunk, 0, pos);
      this.bytes = this.#head.bytes;
      this.from = 0;
      this.to = this.#head.length;
    }
    this.checkSize(this.to - this.from);
  }

  /** Writes it as it is. */
  keep(pos: number): void {
    if (this.#head.length > 0) {
      this.#output.insert(0, this.bytes, 0, this.to);
      this.#output.passOver(pos);
    }
    this.forget();
  }

  /** Writes a string with its first `cut` bytes behind the quote taken out, and `added` in their place. */
  edit(pos: number, cut: number, added: Buffer): void {
    if (this.#head.length === 0) {
      const content = this.#start + 1;
      this.#output.insert(content, added, 0, added.length);
      this.#output.passOver(content + cut);
    } else {
      this.#output.insert(0, this.bytes, 0, 1);
      this.#output.insert(0, added, 0, added.length);
      this.#output.insert(0, this.bytes, 1 + cut, this.to);
      this.#output.passOver(pos);
    }
    this.forget();
  }

  /** Writes `json` in its place. */
  replace(pos: number, json: string): void {
    this.#output.insertText(this.#start, json);
    this.#output.passOver(pos);
    this.forget();
  }

  forget(): void {
    this.#start = -1;
    this.#head.clear();
    this.bytes = EMPTY;
  }

  checkSize(size: number): void {
    if (size > this.#limit) throw new CaptureLimitError('a key, string or captured value', this.#limit);
  }
}
