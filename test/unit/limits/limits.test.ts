import assert from 'node:assert/strict';
import { KubeError } from '../../../src/errors.ts';
import type { EffectiveLimits } from '../../../src/limits/effective-limits.ts';
import { LimitExceeded } from '../../../src/limits/limit-exceeded.ts';
import { attachLimits, createLimits, type Grant, type Limits } from '../../../src/limits/limits.ts';
import { SharedLayout, Slot } from '../../../src/limits/shared-layout.ts';
import { SlotTable } from '../../../src/limits/slot-table.ts';
import { keyOfTenant } from '../../../src/limits/tenant-key.ts';

const READ = { isLongRunning: false, isWrite: false };
const WATCH = { isLongRunning: true, isWrite: false };
const limitsOf = (limits: Partial<EffectiveLimits> = {}): EffectiveLimits => ({
  maxRequestsInflight: 2,
  maxLongRunning: 1,
  rate: undefined,
  ...limits,
});

function refusal(limits: Limits, of: EffectiveLimits, kind = READ, tenantId = 'demo01'): LimitExceeded {
  try {
    limits.admit(tenantId, of, kind);
  } catch (thrown) {
    assert.ok(thrown instanceof LimitExceeded, String(thrown));
    return thrown;
  }
  throw new Error('it was let in');
}

describe('Limits', () => {
  it('let as many in as the limit says, of each tenant and each kind', () => {
    const limits = createLimits({ slots: 16 });
    const first = limits.admit('demo01', limitsOf(), READ);
    limits.admit('demo01', limitsOf(), READ);
    assert.equal(refusal(limits, limitsOf()).limit, 'inflight');
    limits.admit('demo01', limitsOf(), WATCH);
    assert.equal(refusal(limits, limitsOf(), WATCH).limit, 'longRunning');
    limits.admit('demo02', limitsOf(), READ);
    first.release();
    limits.admit('demo01', limitsOf(), READ);
    assert.deepEqual(limits.useOf('demo01'), {
      tenantId: 'demo01',
      inflight: 2,
      longRunning: 1,
      refused: { inflight: 1, longRunning: 1, rate: 0 },
    });
  });

  it('take back once', () => {
    const limits = createLimits({ slots: 16 });
    const grant = limits.admit('demo01', limitsOf(), READ);
    limits.admit('demo01', limitsOf(), READ);
    grant.release();
    grant.release();
    assert.equal(limits.useOf('demo01').inflight, 1);
  });

  it('follow a limit that was lowered', () => {
    const limits = createLimits({ slots: 16 });
    for (let count = 0; count < 5; count += 1) limits.admit('demo01', limitsOf({ maxRequestsInflight: 5 }), READ);
    assert.equal(refusal(limits, limitsOf({ maxRequestsInflight: 1 })).limit, 'inflight');
  });

  it('refuse above the rate, hold nothing then, and say when to come again', () => {
    const limits = createLimits({ slots: 16 });
    const rate = { requestsPerSecond: 1, burst: 10 };
    for (let count = 0; count < 10; count += 1) limits.admit('demo01', limitsOf({ rate }), READ).release();
    const refused = refusal(limits, limitsOf({ rate }));
    assert.equal(refused.limit, 'rate');
    // One token is kept for writes: it is refilled first.
    assert.equal(refused.details?.retryAfterSeconds, 2);
    assert.match(refused.message, /1 a second .* 10 at once/);
    assert.equal(limits.useOf('demo01').inflight, 0);
    const slow = { requestsPerSecond: 1, burst: 1 };
    limits.admit('demo02', limitsOf({ rate: slow }), WATCH);
    assert.equal(refusal(limits, limitsOf({ rate: slow }), READ, 'demo02').limit, 'rate', 'the beginning of a watch counts');
  });

  it('do not take a token for what is over another limit', () => {
    const limits = createLimits({ slots: 16 });
    const of = limitsOf({ maxRequestsInflight: 1, rate: { requestsPerSecond: 1, burst: 2 } });
    const held = limits.admit('demo01', of, READ);
    for (let count = 0; count < 5; count += 1) assert.equal(refusal(limits, of).limit, 'inflight');
    held.release();
    limits.admit('demo01', of, READ);
  });

  it('tell where a tenant stands', () => {
    const limits = createLimits({ slots: 16 });
    const of = limitsOf({ rate: { requestsPerSecond: 10, burst: 40 } });
    const grant = limits.admit('demo01', of, READ);
    assert.deepEqual(grant.headers(), [
      ['ratelimit-policy', '"inflight";q=2;qu="concurrent-requests", "rate";q=40;w=4'],
      ['ratelimit', '"inflight";r=1, "rate";r=39;t=1'],
    ]);
    limits.admit('demo01', of, READ);
    assert.match(Object.fromEntries(refusal(limits, of).headers).ratelimit!, /^"inflight";r=0, /);
    assert.deepEqual(limits.admit('demo01', limitsOf(), WATCH).headers(), [
      ['ratelimit-policy', '"long-running";q=1;qu="concurrent-requests"'],
      ['ratelimit', '"long-running";r=0'],
    ]);
  });

  it('let nobody in who cannot be counted', () => {
    const limits = createLimits({ slots: 2 });
    limits.admit('demo01', limitsOf(), READ);
    limits.admit('demo02', limitsOf(), READ);
    assert.throws(
      () => limits.admit('demo03', limitsOf(), READ),
      (error) => error instanceof KubeError && error.code === 503,
    );
    assert.equal(limits.unslotted, 1);
    limits.admit('demo01', limitsOf(), READ);
    limits.sweep((tenantId) => tenantId !== 'demo02');
    assert.throws(() => limits.admit('demo03', limitsOf(), READ), 'what is held keeps its slot');
  });

  it('give this replica its part: of requests, of the burst, and of the rate with it', () => {
    const limits = createLimits({ slots: 16 });
    const shares = [0, 1, 2].map((index) => {
      limits.setDivisions([{ count: 3, index }]);
      const grants: Grant[] = [];
      assert.throws(() => {
        for (;;) grants.push(limits.admit('demo01', limitsOf({ maxRequestsInflight: 10 }), READ));
      }, LimitExceeded);
      for (const grant of grants) grant.release();
      return grants.length;
    });
    assert.deepEqual(shares.sort(), [3, 3, 4]);
    const rate = { requestsPerSecond: 100, burst: 1 };
    const letIn = [0, 1, 2].filter((index) => {
      const gateway = createLimits({ slots: 16 });
      gateway.setDivisions([{ count: 3, index }]);
      const standing = refusedOrGranted(gateway, limitsOf({ maxRequestsInflight: 9, rate }));
      assert.match(standing, /"rate";r=0/, 'the one token there was is gone, and two gateways have none of the bucket');
      return gateway.useOf('demo01').refused.rate === 0;
    });
    assert.equal(letIn.length, 1);
    limits.setDivisions([]);
    assert.equal(refusal(limits, limitsOf({ maxRequestsInflight: 1000 })).limit, 'inflight');
  });

  it('want a turn where this replica has nothing of a limit, and give no token for which another may have given one', () => {
    const limits = createLimits({ slots: 16 });
    const of = limitsOf({ maxRequestsInflight: 9, rate: { requestsPerSecond: 1, burst: 1 } });
    assert.equal(limits.takeWish(), false);
    const index = [0, 1].find((candidate) => {
      limits.setDivisions([{ count: 2, index: candidate }]);
      return refusedOrGranted(limits, of).includes('"rate";r=0');
    })!;
    // One of the two indexes has the token; the other one has nothing.
    for (const candidate of [0, 1]) {
      limits.setDivisions([{ count: 2, index: candidate }]);
      assert.throws(() => limits.admit('demo01', of, READ), LimitExceeded, `index ${candidate}, first ${index}`);
    }
    assert.equal(limits.takeWish(), true);
    assert.equal(limits.takeWish(), false);
    limits.setDivisions([{ count: 3, index: 0 }]);
    const small = limitsOf({ maxRequestsInflight: 1 });
    const shares = [0, 1, 2].filter((candidate) => {
      limits.setDivisions([{ count: 3, index: candidate }]);
      try {
        limits.admit('demo02', small, READ).release();
        return true;
      } catch {
        return false;
      }
    });
    assert.equal(shares.length, 1);
    assert.equal(limits.takeWish(), true);
  });

  describe('after the death of a thread', () => {
    it('have what the others hold, and no more', async () => {
      const limits = createLimits({ workers: 2, slots: 16 });
      const [one, two] = [attachLimits(limits.sharedBuffer, 0), attachLimits(limits.sharedBuffer, 1)];
      const of = limitsOf({ maxRequestsInflight: 10, maxLongRunning: 10 });
      for (const tenantId of ['demo01', 'demo02']) {
        for (let count = 0; count < 3; count += 1) one.admit(tenantId, of, READ);
        for (let count = 0; count < 2; count += 1) two.admit(tenantId, of, WATCH);
      }
      const kept = two.admit('demo01', of, READ);
      await limits.releaseAll(0);
      assert.deepEqual([limits.useOf('demo01').inflight, limits.useOf('demo01').longRunning], [1, 2]);
      assert.deepEqual([limits.useOf('demo02').inflight, limits.useOf('demo02').longRunning], [0, 2]);
      kept.release();
      await limits.releaseAll(1);
      assert.deepEqual(
        limits.uses().map(({ inflight, longRunning }) => inflight + longRunning),
        [0, 0],
      );
      await limits.releaseAll(1);
      assert.equal(limits.useOf('demo01').inflight, 0);
    });

    // What a thread leaves when it dies between two instructions: the total was changed and its column not, or its column and not the total.
    for (const [when, total, column] of [
      ['had added to the total only', 1, 0],
      ['had taken off its column only', 1, 0],
      ['had changed both and not left', 1, 1],
      ['had announced the slot only', 0, 0],
    ] as const) {
      it(`are right where it ${when}`, async () => {
        const limits = createLimits({ workers: 2, slots: 16 });
        const other = attachLimits(limits.sharedBuffer, 1);
        other.admit('demo01', limitsOf({ maxRequestsInflight: 10 }), READ);
        const layout = new SharedLayout(limits.sharedBuffer);
        const table = new SlotTable(layout, 0);
        const slot = table.enter(keyOfTenant('demo01'))!;
        layout.words[layout.slotWord(slot) + Slot.counts]! += total;
        layout.words[layout.columnWord(0, slot, 0)]! += column;
        await limits.releaseAll(0);
        assert.equal(limits.useOf('demo01').inflight, 1);
        assert.deepEqual(limits.busyColumns(), []);
      });
    }

    it('are right as well where two die, each in the middle of a change', async () => {
      const limits = createLimits({ workers: 2, slots: 16 });
      limits.admit('demo01', limitsOf({ maxRequestsInflight: 10 }), READ);
      const layout = new SharedLayout(limits.sharedBuffer);
      const slot = [0, 1].map((column) => new SlotTable(layout, column).enter(keyOfTenant('demo01'))!)[0]!;
      layout.words[layout.slotWord(slot) + Slot.counts]! += 2;
      const first = limits.releaseAll(0);
      assert.equal(limits.useOf('demo01').inflight, 3, 'the second one seems to be at work');
      await Promise.all([first, limits.releaseAll(1)]);
      assert.equal(limits.useOf('demo01').inflight, 1);
    });
  });
});

function refusedOrGranted(limits: Limits, of: EffectiveLimits): string {
  try {
    const grant = limits.admit('demo01', of, READ);
    const text = Object.fromEntries(grant.headers()).ratelimit!;
    grant.release();
    return text;
  } catch (thrown) {
    return Object.fromEntries((thrown as LimitExceeded).headers).ratelimit!;
  }
}
