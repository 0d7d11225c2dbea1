import { readFileSync } from 'node:fs';
import type { Endpoints } from '../../launch/stack/start-gateway.ts';
import { homeAt } from '../../launch/state/home.ts';

const TIMEOUT_MS = 2_000;

/**
 * Requests under way by tenant, as the gateway of a state folder counts them: one replica's, not all. Undefined when it does
 * not answer: from elsewhere only the gateway's public port is in reach, and that tells nobody.
 */
export async function readInflight(homeFolder: string): Promise<ReadonlyMap<string, number> | undefined> {
  try {
    const { admin } = JSON.parse(readFileSync(homeAt(homeFolder).endpoints, 'utf8')) as Endpoints;
    const answer = await fetch(`${admin}/metrics`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return answer.ok ? parseInflight(await answer.text()) : undefined;
  } catch {
    // No file, no gateway, or another one in its place: the column stays empty.
    return undefined;
  }
}

/** Summed over what else the samples are parted by. */
export function parseInflight(metrics: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [, labels = '', value] of metrics.matchAll(/^kubezoo_requests_inflight\{([^}]*)\} (\S+)/gm)) {
    const tenantId = /(?:^|,)tenant="([^"]*)"/.exec(labels)?.[1];
    if (tenantId !== undefined) counts.set(tenantId, (counts.get(tenantId) ?? 0) + Number(value));
  }
  return counts;
}
