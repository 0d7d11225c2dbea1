import type { ProcessSpec } from './process-spec.ts';
import { type Folders, type OnUnexpectedEnd, SupervisedProcess } from './supervised-process.ts';

/** The child processes of one state folder; stopped in the opposite order of their start. */
export class Supervisor {
  readonly #folders: Folders;
  readonly #onUnexpectedEnd: OnUnexpectedEnd;
  readonly #processes: SupervisedProcess[] = [];
  #stopping: Promise<void> | undefined;

  constructor(folders: Folders, onUnexpectedEnd: OnUnexpectedEnd) {
    this.#folders = folders;
    this.#onUnexpectedEnd = onUnexpectedEnd;
  }

  get processes(): readonly SupervisedProcess[] {
    return this.#processes;
  }

  /** Throws an Error for a name that was never started. */
  process(name: string): SupervisedProcess {
    const found = this.#processes.find(({ spec }) => spec.name === name);
    if (!found) throw new Error(`no process is called ${name}`);
    return found;
  }

  /** Starts it; resolves when it is ready. */
  async start(spec: ProcessSpec, signal?: AbortSignal): Promise<void> {
    if (this.#stopping) throw new Error(`${spec.name} is not started: everything is being stopped`);
    const supervised = new SupervisedProcess(spec, this.#folders, this.#onUnexpectedEnd);
    this.#processes.push(supervised);
    await supervised.start(signal);
  }

  /** Ends all, the last started first. Asked twice, it is one stop. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    for (const supervised of this.#processes.toReversed()) await supervised.stop();
  }
}
