import type { Plan, PlanContext } from '../engine/plan.ts';
import { FrameStream } from './frame-stream.ts';
import { ObjectStream } from './object-stream.ts';

export { MalformedMessageError } from './wire-cursor.ts';

export interface ProtobufOptions {
  /** `one` object in its envelope, or the `frames` of a watch. Default `one`. */
  readonly form?: 'one' | 'frames';
  /** Largest object of a list, event of a watch or other document, in bytes. Default 16 MiB. */
  readonly maxObject?: number;
  /** How much of a list may be held where its length is to be told exactly, in bytes. Default 64 MiB. */
  readonly maxHeld?: number;
  /** Lists of up to that many bytes leave with their exact length; longer ones are padded. Default 256 KiB. */
  readonly exactUpTo?: number;
}

/** As `JsonRewriter`: what it throws must cut the stream. */
export interface Rewriter {
  /** @throws MalformedMessageError, ForeignObjectError, CaptureLimitError, or what a hook threw */
  write(chunk: Uint8Array): Uint8Array;
  end(): Uint8Array;
}

const MEBIBYTE = 1024 * 1024;

/**
 * Carries a plan out on Kubernetes' protobuf while it streams through: any chunking gives the same output, but for where it is cut.
 * What the plan does not touch, and what the schema does not know, leaves byte for byte as it came. Of a list one object at a
 * time is in memory, of a watch one event; see docs/decisions/0010 for a list's length.
 */
export class ProtobufRewriter implements Rewriter {
  readonly #stream: Rewriter;
  #failure: unknown;

  constructor(plan: Plan, context: PlanContext, options: ProtobufOptions = {}) {
    const { form = 'one', maxObject = 16 * MEBIBYTE, maxHeld = 64 * MEBIBYTE, exactUpTo = MEBIBYTE / 4 } = options;
    this.#stream =
      form === 'frames' ? new FrameStream(plan, context, maxObject) : new ObjectStream(plan, context, { maxObject, maxHeld, exactUpTo });
  }

  /** Parts of the chunk may be returned and kept, so the caller must not write to it again. */
  write(chunk: Uint8Array): Uint8Array {
    return this.#guard(() => this.#stream.write(chunk));
  }

  /** The input has ended; returns the rest. Throws MalformedMessageError where the document is not whole. */
  end(): Uint8Array {
    const rest = this.#guard(() => this.#stream.end());
    this.#failure = new Error('the rewriter has ended');
    return rest;
  }

  #guard(step: () => Uint8Array): Uint8Array {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return step();
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }
}

/** Rewrites a whole body at once; a list leaves with its exact length. Throws as the rewriter does. */
export function rewriteProtobuf(plan: Plan, context: PlanContext, body: Uint8Array): Buffer {
  const rewriter = new ProtobufRewriter(plan, context, { exactUpTo: Number.POSITIVE_INFINITY });
  return Buffer.concat([rewriter.write(body), rewriter.end()]);
}
