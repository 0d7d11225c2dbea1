import { setImmediate as turn } from 'node:timers/promises';

/** Far more than anything here takes. Whoever waited on would keep the process from ending. */
const PATIENCE_MS = 6_000;

/** Lets everything else go on until the condition holds. @throws Error where it does not come */
export async function until(condition: () => boolean): Promise<void> {
  const started = process.hrtime.bigint();
  while (!condition()) {
    if (process.hrtime.bigint() - started > BigInt(PATIENCE_MS) * 1_000_000n)
      throw new Error(`what was waited for has not come: ${condition}`);
    await turn();
  }
}

/** Lets what is ready to run do so, timers apart: so that what must not come has had its chance to. */
export async function settle(turns = 20): Promise<void> {
  for (let count = 0; count < turns; count++) await turn();
}
