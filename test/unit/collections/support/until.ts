import { setImmediate as turn } from 'node:timers/promises';

/** Lets everything else go on until the condition holds; mocha's time limit is the limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

/** Lets what is ready to run do so, timers apart: so that what must not come has had its chance to. */
export async function settle(turns = 20): Promise<void> {
  for (let count = 0; count < turns; count++) await turn();
}
