import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { readKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import type { Stack } from '../../helpers/stack.ts';
import { Http2Client } from './http2-client.ts';
import type { FloodData, FloodResult } from './limit-flood.ts';
import { quantile } from './quantile.ts';

const PATH = '/api/v1/namespaces/default/configmaps';
const WINDOW_MS = 1000;
/** Between two requests of the tenant that is measured. */
const PAUSE_MS = 5;

export interface Latency {
  readonly title: string;
  readonly requests: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

export interface Fairness extends FloodResult {
  readonly alone: Latency;
  /** Beside a tenant that asks as much as it may. */
  readonly atLimit: Latency;
  /** Beside one that asks ten times as much. */
  readonly above: Latency;
}

/** How long a tenant's reads take in short windows, by turns: alone, and beside a tenant at its rate and at ten times that. */
export async function measureFairness(
  stack: Stack,
  busy: { tenantId: string; requestsPerSecond: number },
  otherId: string,
  rounds: number,
): Promise<Fairness> {
  const other = await Http2Client.open(readKubeconfig(stack.kubeconfig({ tenant: otherId })));
  const workerData: FloodData = { kubeconfig: stack.kubeconfig({ tenant: busy.tenantId }), path: PATH };
  const flood = new Worker(new URL('limit-flood.ts', import.meta.url), { workerData });
  await once(flood, 'message');
  const rates = [0, busy.requestsPerSecond, 10 * busy.requestsPerSecond];
  const taken: number[][] = rates.map(() => []);
  await measureWindow(other, []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, rate] of rates.entries()) {
      flood.postMessage(rate);
      await measureWindow(other, taken[index]!);
    }
  }
  const result = once(flood, 'message') as Promise<[FloodResult]>;
  flood.postMessage('end');
  const [{ served, refused }] = await result;
  other.close();
  const latencyOf = (title: string, all: number[]): Latency => ({
    title,
    requests: all.length,
    p50: quantile(all, 0.5),
    p99: quantile(all, 0.99),
  });
  return {
    alone: latencyOf('alone', taken[0]!),
    atLimit: latencyOf('beside one at its rate', taken[1]!),
    above: latencyOf('beside one at ten times its rate', taken[2]!),
    served,
    refused,
  };
}

async function measureWindow(client: Http2Client, taken: number[]): Promise<void> {
  const endAt = performance.now() + WINDOW_MS;
  while (performance.now() < endAt) {
    const askedAt = performance.now();
    const { status } = await client.request('GET', PATH);
    if (status !== 200) throw new Error(`the other tenant was answered ${status}`);
    taken.push(performance.now() - askedAt);
    await delay(PAUSE_MS);
  }
}
