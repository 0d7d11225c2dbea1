import type { HeaderMutation, HeaderValue } from './protocol.ts';

/** Headers of a message as Envoy sent them: names in lower case, repeated ones apart. */
export class HeaderView {
  readonly #headers: readonly HeaderValue[];

  constructor(headers: readonly HeaderValue[] | undefined) {
    this.#headers = headers ?? [];
  }

  /** The first value of that name, or undefined. `name` in lower case; pseudo headers with their colon. */
  get(name: string): string | undefined {
    for (const header of this.#headers) if (header.key === name) return textOf(header);
    return undefined;
  }

  all(name: string): string[] {
    return this.#headers.filter((header) => header.key === name).map(textOf);
  }

  names(): string[] {
    return this.#headers.map((header) => header.key);
  }

  /** Every line, in the order in which they came. */
  lines(): [name: string, value: string][] {
    return this.#headers.map((header) => [header.key, textOf(header)]);
  }
}

function textOf(header: HeaderValue): string {
  return header.raw_value?.length ? header.raw_value.toString('utf8') : (header.value ?? '');
}

/** Collects what is to be changed about the headers of one message. */
export class HeaderChanges {
  readonly #set: NonNullable<HeaderMutation['set_headers']> = [];
  readonly #remove: string[] = [];

  /** In the place of whatever stands under that name. */
  set(key: string, value: string): this {
    this.#set.push({ header: { key, raw_value: Buffer.from(value) }, append: { value: false } });
    return this;
  }

  /** One line a value. Envoy carries out removals first, so the client's own lines go. */
  setAll(key: string, values: readonly string[]): this {
    this.remove(key);
    // `append` and not `append_action`: of several values the latter keeps only the last.
    for (const value of values) this.#set.push({ header: { key, raw_value: Buffer.from(value) }, append: { value: true } });
    return this;
  }

  remove(key: string): this {
    this.#remove.push(key);
    return this;
  }

  build(): HeaderMutation {
    return { set_headers: this.#set, remove_headers: this.#remove };
  }
}
