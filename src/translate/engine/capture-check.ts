import { identityPrefixOf } from '../../names/identity.ts';
import * as ascii from './ascii.ts';
import type { Capture, PlanContext } from './plan.ts';

const { BACKSLASH } = ascii;
/** Above this a native search is faster than a loop, in spite of the call. */
const SHORT = 512;

/** Tells captures that cannot concern the tenant by their bytes, so that most are never decoded. */
export class CaptureCheck {
  readonly #prefix: Buffer;
  readonly #identity: Buffer;

  constructor(context: PlanContext) {
    this.#prefix = Buffer.from(context.prefix);
    this.#identity = Buffer.from(identityPrefixOf(context.tenantId));
  }

  /** Whether the hook must see the value `bytes[from, to)`. A backslash may hide a letter of what is looked for. */
  mayConcern(capture: Capture, bytes: Buffer, from: number, to: number): boolean {
    if (capture.unlessHolding === undefined) return true;
    const withIdentity = capture.unlessHolding === 'identity';
    if (to - from < SHORT) return this.#holdsShort(withIdentity, bytes, from, to);
    const value = bytes.subarray(from, to);
    return value.includes(BACKSLASH) || value.includes(this.#prefix) || (withIdentity && value.includes(this.#identity));
  }

  #holdsShort(withIdentity: boolean, bytes: Buffer, from: number, to: number): boolean {
    const prefix = this.#prefix;
    const identity = withIdentity ? this.#identity : prefix;
    const first = prefix[0];
    const firstOfIdentity = identity[0];
    for (let pos = from; pos < to; pos++) {
      const byte = bytes[pos];
      if (byte === BACKSLASH) return true;
      if (byte === first && standsAt(prefix, bytes, pos, to)) return true;
      if (byte === firstOfIdentity && standsAt(identity, bytes, pos, to)) return true;
    }
    return false;
  }
}

function standsAt(text: Buffer, bytes: Buffer, pos: number, to: number): boolean {
  if (pos + text.length > to) return false;
  for (let index = 1; index < text.length; index++) if (text[index] !== bytes[pos + index]) return false;
  return true;
}
