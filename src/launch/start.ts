import { isatty } from 'node:tty';
import { describeError } from './launch-error.ts';
import type { LaunchOptions } from './stack/launch-options.ts';
import { launchStack, type RunningStack } from './stack/launch-stack.ts';
import { welcomeLines } from './welcome.ts';

/** As a shell has it for a command that Ctrl-C ended. */
const INTERRUPTED = 130;

/**
 * `npm start`: starts everything, says so, and keeps it running until SIGINT or SIGTERM. Resolves with the exit code: 0 after an
 * orderly stop, 1 when the start failed, 130 when it was given up half-way.
 */
export async function start(options: Omit<LaunchOptions, 'renderer' | 'onMessage'>): Promise<number> {
  const stopRequest = stopOnSignal();
  let stack: RunningStack;
  try {
    stack = await launchStack({ ...options, renderer: 'auto', onMessage: (line) => console.error(line) }, stopRequest);
  } catch (error) {
    if (stopRequest.aborted) {
      console.error('\nstopped; nothing is left running');
      return INTERRUPTED;
    }
    console.error(`\n${describeError(error)}`);
    return 1;
  }
  for (const line of welcomeLines(stack.home, stack.endpoints, options.tenants)) console.log(line);
  console.log('kubezoo is ready');
  await aborted(stopRequest);
  console.log('\nstopping …');
  await stack.stop();
  console.log('stopped');
  return 0;
}

/**
 * Aborted at the first signal to stop; later ones change nothing, as the stop has its own time limits. The end of the process
 * that started this one counts too: nobody could stop it any more. A terminal that is closed counts for who has one: `nohup` leaves none,
 * and what it asks for, that SIGHUP be ignored, Node undoes at its start.
 */
function stopOnSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = () => controller.abort(new Error('the start was given up'));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  const hasTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor));
  process.on('SIGHUP', () => hasTerminal && stop());
  if (process.connected) {
    process.on('disconnect', stop);
    process.channel?.unref();
  }
  return controller.signal;
}

/** Keeps the process alive meanwhile. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const keepAlive = setInterval(() => {}, 1 << 30);
    signal.addEventListener('abort', () => {
      clearInterval(keepAlive);
      resolve();
    });
  });
}
