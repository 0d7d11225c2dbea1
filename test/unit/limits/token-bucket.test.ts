import assert from 'node:assert/strict';
import { assert as check, integer, property, record } from 'fast-check';
import { createLayout } from '../../../src/limits/shared-layout.ts';
import { type BucketSize, levelOf, takeToken } from '../../../src/limits/token-bucket.ts';

const SECOND = 1_000_000_000;

/** A bucket in a time of the test's own: what it lets through. */
function bucket(size: BucketSize) {
  const layout = createLayout(1, 1);
  let now = BigInt(SECOND);
  return {
    /** As many as there are of `kind`, now. */
    drain(kind: 'read' | 'write'): number {
      let taken = 0;
      while (takeToken(layout, 0, kind === 'write', size, () => now) === 0n) taken += 1;
      return taken;
    },
    take: (kind: 'read' | 'write') => takeToken(layout, 0, kind === 'write', size, () => now),
    level: () => levelOf(layout, 0, size, now),
    pass: (seconds: number) => {
      now += BigInt(Math.round(seconds * SECOND));
    },
  };
}

describe('the token bucket', () => {
  it('lets a whole burst through after a rest, of one kind as of both', () => {
    assert.equal(bucket({ requestsPerSecond: 10, burst: 20 }).drain('read'), 20);
    assert.equal(bucket({ requestsPerSecond: 10, burst: 20 }).drain('write'), 20);
    const both = bucket({ requestsPerSecond: 10, burst: 20 });
    let taken = 0;
    while (both.take(taken % 2 ? 'read' : 'write') === 0n) taken += 1;
    assert.equal(taken, 20);
  });

  it('says in how many nanoseconds the next one may come, and then it may', () => {
    const rates = bucket({ requestsPerSecond: 4, burst: 1 });
    assert.equal(rates.take('read'), 0n);
    const wait = rates.take('read');
    assert.ok(wait > 0n && wait <= 500_000_000n, String(wait));
    rates.pass(Number(wait) / SECOND);
    assert.equal(rates.take('read'), 0n);
  });

  it('gives one kind that asks as often as it can the whole rate, within 5%', () => {
    check(
      property(record({ requestsPerSecond: integer({ min: 1, max: 2000 }), burst: integer({ min: 1, max: 2000 }) }), (size) => {
        const rates = bucket(size);
        const seconds = 5 + (3 * size.burst) / size.requestsPerSecond;
        let [taken, passed] = [0, 0];
        while (passed < seconds) {
          const wait = Number(rates.take('write')) / SECOND;
          if (wait === 0) taken += 1;
          rates.pass(wait);
          passed += wait;
        }
        const offered = size.burst + size.requestsPerSecond * seconds;
        assert.ok(taken <= offered + 1, `${taken} of ${offered}`);
        assert.ok(taken >= offered * 0.95 - 2, `${taken} of ${offered}`);
      }),
      { numRuns: 50 },
    );
  });

  it('never lets through more than burst and rate, whatever comes of both kinds', () => {
    const rates = bucket({ requestsPerSecond: 50, burst: 100 });
    let taken = 0;
    for (let step = 0; step < 1000; step += 1) {
      rates.pass(0.01);
      for (let count = 0; count < 5; count += 1) for (const kind of ['write', 'read'] as const) if (rates.take(kind) === 0n) taken += 1;
    }
    assert.ok(taken <= 100 + 50 * 10 && taken >= 100 + 50 * 10 - 1, String(taken));
  });

  it('keeps room for kubectl beside a controller that writes as fast as it may', () => {
    const rates = bucket({ requestsPerSecond: 50, burst: 100 });
    for (let step = 0; step < 1000; step += 1) {
      rates.pass(0.01);
      rates.drain('write');
    }
    // A kubectl that asks ten things at once.
    assert.ok(rates.drain('read') >= 10);
    let [read, written] = [0, 0];
    for (let step = 0; step < 1000; step += 1) {
      rates.pass(0.01);
      // Twenty reads a second, always behind the writer.
      written += rates.drain('write');
      if (step % 5 === 0 && rates.take('read') === 0n) read += 1;
    }
    assert.ok(read >= 199, `${read} of 200 reads`);
    assert.ok(read + written >= 490 && read + written <= 511, `${read} + ${written}`);
  });

  it('lets the kind that asks less have what it asks, up to half, whoever has emptied the bucket', () => {
    for (const first of ['read', 'write'] as const) {
      const rates = bucket({ requestsPerSecond: 20, burst: 40 });
      rates.drain(first);
      const taken = { read: 0, write: 0 };
      const [greedy, modest] = first === 'read' ? (['write', 'read'] as const) : (['read', 'write'] as const);
      for (let step = 0; step < 400; step += 1) {
        rates.pass(0.01);
        taken[greedy] += rates.drain(greedy);
        // Eight a second, always behind the other kind.
        if (step % 12 === 0 && rates.take(modest) === 0n) taken[modest] += 1;
      }
      assert.ok(taken[modest] >= 30, `${taken[modest]} of 34 ${modest}s`);
      assert.ok(taken.read + taken.write >= 74 && taken.read + taken.write <= 81, JSON.stringify(taken));
    }
  });

  it('is not emptier than empty when the limit has changed', () => {
    const layout = createLayout(1, 1);
    let now = BigInt(SECOND);
    const take = (size: BucketSize) => takeToken(layout, 0, false, size, () => now);
    while (take({ requestsPerSecond: 1, burst: 100 }) === 0n);
    const faster = { requestsPerSecond: 10, burst: 10 };
    assert.notEqual(take(faster), 0n);
    assert.equal(levelOf(layout, 0, faster, now).tokens, 0);
    // Half of the rate is its own, and the rest comes when the bucket holds more than is kept.
    now += 200_000_000n;
    assert.equal(take(faster), 0n);
  });

  it('gives nothing back to a thread that was held up after it had looked at the clock', () => {
    const layout = createLayout(1, 1);
    const size = { requestsPerSecond: 10, burst: 10 };
    const now = BigInt(SECOND);
    while (takeToken(layout, 0, false, size, () => now) === 0n);
    const clock = [now - 500_000_000n];
    assert.notEqual(
      takeToken(layout, 0, true, size, () => clock.pop() ?? now),
      0n,
    );
    assert.equal(levelOf(layout, 0, size, now).tokens, 0);
  });

  it('tells what is left', () => {
    const rates = bucket({ requestsPerSecond: 10, burst: 20 });
    assert.deepEqual(rates.level(), { tokens: 20, untilFull: 0n });
    for (let count = 0; count < 5; count += 1) rates.take('read');
    assert.deepEqual(rates.level(), { tokens: 15, untilFull: 500_000_000n });
  });
});
