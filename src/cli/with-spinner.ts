import { Listr, ListrLogger, ProcessOutput } from 'listr2';
import { canRedraw } from '../launch/terminal.ts';

/**
 * Shows on a terminal that a long step goes on, and what it waits for, on stderr: stdout is the command's. Nothing is left of it
 * at the end, and nothing is written where no terminal is. Returns what `work` returns, throws what it throws.
 */
export async function withSpinner<T>(title: string, work: (update: (state: string) => void) => Promise<T>): Promise<T> {
  const { stderr } = process;
  if (!canRedraw(stderr)) return await work(() => undefined);
  let result: { readonly value: T } | undefined;
  const task = async (_: unknown, shown: { title?: string | undefined }) => {
    const value = await work((state) => {
      shown.title = state ? `${title}: ${state}` : title;
    });
    result = { value };
  };
  const logger = new ListrLogger({ processOutput: new ProcessOutput(stderr, stderr) });
  const list = new Listr([{ title, task }], {
    renderer: 'default',
    // Else it looks whether stdout is a terminal.
    forceTTY: true,
    registerSignalListeners: false,
    rendererOptions: { logger, clearOutput: true, showErrorMessage: false },
  });
  await list.run();
  return (result as { readonly value: T }).value;
}
