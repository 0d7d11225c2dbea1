import assert from 'node:assert/strict';
import { assert as check, integer, property } from 'fast-check';
import { readDivisions, shareOf, smallestShare, writeDivisions } from '../../../src/limits/divisions.ts';
import { createLayout } from '../../../src/limits/shared-layout.ts';
import { hashOfKey, keyOfTenant } from '../../../src/limits/tenant-key.ts';

const sharesOf = (limit: number, count: number, rotation: number) =>
  Array.from({ length: count }, (_, index) => shareOf(limit, { count, index }, rotation));

describe('shares of a limit', () => {
  it('are together the limit, and differ by one at most', () => {
    check(
      property(
        integer({ min: 1, max: 1_000_000 }),
        integer({ min: 1, max: 50 }),
        integer({ min: 0, max: 0xffffffff }),
        (limit, count, rotation) => {
          const shares = sharesOf(limit, count, rotation);
          assert.equal(
            shares.reduce((sum, share) => sum + share, 0),
            limit,
          );
          assert.ok(Math.max(...shares) - Math.min(...shares) <= 1);
        },
      ),
    );
  });

  it('of one do not all fall to the same replica', () => {
    const holders = new Map<number, number>();
    for (let number = 0; number < 3000; number += 1) {
      const holder = sharesOf(1, 3, hashOfKey(keyOfTenant(`t${String(number).padStart(5, '0')}`))).indexOf(1);
      holders.set(holder, (holders.get(holder) ?? 0) + 1);
    }
    for (const index of [0, 1, 2]) assert.ok(Math.abs(holders.get(index)! - 1000) < 150, `${[...holders]}`);
  });

  it('are the smallest one while there are several divisions, and nothing where there is none', () => {
    const divisions = [
      { count: 1, index: 0 },
      { count: 3, index: 1 },
    ];
    assert.equal(smallestShare(10, divisions, 0), 3);
    assert.equal(smallestShare(10, [], 0), 0);
  });

  it('come through shared memory; more divisions than there is room for are as good as none', () => {
    const layout = createLayout(1, 1);
    const divisions = Array.from({ length: 8 }, (_, index) => ({ count: 300, index: 290 + index }));
    writeDivisions(layout, divisions);
    assert.deepEqual(readDivisions(layout), divisions);
    writeDivisions(layout, [...divisions, { count: 1, index: 0 }]);
    assert.deepEqual(readDivisions(layout), []);
  });
});
