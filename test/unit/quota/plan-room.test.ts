import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Amounts, amountOf } from '../../../src/quota/amounts.ts';
import {
  claimOf,
  decodeLedger,
  encodeLedger,
  freeRoom,
  type Ledger,
  planShrink,
  type Share,
  totalUsed,
  withGrants,
} from '../../../src/quota/ledger.ts';
import { planRoom } from '../../../src/quota/plan-room.ts';
import { ONE } from '../../../src/quota/quantity.ts';

const KEYS = ['pods', 'requests.cpu'];
const PODS = { group: '', version: 'v1', resource: 'pods' };
const NAMES = ['t-a', 't-b', 't-c'];

const amount = (most: number) => fc.integer({ min: 0, max: most }).map((units) => BigInt(units) * ONE);
const amounts = (most: number) =>
  fc.record({ pods: amount(most), 'requests.cpu': amount(most) }).map((record): Amounts => new Map(Object.entries(record)));

/** Any state: also one in which more is used than handed out, or than the limit. */
const states = fc
  .record({
    hard: amounts(20),
    namespaces: fc.tuple(
      ...NAMES.map(() => fc.record({ granted: amounts(8), used: amounts(8), hardPart: fc.integer({ min: 0, max: 4 }) })),
    ),
  })
  .map(({ hard, namespaces }) => {
    const ledger: Ledger = { hard, granted: new Map(NAMES.map((name, i) => [name, namespaces[i]!.granted])) };
    const shares = new Map(
      NAMES.map((namespace, i): [string, Share] => {
        const { granted, used, hardPart } = namespaces[i]!;
        const allowed = new Map([...granted].map(([key, most]) => [key, (most / ONE / 4n) * BigInt(hardPart) * ONE]));
        return [namespace, { namespace, resourceVersion: '1', spec: new Map(KEYS.map((key) => [key, 0n])), hard: allowed, used }];
      }),
    );
    return { ledger, shares };
  });
const requests = fc.array(fc.record({ namespace: fc.constantFrom(...NAMES), need: amounts(3), kind: fc.constant(PODS) }), {
  minLength: 1,
  maxLength: 6,
});
const reservations = fc.tuple(...NAMES.map(() => amounts(2))).map((list) => new Map(NAMES.map((name, i) => [name, list[i]!])));

describe('the plan of who gets which room', () => {
  it('hands out no more than the limit, and takes from nobody what he uses or was promised', () => {
    fc.assert(
      fc.property(states, requests, reservations, ({ ledger, shares }, asking, reserved) => {
        const plan = planRoom(asking, { ledger, shares, reserved: (name) => reserved.get(name)!, mayTakeFrom: () => true });
        const after = withGrants(withGrants(ledger, plan.lower), plan.raise);
        for (const key of KEYS) {
          const [before, now] = [freeRoom(ledger, shares, key), freeRoom(after, shares, key)];
          assert.ok(now >= 0n || now >= before, `${key}: ${before} -> ${now}`);
          for (const [donor, grants] of plan.lower) {
            if (!grants.has(key)) continue;
            const level = amountOf(shares.get(donor)!.used, key) + amountOf(reserved.get(donor)!, key);
            assert.ok(amountOf(grants, key) >= level, `${donor} ${key}`);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('says that there is none exactly when the tenant as a whole has none', () => {
    fc.assert(
      fc.property(states, requests, ({ ledger, shares }, asking) => {
        const plan = planRoom(asking, { ledger, shares, reserved: () => new Map(), mayTakeFrom: () => true });
        for (const [index, { need }] of asking.entries()) {
          const isOver = [...need].some(([key, more]) => totalUsed(shares, key) + more > amountOf(ledger.hard, key));
          assert.equal(plan.verdicts[index]!.kind === 'exceeded', isOver);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('one that asks alone gets room whenever the tenant has it and nothing is in the way', () => {
    fc.assert(
      fc.property(states, amounts(3), ({ ledger, shares }, need) => {
        // Nobody uses more than he was handed, and together no more than the limit was handed out.
        fc.pre(KEYS.every((key) => freeRoom(ledger, shares, key) >= 0n));
        const { verdicts, raise } = planRoom([{ namespace: 't-a', need, kind: PODS }], {
          ledger,
          shares,
          reserved: () => new Map(),
          mayTakeFrom: () => true,
        });
        const fits = [...need].every(([key, more]) => totalUsed(shares, key) + more <= amountOf(ledger.hard, key));
        if (!fits) return;
        const raised = raise.get('t-a') ?? new Map<string, bigint>();
        for (const [key, more] of need) {
          const allowed = raised.get(key) ?? amountOf(shares.get('t-a')!.hard, key);
          if (more > 0n) assert.ok(allowed >= amountOf(shares.get('t-a')!.used, key) + more, `${key} ${verdicts[0]!.kind}`);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('when limits shrink, nobody is left more than fits, and nothing grows', () => {
    fc.assert(
      fc.property(states, amounts(20), ({ ledger, shares }, hard) => {
        const kept = planShrink(ledger, hard, shares);
        const after = withGrants({ ...ledger, hard }, kept);
        for (const key of KEYS) {
          if (freeRoom({ ...ledger, hard }, shares, key) >= 0n) continue;
          const handedOut = NAMES.reduce((sum, name) => sum + amountOf(after.granted.get(name)!, key), 0n);
          assert.ok(handedOut <= amountOf(hard, key), `${key}: ${handedOut}`);
          for (const name of NAMES) assert.ok(claimOf(after, shares, name, key) <= claimOf(ledger, shares, name, key));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('a ledger is stored as it was', () => {
    fc.assert(fc.property(states, ({ ledger }) => assert.deepEqual(decodeLedger(encodeLedger(ledger)), ledger)));
  });
});
