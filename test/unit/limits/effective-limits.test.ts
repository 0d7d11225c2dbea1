import assert from 'node:assert/strict';
import { createLimitsOf, effectiveLimits } from '../../../src/limits/effective-limits.ts';
import type { Tenant, TenantLimits } from '../../../src/tenants/tenant.ts';

const tenant = (limits?: TenantLimits, annotations?: Record<string, string>) =>
  ({ metadata: { name: 'demo01', annotations }, spec: { limits } }) as unknown as Tenant;
const ALL_ANNOTATIONS = {
  'tce.kubezoo/max-requests-inflight': '7',
  'tce.kubezoo/requests-per-second': '8',
  'tce.kubezoo/burst': '9',
  'tce.kubezoo/max-long-running': '10',
};

describe('effectiveLimits', () => {
  it('are the defaults: as many in flight as an apiserver takes, many long-running ones, no rate', () => {
    assert.deepEqual(effectiveLimits(tenant(), {}), { maxRequestsInflight: 400, rate: undefined, maxLongRunning: 10_000 });
  });

  it('are the annotations', () => {
    assert.deepEqual(effectiveLimits(tenant(undefined, ALL_ANNOTATIONS), {}), {
      maxRequestsInflight: 7,
      rate: { requestsPerSecond: 8, burst: 9 },
      maxLongRunning: 10,
    });
  });

  it('are taken field by field: spec, annotation, configuration', () => {
    const found = effectiveLimits(
      tenant({ maxRequestsInflight: 1, burst: 2 }, { ...ALL_ANNOTATIONS, 'tce.kubezoo/max-long-running': 'x' }),
      {
        requestsPerSecond: 70,
        burst: 71,
        maxLongRunning: 72,
      },
    );
    assert.deepEqual(found, { maxRequestsInflight: 1, rate: { requestsPerSecond: 8, burst: 2 }, maxLongRunning: 72 });
  });

  it('do not take nonsense for a limit', () => {
    for (const value of ['0', '-1', '1.5', 'x', '99999999', '', ' 5']) {
      assert.equal(effectiveLimits(tenant(undefined, { 'tce.kubezoo/max-requests-inflight': value }), {}).maxRequestsInflight, 400, value);
    }
  });

  it('have a burst of one second where none is told, and no rate where only a burst is', () => {
    assert.deepEqual(effectiveLimits(tenant({ requestsPerSecond: 5 }), {}).rate, { requestsPerSecond: 5, burst: 5 });
    assert.equal(effectiveLimits(tenant({ burst: 5 }), {}).rate, undefined);
  });

  it('change when the tenant is replaced, or the configuration', () => {
    let configured: TenantLimits | undefined = { maxLongRunning: 3 };
    const limitsOf = createLimitsOf(() => configured);
    const before = tenant({ maxRequestsInflight: 1 });
    assert.equal(limitsOf(before), limitsOf(before));
    assert.equal(limitsOf(tenant({ maxRequestsInflight: 2 })).maxRequestsInflight, 2);
    assert.equal(limitsOf(before).maxLongRunning, 3);
    configured = { maxLongRunning: 4 };
    assert.equal(limitsOf(before).maxLongRunning, 4);
    configured = undefined;
    assert.equal(limitsOf(before).maxLongRunning, 10_000);
  });
});
