import { type CompiledPlan, compilePlan } from './compile-plan.ts';
import { CaptureLimitError, ForeignObjectError, JsonSyntaxError } from './json-errors.ts';
import type { PlanContext } from './plan.ts';
import { PlanWalker } from './plan-walker.ts';
import { RewriterOutput } from './rewriter-output.ts';

export { CaptureLimitError, type CompiledPlan, compilePlan, ForeignObjectError, JsonSyntaxError };

export interface RewriterOptions {
  /** `many`: documents one behind the other, with or without white space between them (the frames of a watch). Default `one`. */
  documents?: 'one' | 'many';
  /** Largest captured value, key or string with a rule, in bytes of input, with the comma before it. Default 4 MiB. */
  maxCapture?: number;
  /** How much input of a unit may be read before its owner is known, in bytes. Default 8 MiB. */
  maxUnit?: number;
  /** Open arrays and objects; default 10,000, as in Go's encoding/json. */
  maxDepth?: number;
}

const EMPTY = Buffer.alloc(0);
const MEBIBYTE = 1024 * 1024;
/** A prefix is compared and written byte by byte: no character of it may need an escape. */
const PLAIN_PREFIX = /^[!#-[\]-~]+$/;

/**
 * Rewrites JSON by a plan while it streams through: any chunking gives the same output, and what the plan does not touch
 * leaves byte for byte as it came. Memory does not grow with the document: a byte for each open bracket, and what
 * must be seen as a whole (keys and strings with a rule, captures, units of unknown owner), within the limits.
 *
 * Units may be nested: a verdict is about the innermost one, and tells the outer ones nothing.
 */
export class JsonRewriter {
  readonly #out = new RewriterOutput();
  readonly #walker: PlanWalker;
  /** The beginning of an object whose kind is not in sight yet; read again with the next chunk. */
  #carry: Buffer = EMPTY;
  #failure: unknown;

  constructor(plan: CompiledPlan, context: PlanContext, options: RewriterOptions = {}) {
    if (!PLAIN_PREFIX.test(context.prefix)) throw new RangeError('the prefix must be printable ASCII without quote and backslash');
    const { documents = 'one', maxCapture = 4 * MEBIBYTE, maxUnit = 8 * MEBIBYTE, maxDepth = 10_000 } = options;
    this.#walker = new PlanWalker(plan, context, this.#out, documents === 'many', { maxCapture, maxUnit, maxDepth });
  }

  /**
   * Takes the next chunk and returns what is ready to leave: the same object where nothing was changed or held back.
   * Parts of the chunk may be returned and kept, so the caller must not write to it again.
   * Throws JsonSyntaxError, ForeignObjectError, CaptureLimitError or what a hook threw; then the stream is to be cut,
   * and every further call throws the same.
   */
  write(chunk: Uint8Array): Uint8Array {
    if (this.#failure !== undefined) throw this.#failure;
    if (chunk.length === 0) return chunk;
    try {
      return this.#rewrite(chunk);
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  /** The input has ended; returns the rest of the output. Throws as `write` does, JsonSyntaxError where a document is not whole. */
  end(): Uint8Array {
    if (this.#failure !== undefined) throw this.#failure;
    this.#failure = new Error('the rewriter has ended');
    this.#out.begin(EMPTY);
    this.#walker.end(this.#carry.length);
    return this.#out.finish(0, -1);
  }

  #rewrite(chunk: Uint8Array): Uint8Array {
    const out = this.#out;
    const walker = this.#walker;
    let bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const hasCarry = this.#carry.length > 0;
    if (hasCarry) bytes = Buffer.concat([this.#carry, bytes]);
    const end = bytes.length;
    out.begin(bytes);
    const stop = walker.walk(bytes, new DataView(bytes.buffer, bytes.byteOffset, end), end);

    this.#carry = stop < end ? Buffer.from(bytes.subarray(stop)) : EMPTY;
    if (walker.isDiscarding) out.passOver(end);
    const limit = Math.min(stop, walker.token.stash(bytes, end));
    const mark = walker.held.endChunk(walker.scan.offset + stop);
    walker.scan.offset += stop;
    const output = out.finish(limit, mark);
    if (mark > 0) walker.held.shift(mark);
    return output === bytes && !hasCarry ? chunk : output;
  }
}

/** Rewrites a whole text at once. Throws as the rewriter does. */
export function rewriteJson(plan: CompiledPlan, context: PlanContext, json: string | Buffer, options?: RewriterOptions): Buffer {
  const rewriter = new JsonRewriter(plan, context, options);
  const output = rewriter.write(typeof json === 'string' ? Buffer.from(json) : json);
  return Buffer.concat([output, rewriter.end()]);
}
