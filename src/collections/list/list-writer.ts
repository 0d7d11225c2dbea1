/** A list as the client gets it, made of items that come one by one. */
import type { ServerResponse } from 'node:http';
import { PRIVATE } from '../../local/answer.ts';
import { writeEnvelope } from '../../translate/protobuf/envelope.ts';
import { WireWriter } from '../../translate/protobuf/wire-writer.ts';
import { contentTypeOf, type Form } from '../form.ts';
import type { ListState } from './list-job.ts';

export interface ListMetadata {
  /** None of servers that have none. */
  readonly resourceVersion?: string;
  readonly continue?: string;
}

export interface ListWriter {
  /** Resolves when the client can take more. */
  add(items: readonly Buffer[]): Promise<void>;
  end(state: ListState, metadata: ListMetadata): void;
}

/** As much of a list in JSON is held before its beginning is sent: most lists are smaller, and look as upstream's do. */
const HELD_BYTES = 1024 * 1024;
/** A list in protobuf begins with its length, so it is held. */
export const MAX_PROTOBUF_BYTES = 64 * 1024 * 1024;

/** There is no end to it that could be held. */
export class ListTooLargeError extends Error {
  override readonly name = 'ListTooLargeError';
}

const COMMA = Buffer.from(',');

/**
 * JSON. A list that is larger than what is held streams through: then its metadata, of which the cursor is known last, stands behind its
 * items. (RFC 8259, section 4: the members of an object have no order.)
 */
export class JsonListWriter implements ListWriter {
  readonly #response: ServerResponse;
  readonly #form: Form;
  readonly #state: ListState;
  readonly #listKind: string;
  readonly #apiVersion: string;
  readonly #signal: AbortSignal;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #isFirst = true;
  #isStreaming = false;

  /** @param state as far as it is known when the first item comes: a Table's columns are told by the first answer */
  constructor(
    response: ServerResponse,
    {
      form,
      state,
      listKind,
      apiVersion,
      signal,
    }: { form: Form; state: ListState; listKind: string; apiVersion: string; signal: AbortSignal },
  ) {
    this.#response = response;
    this.#form = form;
    this.#state = state;
    this.#listKind = listKind;
    this.#apiVersion = apiVersion;
    this.#signal = signal;
  }

  async add(items: readonly Buffer[]): Promise<void> {
    for (const item of items) {
      if (this.#isFirst) this.#isFirst = false;
      else this.#hold(COMMA);
      this.#hold(item);
    }
    if (this.#heldBytes <= HELD_BYTES) return;
    if (!this.#isStreaming) {
      this.#isStreaming = true;
      this.#response.writeHead(200, { 'content-type': contentTypeOf(this.#form, 'list'), 'cache-control': PRIVATE });
      this.#response.write(`${this.#opening(this.#state)}"${this.#member}":[`);
    }
    await this.#flush();
  }

  end(state: ListState, metadata: ListMetadata): void {
    const meta = JSON.stringify(metadata);
    const columns = this.#form.shape === 'table' ? `"columnDefinitions":${state.columns ?? 'null'},` : '';
    if (this.#isStreaming) {
      for (const part of this.#held) this.#response.write(part);
      this.#response.end(`],${columns}"metadata":${meta}}\n`);
      return;
    }
    const before = Buffer.from(`${this.#opening(state)}"metadata":${meta},${columns}"${this.#member}":[`);
    const body = Buffer.concat([before, ...this.#held, Buffer.from(']}\n')]);
    this.#response.writeHead(200, {
      'content-type': contentTypeOf(this.#form, 'list'),
      'cache-control': PRIVATE,
      'content-length': body.length,
    });
    this.#response.end(body);
  }

  get #member(): string {
    return this.#form.shape === 'table' ? 'rows' : 'items';
  }

  #opening(state: ListState): string {
    const kind = state.kind || this.#listKind;
    return `{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(state.apiVersion || this.#apiVersion)},`;
  }

  #hold(part: Buffer): void {
    this.#held.push(part);
    this.#heldBytes += part.length;
  }

  async #flush(): Promise<void> {
    const body = Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    if (!this.#response.write(body)) await drained(this.#response, this.#signal);
  }
}

/** Field 1 of a list, 2 resourceVersion and 3 continue in it; its items come as fields already. */
export class ProtobufListWriter implements ListWriter {
  readonly #response: ServerResponse;
  readonly #form: Form;
  #held: Buffer[] = [];
  #heldBytes = 0;

  constructor(response: ServerResponse, form: Form) {
    this.#response = response;
    this.#form = form;
  }

  /** @throws ListTooLargeError */
  async add(items: readonly Buffer[]): Promise<void> {
    for (const item of items) {
      this.#heldBytes += item.length;
      this.#held.push(item);
    }
    if (this.#heldBytes > MAX_PROTOBUF_BYTES) throw new ListTooLargeError('the list is too large for protobuf');
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
    this.#response.writeHead(200, {
      'content-type': contentTypeOf(this.#form, 'list'),
      'cache-control': PRIVATE,
      'content-length': body.length,
    });
    this.#response.end(body);
  }
}

/** Resolves when the client has taken what it was sent. @throws the signal's reason */
export function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const over = (): void => {
      response.off('drain', go);
      signal.removeEventListener('abort', stop);
    };
    const go = (): void => {
      over();
      resolve();
    };
    const stop = (): void => {
      over();
      reject(signal.reason as Error);
    };
    if (signal.aborted) reject(signal.reason as Error);
    else {
      response.once('drain', go);
      signal.addEventListener('abort', stop, { once: true });
    }
  });
}
