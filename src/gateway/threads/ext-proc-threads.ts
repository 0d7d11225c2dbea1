import { Worker } from 'node:worker_threads';
import { AggregatorRegistry, type Registry } from 'prom-client';
import type { FromThread, ThreadData, ThreadMetrics, ToThread } from './messages.ts';
import { ThreadNumbers } from './thread-numbers.ts';

const SCRIPT = new URL('./ext-proc-thread.ts', import.meta.url);
/** A thread that has ended is begun anew after this; the next one that ends at once, after twice as long, and so on. */
const FIRST_DELAY_MS = 100;
const LAST_DELAY_MS = 5_000;
/** A thread that has lived this long is worth beginning anew at once. */
const STABLE_MS = 10_000;
/** Of a thread that is busy for longer the metrics show what it last said. */
const METRICS_MS = 2_000;

export interface ThreadsOptions {
  readonly threads: readonly ThreadData[];
  /** Told when a thread has ended that should not have; it is begun anew by itself, when this has resolved. */
  readonly onEnd: (index: number, error: unknown) => Promise<void>;
  /** For tests. */
  readonly script?: URL;
}

interface Thread {
  readonly worker: Worker;
  readonly startedAt: number;
  /** None: it serves. */
  missing: readonly string[];
}

/** The threads that serve ext_proc, each on a socket of its own among which Envoy chooses. One that ends is begun anew. */
export class ExtProcThreads {
  readonly #options: ThreadsOptions;
  readonly #threads: (Thread | undefined)[];
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #failures: number[];
  readonly #numbers = new ThreadNumbers();
  #asked = 0;
  #closing = false;

  constructor(options: ThreadsOptions) {
    this.#options = options;
    this.#threads = options.threads.map(() => undefined);
    this.#failures = options.threads.map(() => 0);
    for (const index of options.threads.keys()) this.#start(index);
  }

  /** What threads are waiting for; none when all serve. */
  missing(): string[] {
    return this.#threads.flatMap((thread, index) => thread?.missing ?? [`threads: ${index} is being started\n`]);
  }

  /** Ends watches, in all threads, as upstream ends those whose time is over. New ones are still served. */
  endWatches(): void {
    for (const thread of this.#threads) thread?.worker.postMessage({ type: 'endWatches' } satisfies ToThread);
  }

  /** The numbers of all threads and of `own`, added up. */
  async metricsWith(own: Registry): Promise<Registry> {
    const asked = this.#threads.map(async (thread, index) => {
      const metrics = await this.#ask(thread);
      if (this.#threads[index] === thread) this.#numbers.heard(index, metrics);
    });
    const ownMetrics = (await own.getMetricsAsJSON()) as ThreadMetrics;
    await Promise.all(asked);
    return AggregatorRegistry.aggregate([ownMetrics, ...this.#numbers.all]);
  }

  /** Resolves when all have ended. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(this.#threads.map((thread) => thread && this.#drain(thread, graceMs)));
  }

  #start(index: number): void {
    const worker = new Worker(this.#options.script ?? SCRIPT, { workerData: this.#options.threads[index], name: `ext-proc ${index}` });
    const thread: Thread = { worker, startedAt: performance.now(), missing: [`threads: ${index} is being started\n`] };
    this.#threads[index] = thread;
    let failure: unknown;
    worker.on('message', (message: FromThread) => {
      if (message.type === 'state') thread.missing = message.missing;
    });
    worker.on('error', (error) => {
      failure = error;
    });
    worker.once('exit', (code) => {
      this.#threads[index] = undefined;
      if (this.#closing) return;
      const lived = performance.now() - thread.startedAt;
      void Promise.all([
        this.#options.onEnd(index, failure ?? new Error(`the thread has ended with ${code}`)),
        this.#numbers.retire(index),
      ]).then(() => this.#closing || this.#startLater(index, lived));
    });
  }

  #startLater(index: number, livedMs: number): void {
    const failures = livedMs > STABLE_MS ? 0 : this.#failures[index]!;
    this.#failures[index] = failures + 1;
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        this.#start(index);
      },
      Math.min(LAST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures),
    );
    this.#timers.add(timer);
  }

  #ask(thread: Thread | undefined): Promise<ThreadMetrics | undefined> {
    if (!thread) return Promise.resolve(undefined);
    const id = this.#asked++;
    const { worker } = thread;
    return new Promise((resolve) => {
      const done = (metrics: ThreadMetrics | undefined) => {
        clearTimeout(timer);
        worker.off('message', listen);
        resolve(metrics);
      };
      const listen = (message: FromThread) => message.type === 'metrics' && message.id === id && done(message.metrics);
      const timer = setTimeout(done, METRICS_MS, undefined);
      worker.on('message', listen);
      worker.postMessage({ type: 'metrics', id } satisfies ToThread);
    });
  }

  #drain({ worker }: Thread, graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const kill = setTimeout(() => void worker.terminate(), graceMs + 2_000);
      worker.once('exit', () => {
        clearTimeout(kill);
        resolve();
      });
      worker.postMessage({ type: 'drain', graceMs } satisfies ToThread);
    });
  }
}
