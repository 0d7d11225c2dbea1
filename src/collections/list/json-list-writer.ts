import type { ServerResponse } from 'node:http';
import { indentJson } from '../../kube/indent-json.ts';
import type { StalledAnswers } from '../../limits/stalled-answers.ts';
import { PRIVATE } from '../../local/answer.ts';
import { contentTypeOf, type Form } from '../form.ts';
import type { ListState } from './list-job.ts';
import { drained, type ListMetadata, type ListWriter } from './list-writer.ts';

export interface JsonListOptions {
  readonly form: Form;
  /** As far as it is known when the first items come. */
  readonly state: ListState;
  /** For a list of which no server has said what it is. */
  readonly listKind: string;
  readonly apiVersion: string;
  /** Indented. */
  readonly isForPeople: boolean;
  readonly signal: AbortSignal;
  readonly tenantId: string;
  readonly stalled: StalledAnswers;
}

/** As much of a list is held before its beginning is sent: most lists are smaller, and look as upstream's do. */
const HELD_BYTES = 1024 * 1024;
const COMMA = Buffer.from(',');

/**
 * A list that is larger than what is held streams through: then its metadata, of which the cursor is known last, stands behind its
 * items. (RFC 8259, section 4: the members of an object have no order.)
 */
export class JsonListWriter implements ListWriter {
  readonly #response: ServerResponse;
  readonly #options: JsonListOptions;
  readonly #member: string;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #isFirst = true;
  #isStreaming = false;

  constructor(response: ServerResponse, options: JsonListOptions) {
    this.#response = response;
    this.#options = options;
    this.#member = options.form.shape === 'table' ? '"rows":[' : '"items":[';
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
      this.#response.writeHead(200, this.#headers());
      this.#response.write(this.#opening(this.#options.state) + this.#member);
    }
    await this.#flush();
  }

  end(state: ListState, metadata: ListMetadata): void {
    const meta = JSON.stringify(metadata);
    const columns = this.#options.form.shape === 'table' ? `"columnDefinitions":${state.columns ?? 'null'},` : '';
    if (this.#isStreaming) {
      for (const part of this.#held) this.#response.write(part);
      this.#response.end(`],${columns}"metadata":${meta}}\n`);
      return;
    }
    const before = Buffer.from(`${this.#opening(state)}"metadata":${meta},${columns}${this.#member}`);
    const compact = Buffer.concat([before, ...this.#held, Buffer.from(']}\n')]);
    const body = this.#options.isForPeople ? indentJson(compact) : compact;
    this.#response.writeHead(200, { ...this.#headers(), 'content-length': body.length }).end(body);
  }

  #headers(): Record<string, string> {
    return { 'content-type': contentTypeOf(this.#options.form, 'list'), 'cache-control': PRIVATE };
  }

  #opening(state: ListState): string {
    const kind = state.kind || this.#options.listKind;
    return `{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(state.apiVersion || this.#options.apiVersion)},`;
  }

  #hold(part: Buffer): void {
    this.#held.push(part);
    this.#heldBytes += part.length;
  }

  async #flush(): Promise<void> {
    const body = Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    const { signal, stalled, tenantId } = this.#options;
    if (!this.#response.write(body)) await drained(this.#response, signal, stalled, tenantId);
  }
}
