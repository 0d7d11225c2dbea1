import type { ServerResponse } from 'node:http';
import { PRIVATE } from '../../local/answer.ts';
import { writeEnvelope } from '../../translate/protobuf/envelope.ts';
import { WireWriter } from '../../translate/protobuf/wire-writer.ts';
import { contentTypeOf, type Form } from '../form.ts';
import type { ListState } from './list-job.ts';
import type { ListMetadata, ListWriter } from './list-writer.ts';

/** A list in protobuf begins with its length, so it is held. */
export const MAX_PROTOBUF_BYTES = 64 * 1024 * 1024;

/** There is more of the list than is held. */
export class ListTooLargeError extends Error {
  override readonly name = 'ListTooLargeError';
}

/** Field 1 of a list, 2 resourceVersion and 3 continue in it; its items come as fields already. */
export class ProtobufListWriter implements ListWriter {
  readonly #response: ServerResponse;
  readonly #form: Form;
  readonly #maxBytes: number;
  #held: Buffer[] = [];
  #heldBytes = 0;

  constructor(response: ServerResponse, form: Form, maxBytes = MAX_PROTOBUF_BYTES) {
    this.#response = response;
    this.#form = form;
    this.#maxBytes = maxBytes;
  }

  /** @throws ListTooLargeError */
  async add(items: readonly Buffer[]): Promise<void> {
    for (const item of items) {
      this.#heldBytes += item.length;
      this.#held.push(item);
    }
    if (this.#heldBytes > this.#maxBytes) throw new ListTooLargeError('the list is too large for protobuf');
  }

  end({ apiVersion, kind }: ListState, metadata: ListMetadata): void {
    const list = new WireWriter();
    list.message(1, (meta) => {
      meta.text(1, '');
      meta.text(2, metadata.resourceVersion ?? '');
      meta.text(3, metadata.continue ?? '');
    });
    for (const item of this.#held) list.raw(item);
    const body = writeEnvelope(apiVersion, kind, list.finish());
    const headers = { 'content-type': contentTypeOf(this.#form, 'list'), 'cache-control': PRIVATE, 'content-length': body.length };
    this.#response.writeHead(200, headers).end(body);
  }
}
