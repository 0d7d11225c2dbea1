/** The counts under real threads, which end where they stand. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createLimits, type Limits } from '../../../src/limits/limits.ts';
import type { HammerData, HammerResult } from './support/hammer.ts';

const HAMMER = new URL('support/hammer.ts', import.meta.url);
const TENANTS = ['demo01', 'demo02', 'demo03'];

describe('limits in threads', function () {
  this.timeout(120_000);
  const running: Worker[] = [];
  afterEach(() => Promise.all(running.splice(0).map((worker) => worker.terminate())));

  function hammer(limits: Limits, data: Omit<HammerData, 'buffer' | 'isWrite'> & { isWrite?: boolean }): Worker {
    const worker = new Worker(HAMMER, { workerData: { isWrite: false, ...data, buffer: limits.sharedBuffer } satisfies HammerData });
    running.push(worker);
    return worker;
  }
  const resultOf = async (worker: Worker): Promise<HammerResult> => {
    for (;;) {
      const [message] = (await once(worker, 'message')) as [Partial<HammerResult>];
      if (message.ended !== undefined) return message as HammerResult;
    }
  };
  const limitOf = (maxRequestsInflight: number) => ({ maxRequestsInflight, maxLongRunning: 1, rate: undefined });

  for (const limit of [1, 7]) {
    it(`a limit of ${limit} is reached and never exceeded, no thread starves, and all is given back`, async () => {
      const limits = createLimits({ workers: 3, slots: 4 });
      const noted = new SharedArrayBuffer(TENANTS.length * 8);
      const workers = [0, 1, 2].map((column) =>
        hammer(limits, { column, limits: limitOf(limit), tenantIds: TENANTS, depth: 4 * limit, attempts: 60_000, noted }),
      );
      const admitted = (await Promise.all(workers.map(resultOf))).map((result) => result.admitted);
      const words = new Int32Array(noted);
      for (const [index, tenantId] of TENANTS.entries()) {
        assert.equal(words[index * 2 + 1], limit, `${tenantId}: the most at a time`);
        assert.equal(limits.useOf(tenantId).inflight, 0);
      }
      for (const count of admitted) assert.ok(count > 600, `${admitted}`);
      assert.equal(limits.uses().length, TENANTS.length, 'threads that begin at once give each tenant one slot');
    });
  }

  it('a rate is what it says, and not a token more, by whichever thread and kind it is asked for', async () => {
    const rate = { requestsPerSecond: 2000, burst: 100 };
    const limits = createLimits({ workers: 3, slots: 4 });
    const workers = [0, 1, 2].map((column) =>
      hammer(limits, {
        column,
        limits: { ...limitOf(1000), rate },
        tenantIds: ['demo01'],
        depth: 1,
        attempts: undefined,
        seconds: 1,
        noted: new SharedArrayBuffer(8),
        isWrite: column === 0,
      }),
    );
    const results = await Promise.all(workers.map(resultOf));
    const begun = Math.min(...results.map((result) => Number(result.begun)));
    const ended = Math.max(...results.map((result) => Number(result.ended)));
    const expected = rate.burst + (rate.requestsPerSecond * (ended - begun)) / 1e9;
    const admitted = results.reduce((sum, result) => sum + result.admitted, 0);
    assert.ok(admitted <= expected + 1, `${admitted} of ${expected}`);
    // Threads that wait for a processor at its beginning and its end have nothing to do with it: half is far from nothing.
    assert.ok(admitted >= expected / 2, `${admitted} of ${expected}`);
  });

  it('what ended threads held is given back to the last one, round after round, beside a thread that goes on', async () => {
    const limits = createLimits({ workers: 3, slots: 4 });
    const noted = new SharedArrayBuffer(TENANTS.length * 8);
    const data = { limits: limitOf(1000), tenantIds: TENANTS, depth: 30, attempts: undefined, noted };
    const survivor = hammer(limits, { ...data, column: 2 });
    await once(survivor, 'message');
    for (let round = 0; round < 8; round += 1) {
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
