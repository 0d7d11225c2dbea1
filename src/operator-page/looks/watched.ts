import { visibleText } from '../visible-text.ts';

/** What was seen at the last look. */
export interface Sight<T> {
  /** Undefined: it could not be seen; `error` says why. */
  readonly value: T | undefined;
  readonly error: string | undefined;
  /** Since when (milliseconds of the epoch) it is as it is, as far as was looked. */
  readonly since: number;
}

/** Looks at something every few seconds, and knows since when it is as it is. */
export class Watched<T> {
  readonly #look: () => Promise<T>;
  readonly #timer: NodeJS.Timeout;
  #sight: Sight<T> | undefined;
  #isLooking = false;

  constructor(look: () => Promise<T>, everyMs: number) {
    this.#look = look;
    this.#timer = setInterval(() => void this.#again(), everyMs).unref();
    void this.#again();
  }

  /** Undefined before the first look. */
  get sight(): Sight<T> | undefined {
    return this.#sight;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #again(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      this.#see(await this.#look(), undefined);
    } catch (thrown) {
      this.#see(undefined, visibleText(thrown instanceof Error ? thrown.message : String(thrown), 512));
    } finally {
      this.#isLooking = false;
    }
  }

  #see(value: T | undefined, error: string | undefined): void {
    const before = this.#sight;
    // How a failure is worded may change from look to look.
    const isSame = before && (error === undefined ? JSON.stringify(before.value) === JSON.stringify(value) : before.error !== undefined);
    this.#sight = { value, error, since: isSame ? before.since : Date.now() };
  }
}
