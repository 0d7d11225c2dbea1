import { Listr } from 'listr2';
import type { Progress } from '../progress.ts';
import { canRedraw } from '../terminal.ts';

/** `auto`: a moving display on a terminal, plain lines elsewhere. */
export type StepRenderer = 'auto' | 'silent';

export interface Step<T> {
  readonly title: string;
  /** The signal is aborted when a step beside it has failed. */
  readonly run: (progress: Progress, signal: AbortSignal) => Promise<T>;
}

/** Where nothing can be overwritten, a state that changes all the time is printed this often. */
const PLAIN_UPDATE_MS = 30_000;

/** Shows steps while they run. */
export class Steps {
  readonly #renderer: StepRenderer;

  constructor(renderer: StepRenderer) {
    this.#renderer = renderer;
  }

  async one<T>(title: string, run: Step<T>['run']): Promise<T> {
    const [result] = await this.all([{ title, run }]);
    return result as T;
  }

  /** Runs all at once; resolves with their results in order. The first failure gives up the others; rejects with it when all have come to an end. */
  async all<T>(steps: readonly Step<T>[]): Promise<T[]> {
    const results: T[] = [];
    const failures: unknown[] = [];
    const giveUp = new AbortController();
    const tasks = steps.map(({ title, run }, index) => ({
      title,
      task: async (_: unknown, task: ShownTask) => {
        try {
          results[index] = await run(progressOf(task, title), giveUp.signal);
          if (task.title !== title) task.title = title;
        } catch (error) {
          failures.push(error);
          giveUp.abort(new Error('given up'));
          // Shown in full at the end, by whoever asked for the steps.
          throw new Error(firstLine(error));
        }
      },
      rendererOptions: { persistentOutput: true, outputBar: Number.POSITIVE_INFINITY },
    }));
    const list = new Listr(tasks, {
      concurrent: true,
      exitOnError: false,
      // Signals are the launcher's business: it stops what it started.
      registerSignalListeners: false,
      renderer: 'default',
      fallbackRenderer: 'simple',
      fallbackRendererCondition: () => !canRedraw(process.stdout),
      silentRendererCondition: this.#renderer === 'silent',
      rendererOptions: { showErrorMessage: false },
    });
    await list.run();
    if (failures.length > 0) throw failures[0];
    return results;
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n', 1)[0] ?? '';
}

/** What is used of listr2's task. */
interface ShownTask {
  title?: string | undefined;
  output: string;
}

function progressOf(task: ShownTask, title: string): Progress {
  const plain = !canRedraw(process.stdout);
  let printed = Date.now();
  return {
    note: (line) => {
      task.output = line;
    },
    update: (line) => {
      if (!plain) task.title = `${title}: ${line}`;
      else if (Date.now() - printed >= PLAIN_UPDATE_MS) {
        printed = Date.now();
        task.output = line;
      }
    },
  };
}
