import { setTimeout as delay } from 'node:timers/promises';

/** Waits so long, or until the signal aborts; whoever waits in a loop looks at the signal himself. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(milliseconds, undefined, { signal });
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
}
