import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LaunchError } from '../launch-error.ts';
import { waitUntil } from '../wait-until.ts';
import { beginLog, tailLog } from './log-file.ts';
import type { ProcessSpec } from './process-spec.ts';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5000;
/** A process that lived this long was well: its next end counts as the first again. */
const WELL_AFTER_MS = 10_000;

export interface Folders {
  readonly logsDir: string;
  readonly runDir: string;
}

/** Told of each end that nobody asked for, and when the process will be started again. */
export type OnUnexpectedEnd = (name: string, how: string, delayMs: number) => void;

/** One child process: started, made sure to be ready, started again with growing pauses when it ends by itself, stopped. */
export class SupervisedProcess {
  readonly spec: ProcessSpec;
  readonly logFile: string;
  readonly #pidFile: string;
  readonly #onUnexpectedEnd: OnUnexpectedEnd;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #how = '';
  #wanted = false;
  #delayMs = FIRST_DELAY_MS;
  #timer: NodeJS.Timeout | undefined;

  constructor(spec: ProcessSpec, folders: Folders, onUnexpectedEnd: OnUnexpectedEnd = () => {}) {
    this.spec = spec;
    this.logFile = join(folders.logsDir, `${spec.name}.log`);
    this.#pidFile = join(folders.runDir, `${spec.name}.pid`);
    this.#onUnexpectedEnd = onUnexpectedEnd;
    mkdirSync(folders.logsDir, { recursive: true, mode: 0o700 });
    mkdirSync(folders.runDir, { recursive: true, mode: 0o700 });
  }

  /** Of the child that runs now. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when the process is ready. Throws a LaunchError with the end of its log when it ends before that or takes too long. */
  async start(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    beginLog(this.logFile);
    this.#spawn();
    try {
      await this.#waitReady(signal, true);
    } catch (error) {
      await this.stop();
      throw error;
    }
    // From here on it is started again when it ends: one that never worked would only fail again.
    this.#wanted = true;
  }

  /** SIGTERM, then SIGKILL; resolves when the process is gone. Not started again. */
  async stop(): Promise<void> {
    this.#wanted = false;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (!child) return;
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), this.spec.stopTimeoutMs ?? 10_000);
    await this.#ended;
    clearTimeout(force);
  }

  /** Stops the process and starts it anew; resolves when it is ready. */
  async restart(signal?: AbortSignal): Promise<void> {
    await this.stop();
    await this.start(signal);
  }

  /** Sends a signal and leaves the rest to supervision. Returns false when nothing runs. */
  kill(signal: NodeJS.Signals): boolean {
    return this.#child?.kill(signal) ?? false;
  }

  /** Resolves when the process that runs now, or its successor, says that it is ready. */
  async waitReady(signal?: AbortSignal): Promise<void> {
    await this.#waitReady(signal, false);
  }

  async #waitReady(signal: AbortSignal | undefined, failAtEnd: boolean): Promise<void> {
    const { name, ready, readyTimeoutMs = 60_000 } = this.spec;
    try {
      await waitUntil(
        `${name} to be ready`,
        async () => {
          if (!this.#child && failAtEnd) throw new Error(`${name} ended: ${this.#how}`);
          const answers = ready ? await ready() : this.#child?.pid !== undefined;
          // Asked last: while it ended, another process may have answered on its port.
          return answers && this.#child !== undefined;
        },
        { timeoutMs: readyTimeoutMs, signal },
      );
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      const message = error instanceof Error ? error.message : String(error);
      const end = tailLog(this.logFile, 100);
      const remedy = this.spec.remedies?.find(({ sign }) => end.includes(sign));
      if (remedy) throw new LaunchError(`${message}.`, `${remedy.hint}\nThe whole log: ${this.logFile}`, { cause: error });
      throw new LaunchError(`${message}. The end of its log:\n${tailLog(this.logFile)}`, `The whole log: ${this.logFile}`, {
        cause: error,
      });
    }
  }

  #spawn(): void {
    const log = openSync(this.logFile, 'a');
    // Its own process group: Ctrl-C at the terminal reaches the launcher alone, which stops its children in order.
    const child = spawn(this.spec.command, this.spec.args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...this.spec.env },
    });
    closeSync(log);
    const begun = performance.now();
    this.#child = child;
    if (child.pid !== undefined) writeFileSync(this.#pidFile, `${child.pid}\n`);
    this.#ended = new Promise((resolve) => {
      const end = (how: string) => {
        if (this.#child !== child) return;
        this.#child = undefined;
        this.#how = how;
        rmSync(this.#pidFile, { force: true });
        resolve();
        if (this.#wanted) this.#startAgain(performance.now() - begun);
      };
      child.once('error', (error) => end(error.message));
      child.once('exit', (code, signal) => end(signal ? `signal ${signal}` : `exit code ${code}`));
    });
  }

  #startAgain(livedMs: number): void {
    if (livedMs >= WELL_AFTER_MS) this.#delayMs = FIRST_DELAY_MS;
    const delayMs = this.#delayMs;
    this.#delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS);
    this.#onUnexpectedEnd(this.spec.name, this.#how, delayMs);
    this.#timer = setTimeout(() => this.#spawn(), delayMs);
  }
}
