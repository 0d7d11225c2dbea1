import { type AuditEvent, summedEvent, TENANT_ANNOTATION } from './audit-event.ts';

export interface SumOptions {
  readonly write: (event: AuditEvent) => void;
  /** Of events that are alike (tenant, code and reason), so many a window are written as they are. */
  readonly whole?: number;
  readonly windowMs?: number;
}

interface Window {
  whole: number;
  summed: { first: AuditEvent; last: AuditEvent; count: number } | undefined;
}

/** Different kinds of refusal of one window, over all tenants; what is beyond them is summed as one more. */
const MAX_WINDOWS = 10_000;

/**
 * Keeps a flood of refusals from filling the disk: of those of one tenant with one code and reason the first few of each second are
 * written, and the rest of that second as one event that says how many it stands for. Requests over a limit come in floods by their nature,
 * so of 429s only the first is written by itself.
 */
export class SumEvents {
  readonly #options: Required<SumOptions>;
  readonly #windows = new Map<string, Window>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SumOptions) {
    this.#options = { whole: 20, windowMs: 1_000, ...options };
  }

  /** @param count how many requests it stands for */
  add(event: AuditEvent, count = 1): void {
    const status = event.responseStatus;
    const whole = status?.code === 429 ? 1 : this.#options.whole;
    const window = this.#windowOf([event.annotations?.[TENANT_ANNOTATION], status?.code, status?.reason].join());
    this.#timer ??= setTimeout(() => this.flush(), this.#options.windowMs).unref();
    if (window.whole < whole && count === 1) {
      window.whole++;
      this.#options.write(event);
    } else if (window.summed) {
      window.summed.last = event;
      window.summed.count += count;
    } else window.summed = { first: event, last: event, count };
  }

  /** Ends the window. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const windows = [...this.#windows.values()];
    this.#windows.clear();
    for (const { summed } of windows) {
      if (summed) this.#options.write(summed.count === 1 ? summed.last : summedEvent(summed.first, summed.last, summed.count));
    }
  }

  #windowOf(key: string): Window {
    const full = this.#windows.size >= MAX_WINDOWS;
    const own = this.#windows.get(key);
    if (own) return own;
    const other = full ? this.#windows.get('') : undefined;
    if (other) return other;
    const window: Window = { whole: 0, summed: undefined };
    this.#windows.set(full ? '' : key, window);
    return window;
  }
}
