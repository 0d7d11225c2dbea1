/** What can go wrong while a document passes through the rewriter. None of the messages quotes the document. */

/** The input is not JSON. `offset` counts bytes from the start of the stream. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
  readonly offset: number;

  constructor(offset: number, problem: string) {
    super(`invalid JSON at byte ${offset}: ${problem}`);
    this.offset = offset;
  }
}

/** An object that is not the tenant's stood where it cannot be left out. Says nothing about the object or its owner. */
export class ForeignObjectError extends Error {
  override readonly name = 'ForeignObjectError';

  constructor() {
    super("the document holds an object that is not the tenant's");
  }
}

/** Something that must be held back as a whole is larger than its limit, in bytes. */
export class CaptureLimitError extends Error {
  override readonly name = 'CaptureLimitError';
  readonly limit: number;

  constructor(what: string, limit: number) {
    super(`${what} is larger than ${limit} bytes`);
    this.limit = limit;
  }
}
