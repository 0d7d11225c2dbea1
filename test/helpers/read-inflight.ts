import { waitUntil } from '../../src/launch/wait-until.ts';
import type { Stack } from './stack.ts';

/** Tokens of the tenant that are out, as the sidecar's own metrics say. Rejects while there is no sidecar. */
export async function readInflight(stack: Stack, tenantId: string): Promise<number> {
  const response = await fetch(`${stack.endpoints.admin}/metrics`, { signal: AbortSignal.timeout(5000) });
  const text = await response.text();
  if (!text.includes('# TYPE kubezoo_requests_inflight gauge')) throw new Error('the metrics say nothing of requests in flight');
  const line = new RegExp(`^kubezoo_requests_inflight\\{tenant="${tenantId}"\\} (\\d+)$`, 'm').exec(text);
  return line ? Number(line[1]) : 0;
}

/** Waits until exactly so many are out. */
export function awaitInflight(stack: Stack, tenantId: string, count: number): Promise<true> {
  let last: unknown;
  return waitUntil(
    `${count} requests of ${tenantId} in flight`,
    async () => {
      last = await readInflight(stack, tenantId).catch((error: unknown) => error);
      return last === count ? true : undefined;
    },
    { timeoutMs: 20_000, intervalMs: 20 },
  ).catch((error: unknown) => {
    throw new Error(`${error instanceof Error ? error.message : error}; last seen: ${last}`);
  });
}
