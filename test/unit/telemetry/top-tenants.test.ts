import assert from 'node:assert/strict';
import fc from 'fast-check';
import { OTHER_TENANTS, TopTenants } from '../../../src/telemetry/top-tenants.ts';

const idOf = (index: number) => `t${String(index).padStart(5, '0')}`;

describe('TopTenants', () => {
  it('names the busiest, and sums the others', () => {
    const top = new TopTenants(2, () => 0);
    const counts = new Map([
      ['demo01', 5],
      ['demo02', 1],
      ['demo03', 7],
      ['demo04', 2],
    ]);
    assert.deepEqual(
      [...top.look(counts)],
      [
        ['demo01', 5],
        ['demo03', 7],
        [OTHER_TENANTS, 3],
      ],
    );
  });

  it('forgets in time what a tenant once did', () => {
    let now = 0;
    const top = new TopTenants(1, () => now);
    top.look(new Map([['demo01', 1000]]));
    now = 7_200_000;
    const shown = top.look(
      new Map([
        ['demo01', 1000],
        ['demo02', 10],
      ]),
    );
    assert.deepEqual(
      [...shown],
      [
        ['demo02', 10],
        [OTHER_TENANTS, 0],
      ],
    );
  });

  it('has no more series than it may, whatever the number of tenants', () => {
    const top = new TopTenants(50, () => 0);
    const counts = new Map(Array.from({ length: 2000 }, (_, index) => [idOf(index), index + 1]));
    assert.equal(top.look(counts).size, 51);
  });

  it('lets no counter go down, and loses nothing but what is forgotten', () => {
    const step = fc.record({ tenant: fc.nat(6), more: fc.nat(20), seconds: fc.nat(2000) });
    fc.assert(
      fc.property(fc.nat(4), fc.array(step, { maxLength: 60 }), (limit, steps) => {
        let now = 0;
        const top = new TopTenants(limit, () => now);
        const counts = new Map<string, number>();
        const highest = new Map<string, number>();
        for (const { tenant, more, seconds } of steps) {
          now += seconds * 1000;
          counts.set(idOf(tenant), (counts.get(idOf(tenant)) ?? 0) + more);
          const shown = top.look(counts);
          assert.ok(shown.size <= limit + 1);
          for (const [name, value] of shown) {
            assert.ok(value >= (highest.get(name) ?? 0), `${name} went down`);
            highest.set(name, value);
          }
        }
        const counted = [...counts.values()].reduce((sum, count) => sum + count, 0);
        const told = [...highest.values()].reduce((sum, count) => sum + count, 0);
        assert.equal(told, counted);
      }),
    );
  });
});
