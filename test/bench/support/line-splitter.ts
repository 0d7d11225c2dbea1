const NEWLINE = 10;

/** Cuts chunks into lines; a watch's events are one line each. */
export class LineSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** The lines that end in this chunk, without their ends. */
  *push(chunk: Buffer): Generator<Buffer> {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    let begin = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, begin)) {
      yield bytes.subarray(begin, end);
      begin = end + 1;
    }
    // A copy: a few bytes must not keep the whole chunk.
    this.#rest = Buffer.from(bytes.subarray(begin));
  }
}
