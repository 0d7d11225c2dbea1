/** Told of what a queue does, for metrics. */
export interface QueueObserver {
  onAdd(): void;
  onStart(waitedSeconds: number): void;
  /** `requeue_after`: it has to be looked at again at a time of its own choice. */
  onDone(key: string, seconds: number, result: 'success' | 'requeue_after' | 'error'): void;
}

/** A queue as it is at the moment. */
export interface QueueStanding {
  /** Keys that could be worked on at once, had a worker time. */
  readonly depth: number;
  readonly running: number;
  /** Keys whose last work failed. */
  readonly failing: number;
  readonly longestRunningSeconds: number;
}

const NOT_OBSERVED: QueueObserver = { onAdd() {}, onStart() {}, onDone() {} };

export interface QueueOptions {
  /** Brings what the key names into its wanted state. To be asked again later is no failure. */
  readonly work: (key: string) => Promise<{ retryAfterMs: number } | undefined>;
  readonly workers: number;
  /** Back-off of a key that fails: from the first to the last, doubling, each between half and the whole of it. */
  readonly firstDelayMs?: number;
  readonly lastDelayMs?: number;
  /** Told of each failure. */
  readonly onError: (key: string, thrown: unknown, retryInMs: number) => void;
  readonly random?: () => number;
  readonly observer?: QueueObserver | undefined;
}

/**
 * Keys that want work. A key is worked on by one worker at a time; added again while it waits it is one piece of work,
 * and added while it is worked on it is worked on once more. What a key stands for is read by the worker, never queued.
 */
export class WorkQueue {
  readonly #options: Required<QueueOptions>;
  readonly #observer: QueueObserver;
  /** Since when each waits, by performance.now(). */
  readonly #waiting = new Map<string, number>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #startedAt = new Map<string, number>();
  readonly #timers = new Map<string, { timer: NodeJS.Timeout; dueAt: number }>();
  readonly #failures = new Map<string, number>();
  #stopped = false;

  constructor(options: QueueOptions) {
    this.#options = { firstDelayMs: 200, lastDelayMs: 60_000, random: Math.random, observer: NOT_OBSERVED, ...options };
    this.#observer = options.observer ?? NOT_OBSERVED;
  }

  /** Wants work now, whatever the key waited for: something has changed. */
  add(key: string): void {
    if (this.#stopped) return;
    this.#cancelTimer(key);
    if (!this.#waiting.has(key)) {
      this.#waiting.set(key, performance.now());
      this.#observer.onAdd();
    }
    this.#startWorkers();
  }

  /** Wants work later; an earlier time that was asked for stays. */
  addAfter(key: string, milliseconds: number): void {
    if (this.#stopped || this.#waiting.has(key)) return;
    const dueAt = performance.now() + milliseconds;
    const planned = this.#timers.get(key);
    if (planned && planned.dueAt <= dueAt) return;
    this.#cancelTimer(key);
    this.#timers.set(key, { dueAt, timer: setTimeout(() => this.add(key), milliseconds) });
  }

  get standing(): QueueStanding {
    const oldest = Math.min(...this.#startedAt.values());
    return {
      depth: this.#waiting.size,
      running: this.#running.size,
      failing: this.#failures.size,
      longestRunningSeconds: this.#startedAt.size === 0 ? 0 : (performance.now() - oldest) / 1000,
    };
  }

  /** Starts nothing more; resolves when what runs has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    for (const key of [...this.#timers.keys()]) this.#cancelTimer(key);
    await Promise.all(this.#running.values());
  }

  #startWorkers(): void {
    for (const [key, addedAt] of this.#waiting) {
      if (this.#running.size >= this.#options.workers) return;
      if (this.#running.has(key)) continue;
      this.#waiting.delete(key);
      const startedAt = performance.now();
      this.#startedAt.set(key, startedAt);
      this.#observer.onStart((startedAt - addedAt) / 1000);
      this.#running.set(key, this.#run(key, startedAt));
    }
  }

  async #run(key: string, startedAt: number): Promise<void> {
    const { work, onError, firstDelayMs, lastDelayMs, random } = this.#options;
    let retryInMs: number | undefined;
    try {
      const outcome = await work(key);
      this.#failures.delete(key);
      retryInMs = outcome?.retryAfterMs;
      this.#observer.onDone(key, (performance.now() - startedAt) / 1000, outcome ? 'requeue_after' : 'success');
    } catch (thrown) {
      const failures = this.#failures.get(key) ?? 0;
      this.#failures.set(key, failures + 1);
      retryInMs = Math.min(lastDelayMs, firstDelayMs * 2 ** failures) * (0.5 + random() / 2);
      this.#observer.onDone(key, (performance.now() - startedAt) / 1000, 'error');
      onError(key, thrown, retryInMs);
    }
    this.#running.delete(key);
    this.#startedAt.delete(key);
    if (retryInMs !== undefined) this.addAfter(key, retryInMs);
    if (!this.#stopped) this.#startWorkers();
  }

  #cancelTimer(key: string): void {
    clearTimeout(this.#timers.get(key)?.timer);
    this.#timers.delete(key);
  }
}
