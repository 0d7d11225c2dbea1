import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Arrivals, WatchClientAnswer, WatchClientRequest, WatchTarget } from './watch-client.ts';

const PROGRAM = new URL('./watch-client.ts', import.meta.url);

/** The handle of a process that watches. One question at a time. */
export class WatchClientProcess {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = fork(PROGRAM, { serialization: 'advanced', execArgv: [] });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Opens all watches of the targets; resolves with their number when every one has begun. */
  async open(targets: readonly WatchTarget[]): Promise<number> {
    return ((await this.#ask({ ask: 'open', targets })) as { opened: number }).opened;
  }

  /** Of different events that have arrived since `take`. */
  async count(): Promise<number> {
    return ((await this.#ask({ ask: 'count' })) as { count: number }).count;
  }

  async take(): Promise<Arrivals> {
    return (await this.#ask({ ask: 'take' })) as Arrivals;
  }

  /** Ends the process, and with it its watches. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
  }

  async #ask(request: WatchClientRequest): Promise<WatchClientAnswer> {
    const settled = new AbortController();
    const { signal } = settled;
    const answered = once(this.#child, 'message', { signal }).then(([answer]) => answer as WatchClientAnswer);
    const died = once(this.#child, 'exit', { signal }).then((): never => {
      throw new Error('the process that watches has ended');
    });
    died.catch(() => {});
    this.#child.send(request);
    try {
      const answer = await Promise.race([answered, died]);
      if ('failure' in answer) throw new Error(answer.failure);
      return answer;
    } finally {
      settled.abort();
    }
  }
}
