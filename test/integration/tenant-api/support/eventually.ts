import { setTimeout as delay } from 'node:timers/promises';

/** Repeats `attempt` until it does not throw; throws its last error after `timeoutMs`. */
export async function eventually<T>(attempt: () => T | Promise<T>, timeoutMs = 10_000): Promise<T> {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (thrown) {
      if (performance.now() > giveUpAt) throw thrown;
    }
    await delay(20);
  }
}
