import { ByteQueue } from './byte-queue.ts';

const EMPTY = Buffer.alloc(0);
/** Room for what edits add to a chunk, in bytes. */
const SLACK = 512;

/**
 * What leaves the rewriter. Bytes of the chunk in hand are copied as late as possible, in ranges from edit to edit; a
 * chunk without an edit is not copied at all. Output may be taken back to a mark, as long as the mark is held.
 */
export class RewriterOutput {
  #queue = new ByteQueue();
  #source: Buffer = EMPTY;
  /** Up to here the chunk is in the queue, or left out. */
  #done = 0;

  begin(source: Buffer): void {
    this.#source = source;
    this.#done = 0;
  }

  /** The place in the output that the chunk's byte `pos` gets; stays valid until `shift`ed by what `finish` handed out. */
  markAt(pos: number): number {
    return this.#queue.length + pos - this.#done;
  }

  /** Leaves out the chunk's bytes `[from, to)`. */
  omit(from: number, to: number): void {
    this.#copyTo(from);
    this.#done = to;
  }

  /** The chunk is done with up to `pos`: what of it is not written yet is left out. */
  passOver(pos: number): void {
    this.#done = pos;
  }

  /** Puts `bytes[start, stop)` in front of the chunk's byte `pos`. */
  insert(pos: number, bytes: Buffer, start: number, stop: number): void {
    this.#copyTo(pos);
    this.#queue.append(bytes, start, stop, this.#source.length - this.#done + SLACK);
  }

  insertText(pos: number, text: string): void {
    this.#copyTo(pos);
    this.#queue.appendText(text);
  }

  /** Takes back what was written since `mark`; the chunk is done with up to `pos`. */
  revert(mark: number, pos: number): void {
    const missing = mark - this.#queue.length;
    if (missing > 0) this.#copyTo(this.#done + missing);
    else this.#queue.truncate(mark);
    this.#done = pos;
  }

  /**
   * Ends the chunk: its bytes up to `limit` have been dealt with. Returns what may leave, up to `held` (a mark, or -1),
   * without a copy where nothing was changed: the chunk itself, or a part of it. What is behind `held` stays here.
   */
  finish(limit: number, held: number): Uint8Array {
    if (this.#queue.length === 0) return this.#finishUnchanged(limit, held);
    this.#copyTo(limit);
    return this.#queue.take(held < 0 ? this.#queue.length : held);
  }

  /** Nothing but the chunk's own bytes is to leave. */
  #finishUnchanged(limit: number, held: number): Uint8Array {
    const source = this.#source;
    const from = this.#done;
    const to = held < 0 ? limit : from + held;
    if (to < limit) this.#queue.append(source, to, limit);
    return from === 0 && to === source.length ? source : source.subarray(from, to);
  }

  #copyTo(pos: number): void {
    if (pos <= this.#done) return;
    this.#queue.append(this.#source, this.#done, pos, this.#source.length - this.#done + SLACK);
    this.#done = pos;
  }
}
