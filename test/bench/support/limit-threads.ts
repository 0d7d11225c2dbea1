import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createLimits, type Limits } from '../../../src/limits/limits.ts';
import type { HammerData, HammerResult } from '../../unit/limits/support/hammer.ts';
import type { Accuracy, RateAccuracy } from './limit-accuracy.ts';

const HAMMER = new URL('../../unit/limits/support/hammer.ts', import.meta.url);
const TENANT = 'demo01';

/** Threads that take and give back as fast as they can. */
export async function measureThreads(limit: number, threads: number): Promise<Accuracy> {
  const limits = createLimits({ workers: threads });
  const noted = new SharedArrayBuffer(8);
  const workers = Array.from({ length: threads }, (_, column) =>
    start(limits, {
      column,
      limits: { maxRequestsInflight: limit, maxLongRunning: 1, rate: undefined },
      tenantIds: [TENANT],
      depth: limit,
      attempts: 2_000_000,
      noted,
      isWrite: false,
    }),
  );
  await Promise.all(workers.map(resultOf));
  return { title: `${threads} threads`, limit, most: new Int32Array(noted)[1]! };
}

/** Half of the threads write, half of them read, as fast as they can. */
export async function measureThreadRate(
  rate: { requestsPerSecond: number; burst: number },
  threads: number,
  seconds: number,
): Promise<RateAccuracy> {
  const limits = createLimits({ workers: threads });
  const workers = Array.from({ length: threads }, (_, column) =>
    start(limits, {
      column,
      limits: { maxRequestsInflight: 1000, maxLongRunning: 1, rate },
      tenantIds: [TENANT],
      depth: 1,
      attempts: undefined,
      seconds,
      noted: new SharedArrayBuffer(8),
      isWrite: column % 2 === 1,
    }),
  );
  const results = await Promise.all(workers.map(resultOf));
  const from = Math.min(...results.map(({ begun }) => Number(begun)));
  const to = Math.max(...results.map(({ ended }) => Number(ended)));
  const passed = (to - from) / 1e9;
  return {
    title: `${rate.requestsPerSecond}/s, burst ${rate.burst}, ${threads} threads`,
    seconds: passed,
    offered: results.reduce((sum, { attempts }) => sum + attempts, 0),
    admitted: results.reduce((sum, { admitted }) => sum + admitted, 0),
    expected: rate.burst + rate.requestsPerSecond * passed,
  };
}

function start(limits: Limits, data: Omit<HammerData, 'buffer'>): Worker {
  return new Worker(HAMMER, { workerData: { ...data, buffer: limits.sharedBuffer } satisfies HammerData });
}

async function resultOf(worker: Worker): Promise<HammerResult> {
  for (;;) {
    const [message] = (await once(worker, 'message')) as [Partial<HammerResult>];
    if (message.ended !== undefined) return message as HammerResult;
  }
}
