import { CaptureLimitError } from '../engine/json-errors.ts';

const EMPTY = Buffer.alloc(0);

/** Input that is looked at only when enough of it is there: what is large and comes in many chunks is put together once. */
export class Intake {
  #chunks: Buffer[] = [];
  #length = 0;
  #needed = 1;
  readonly #limit: number;

  /** @param limit on what may have to be held, in bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes a chunk. Returns all there is, if that is as much as is needed. */
  take(chunk: Buffer): Buffer | undefined {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    return this.#length < this.#needed ? undefined : this.takeAll();
  }

  /** Returns all there is, and holds nothing any more. */
  takeAll(): Buffer {
    const [only = EMPTY] = this.#chunks;
    const all = this.#chunks.length > 1 ? Buffer.concat(this.#chunks, this.#length) : only;
    this.#chunks = [];
    this.#length = 0;
    this.#needed = 1;
    return all;
  }

  /** @param size of something that must be seen as a whole, whether it is already there or not @throws CaptureLimitError */
  checkSize(size: number): void {
    if (size > this.#limit) throw new CaptureLimitError('an object', this.#limit);
  }

  /** Keeps `rest` until there are `needed` bytes of it. @throws CaptureLimitError */
  keep(rest: Buffer, needed: number): void {
    this.checkSize(needed);
    if (rest.length > 0) this.#chunks.push(rest);
    this.#length = rest.length;
    this.#needed = Math.max(needed, rest.length + 1);
  }
}
