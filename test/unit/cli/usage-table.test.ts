import assert from 'node:assert/strict';
import { formatTable } from '../../../src/cli/tenant/format-table.ts';
import { usageTable } from '../../../src/cli/tenant/usage-table.ts';
import type { Tenant } from '../../../src/tenants/tenant.ts';
import { sampleTenant } from './sample-tenant.ts';

const NOW = new Date('2026-11-03T00:00:00Z');
const show = (tenants: Tenant[], inflight?: ReadonlyMap<string, number>, wide = false) =>
  formatTable(usageTable(tenants, inflight, NOW), wide)
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {3,}/));

describe('the table of usage', () => {
  const busy = sampleTenant('abc123', {
    spec: { limits: { maxRequestsInflight: 100, burst: 7 }, quota: { hard: { pods: 10, 'count/namespaces': 5 } }, upstream: 'west' },
    status: {
      quota: { hard: { pods: '10', 'count/namespaces': '5' }, used: { pods: '8', 'count/namespaces': '2' } },
      credentials: { notAfter: '2026-12-03T00:00:00Z' },
    },
  });
  it('says what there is of each tenant', () => {
    assert.deepEqual(show([busy, sampleTenant('team-a')], new Map([['abc123', 3]])), [
      ['NAME', 'STATUS', 'IN-FLIGHT', 'NAMESPACES', 'QUOTA', 'CERTIFICATE', 'AGE'],
      ['abc123', 'Ready', '3/100', '2', 'pods 80%', '30d', '2d'],
      ['team-a', 'Ready', '0/default', '-', '-', '-', '2d'],
    ]);
  });
  it('says it in full when asked', () => {
    const [, row] = show([busy], undefined, true);
    assert.deepEqual(row?.slice(7), ['inflight=100,burst=7', 'west', 'pods=8/10,count/namespaces=2/5', '-']);
  });
  it('knows nothing of requests where no gateway is in reach', () => {
    assert.equal(show([busy])[1]?.[2], '-/100');
  });
  it('tells a suspension, an end, and why a tenant is not ready', () => {
    const conditions = [{ type: 'Ready', status: 'False', reason: 'X', message: 'no room', lastTransitionTime: '' }];
    const rows = show(
      [
        sampleTenant('frozen', { spec: { suspension: { mode: 'Frozen', reason: 'unpaid' } } }),
        sampleTenant('ending', { metadata: { deletionTimestamp: '2026-11-02T00:00:00Z' } }),
        sampleTenant('slow01', { status: { phase: 'Pending', conditions } }),
        sampleTenant('expird', { status: { credentials: { notAfter: '2026-11-02T00:00:00Z' } } }),
        sampleTenant('quota1', { spec: { quota: { hard: { pods: 1 } } } }),
      ],
      undefined,
      true,
    ).slice(1);
    assert.deepEqual(
      rows.map((row) => [row[1], row[4], row[5], row[10]]),
      [
        ['Frozen', '-', '-', 'unpaid'],
        ['Terminating', '-', '-', '-'],
        ['Pending', '-', '-', 'no room'],
        ['Ready', '-', 'expired', '-'],
        ['Ready', 'not counted', '-', '-'],
      ],
    );
  });
});
