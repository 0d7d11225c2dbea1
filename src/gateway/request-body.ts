import { KubeError } from '../errors.ts';
import type { HeldBytes } from '../limits/held-bytes.ts';
import { translateRequestBody } from '../translate/request-body.ts';
import type { Decision, Translation } from './decision.ts';

/** The apiserver's own limit on a request's body. */
const MAX_BODY_BYTES = 3 * 1024 * 1024;

/**
 * A request's body, held until it is whole: upstream must not get the first half of an object whose second half is refused,
 * and a client must get a Status for it, which nobody can send any more when upstream has begun to answer.
 */
export class RequestBody {
  #chunks: Buffer[] = [];
  readonly #form: NonNullable<Decision['requestBody']>;
  readonly #translation: Translation;
  readonly #held: HeldBytes;
  #length = 0;

  constructor(requestBody: NonNullable<Decision['requestBody']>, translation: Translation, held: HeldBytes) {
    this.#form = requestBody;
    this.#translation = translation;
    this.#held = held;
  }

  /** @throws KubeError RequestEntityTooLarge, TooManyRequests */
  add(chunk: Buffer): void {
    if (this.#length + chunk.length > MAX_BODY_BYTES) {
      throw new KubeError('RequestEntityTooLarge', `Request entity too large: limit is ${MAX_BODY_BYTES}`);
    }
    if (!this.#held.take(this.#translation.context.tenantId, chunk.length)) {
      const mebibytes = this.#held.mostOfTenant / 1024 / 1024;
      throw new KubeError('TooManyRequests', `more than ${mebibytes} MiB of request bodies are under way, please try again`, {
        retryAfterSeconds: 1,
      });
    }
    this.#length += chunk.length;
    this.#chunks.push(chunk);
  }

  /** Nothing of it is wanted any more. */
  drop(): void {
    this.#held.giveBack(this.#translation.context.tenantId, this.#length);
    this.#length = 0;
    this.#chunks = [];
  }

  /** The whole body in upstream's names. @throws KubeError BadRequest, Invalid, UnsupportedMediaType */
  translate(): Uint8Array {
    const { row, subresource, verb, context } = this.#translation;
    const { contentType } = this.#form;
    const body = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    return translateRequestBody({ row, subresource, verb, contentType, body, context }).body;
  }
}
