import type { ServerResponse } from 'node:http';
import type { HeldBytes } from '../../limits/held-bytes.ts';
import { PRIVATE } from '../../local/answer.ts';
import { writeEnvelopeAround } from '../../translate/protobuf/envelope.ts';
import { WireWriter } from '../../translate/protobuf/wire-writer.ts';
import { contentTypeOf, type Form } from '../form.ts';
import type { ListState } from './list-job.ts';
import type { ListMetadata, ListWriter } from './list-writer.ts';

/** A list in protobuf begins with its length, so it is held. */
export const MAX_PROTOBUF_BYTES = 64 * 1024 * 1024;

/** There is more of the list than is held. */
export class ListTooLargeError extends Error {
  override readonly name = 'ListTooLargeError';
  /** It would not have been, had nothing else been held. */
  readonly isForNow: boolean;

  constructor(isForNow: boolean) {
    super('the list is too large for protobuf');
    this.isForNow = isForNow;
  }
}

export interface ProtobufListOptions {
  readonly form: Form;
  readonly tenantId: string;
  /** What all lists hold. */
  readonly held: HeldBytes;
  readonly maxBytes?: number;
}

/** Field 1 of a list, 2 resourceVersion and 3 continue in it; its items come as fields already. */
export class ProtobufListWriter implements ListWriter {
  readonly #response: ServerResponse;
  readonly #options: ProtobufListOptions;
  #held: Buffer[] = [];
  #heldBytes = 0;

  constructor(response: ServerResponse, options: ProtobufListOptions) {
    this.#response = response;
    this.#options = options;
    // When the client has taken it all, or is gone.
    response.once('close', () => this.#giveBack());
  }

  /** @throws ListTooLargeError, holding nothing any more */
  async add(items: readonly Buffer[]): Promise<void> {
    const { held, tenantId, maxBytes = MAX_PROTOBUF_BYTES } = this.#options;
    const count = items.reduce((sum, { length }) => sum + length, 0);
    const isTooLarge = this.#heldBytes + count > maxBytes;
    if (isTooLarge || !held.take(tenantId, count)) {
      this.#giveBack();
      throw new ListTooLargeError(!isTooLarge);
    }
    this.#heldBytes += count;
    this.#held.push(...items);
    // Gone meanwhile: nobody would give it back.
    if (this.#response.destroyed) this.#giveBack();
  }

  end({ apiVersion, kind }: ListState, metadata: ListMetadata): void {
    const list = new WireWriter();
    list.message(1, (meta) => {
      meta.text(1, '');
      meta.text(2, metadata.resourceVersion ?? '');
      meta.text(3, metadata.continue ?? '');
    });
    const parts = writeEnvelopeAround(apiVersion, kind, [list.finish(), ...this.#held]);
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const headers = { 'content-type': contentTypeOf(this.#options.form, 'list'), 'cache-control': PRIVATE, 'content-length': length };
    this.#response.writeHead(200, headers);
    for (const group of grouped(parts)) this.#response.write(group);
    this.#response.end();
  }

  #giveBack(): void {
    this.#options.held.giveBack(this.#options.tenantId, this.#heldBytes);
    this.#held = [];
    this.#heldBytes = 0;
  }
}

const GROUP_BYTES = 256 * 1024;

/** Many small parts as some larger ones: each write costs. */
function* grouped(parts: readonly Buffer[]): Generator<Buffer> {
  let group: Buffer[] = [];
  let length = 0;
  for (const part of parts) {
    group.push(part);
    length += part.length;
    if (length < GROUP_BYTES) continue;
    yield Buffer.concat(group, length);
    group = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(group, length);
}
