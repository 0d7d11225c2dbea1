/** The counts under real threads, which end where they stand. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createLimits, type Limits } from '../../../src/limits/limits.ts';
import type { HammerData } from './support/hammer.ts';

const HAMMER = new URL('support/hammer.ts', import.meta.url);
const TENANTS = ['demo01', 'demo02', 'demo03'];

describe('limits in threads', function () {
  this.timeout(60_000);
  const running: Worker[] = [];
  afterEach(() => Promise.all(running.splice(0).map((worker) => worker.terminate())));

  function hammer(limits: Limits, data: Omit<HammerData, 'buffer' | 'isWrite'>): Worker {
    const worker = new Worker(HAMMER, { workerData: { ...data, buffer: limits.sharedBuffer, isWrite: false } satisfies HammerData });
    running.push(worker);
    return worker;
  }
  const admittedBy = async (worker: Worker): Promise<number> => {
    for (;;) {
      const [message] = (await once(worker, 'message')) as [{ admitted?: number }];
      if (message.admitted !== undefined) return message.admitted;
    }
  };
  const limitOf = (maxRequestsInflight: number) => ({ maxRequestsInflight, maxLongRunning: 1, rate: undefined });

  for (const limit of [1, 7]) {
    it(`a limit of ${limit} is reached and never exceeded, no thread starves, and all is given back`, async () => {
      const limits = createLimits({ workers: 3, slots: 4 });
      const noted = new SharedArrayBuffer(TENANTS.length * 8);
      const workers = [0, 1, 2].map((column) =>
        hammer(limits, { column, limits: limitOf(limit), tenantIds: TENANTS, depth: 4 * limit, attempts: 200_000, noted }),
      );
      const admitted = await Promise.all(workers.map(admittedBy));
      const words = new Int32Array(noted);
      for (const [index, tenantId] of TENANTS.entries()) {
        assert.equal(words[index * 2 + 1], limit, `${tenantId}: the most at a time`);
        assert.equal(limits.useOf(tenantId).inflight, 0);
      }
      for (const count of admitted) assert.ok(count > 2000, `${admitted}`);
      assert.equal(limits.uses().length, TENANTS.length, 'threads that begin at once give each tenant one slot');
    });
  }

  it('what ended threads held is given back to the last one, round after round, beside a thread that goes on', async () => {
    const limits = createLimits({ workers: 3, slots: 4 });
    const noted = new SharedArrayBuffer(TENANTS.length * 8);
    const data = { limits: limitOf(1000), tenantIds: TENANTS, depth: 30, attempts: undefined, noted };
    const survivor = hammer(limits, { ...data, column: 2 });
    await once(survivor, 'message');
    for (let round = 0; round < 12; round += 1) {
      const doomed = [0, 1].map((column) => hammer(limits, { ...data, column }));
      await Promise.all(doomed.map((worker) => once(worker, 'message')));
      // In the midst of whatever they do.
      await Promise.all(doomed.map((worker) => worker.terminate()));
      await Promise.all([limits.releaseAll(0), limits.releaseAll(1)]);
      const held = limits.uses().reduce((sum, { inflight }) => sum + inflight, 0);
      // Read one after another, while that thread goes on.
      assert.ok(held <= 30 + TENANTS.length, `round ${round}: ${held} held, by a thread that holds 30 at most`);
    }
    await survivor.terminate();
    await limits.releaseAll(2);
    assert.deepEqual(
      limits.uses().map(({ inflight }) => inflight),
      TENANTS.map(() => 0),
    );
    limits.sweep(() => false);
    assert.equal(limits.uses().length, 0);
  });
});
