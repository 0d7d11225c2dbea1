import type { Plan, PlanContext } from '../engine/plan.ts';
import { compileForType, type FieldNode } from './compile-message-plan.ts';
import { Intake } from './intake.ts';
import { MessageWalker } from './message-walker.ts';
import { MalformedMessageError } from './wire-cursor.ts';
import { WATCH_EVENT } from './wire-schema.ts';

const LENGTH_BYTES = 4;

/** The frames of a watch: a length in four bytes, big-endian, and a metav1.WatchEvent without an envelope. */
export class FrameStream {
  readonly #event: FieldNode | null;
  readonly #walker: MessageWalker;
  readonly #intake: Intake;
  #isWhole = true;

  constructor(plan: Plan, context: PlanContext, maxFrame: number) {
    this.#event = compileForType(`@${WATCH_EVENT}`, plan);
    this.#walker = new MessageWalker(context);
    this.#intake = new Intake(maxFrame);
  }

  write(chunk: Uint8Array): Uint8Array {
    if (chunk.length === 0) return chunk;
    this.#isWhole = false;
    const bytes = this.#intake.take(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    if (!bytes) return Buffer.alloc(0);
    this.#walker.source = bytes;
    let delta = 0;
    let pos = 0;
    let needed = LENGTH_BYTES;
    while (bytes.length - pos >= LENGTH_BYTES) {
      needed = LENGTH_BYTES + bytes.readUInt32BE(pos);
      this.#intake.checkSize(needed);
      if (bytes.length - pos < needed) break;
      if (this.#event !== null) delta += this.#walker.frame(this.#event, pos, pos + LENGTH_BYTES, pos + needed);
      pos += needed;
      needed = LENGTH_BYTES;
    }
    this.#isWhole = pos === bytes.length;
    const output = this.#walker.edits.apply(bytes, 0, pos, delta);
    this.#intake.keep(bytes.subarray(pos), needed);
    return output;
  }

  end(): Uint8Array {
    if (!this.#isWhole) throw new MalformedMessageError('unexpected EOF');
    return Buffer.alloc(0);
  }
}
