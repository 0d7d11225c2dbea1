import assert from 'node:assert/strict';
import { limitsInForce, limitsOf, parseLimit, parseLimitNames } from '../../../src/cli/tenant/limit-flags.ts';
import { parseQuota } from '../../../src/cli/tenant/parse-quota.ts';
import { parseInflight } from '../../../src/cli/tenant/read-inflight.ts';
import { parseTimeout } from '../../../src/cli/tenant/wait-for-tenant.ts';
import { fractionOf } from '../../../src/quota/quantity.ts';
import { sampleTenant } from './sample-tenant.ts';

describe('flags of kubezoo tenant', () => {
  it('take whole numbers as limits, as the server does', () => {
    assert.deepEqual(['1', '1000000'].map(parseLimit), [1, 1_000_000]);
    for (const wrong of ['0', '-1', '1.5', '1e3', '', ' 5', '1000001', 'ten', '0x10'])
      assert.throws(() => parseLimit(wrong), /whole number/, wrong);
  });
  it('name limits', () => {
    const fields = parseLimitNames('qps, --burst,qps').map(({ field }) => field);
    assert.deepEqual(fields, ['requestsPerSecond', 'burst']);
    assert.throws(() => parseLimitNames('qsp'), /"qsp" is no limit: inflight, qps, burst, long-running are/);
  });
  it('leave out what was not said', () => {
    assert.equal(limitsOf({}), undefined);
    assert.deepEqual(limitsOf({ inflight: 3, longRunning: 4 }), { maxRequestsInflight: 3, maxLongRunning: 4 });
  });
  it('tell where a limit comes from: the spec goes before the annotation', () => {
    const tenant = sampleTenant('abc123', {
      metadata: { annotations: { 'tce.kubezoo/max-requests-inflight': '7', 'tce.kubezoo/burst': '8' } },
      spec: { limits: { maxRequestsInflight: 3 } },
    });
    assert.deepEqual(
      limitsInForce(tenant).map(({ limit, value, from }) => [limit.flag, value, from]),
      [
        ['inflight', 3, 'spec'],
        ['qps', undefined, 'default'],
        ['burst', 8, 'annotation'],
        ['long-running', undefined, 'default'],
      ],
    );
  });
  it('take quantities, of several flags together', () => {
    assert.deepEqual(parseQuota('requests.memory=8Gi, cpu=500m', parseQuota('pods=10')), {
      pods: '10',
      'requests.memory': '8Gi',
      cpu: '500m',
    });
    assert.throws(() => parseQuota('pods'), /"pods" is not of the form key=quantity/);
    assert.throws(() => parseQuota('pods=many'), /"many" is no quantity/);
    assert.throws(() => parseQuota('pods=-1'), /no quantity/);
    assert.throws(() => parseQuota('pods=1,pods=2'), /twice/);
    assert.throws(() => parseQuota(' , '), /There is no key=quantity/);
    assert.throws(() => parseQuota('__proto__'), /not of the form/);
  });
  it('take times', () => {
    assert.deepEqual(['30s', '5m', '1h', '7'].map(parseTimeout), [30_000, 300_000, 3_600_000, 7_000]);
    for (const wrong of ['0s', '', '5d', '-1s', '1.5s']) assert.throws(() => parseTimeout(wrong), /number above 0/, wrong);
  });
});

describe('quantities', () => {
  it('are compared across their units', () => {
    assert.equal(fractionOf('500m', 2), 0.25);
    assert.equal(fractionOf('4Gi', '8Gi'), 0.5);
    assert.equal(fractionOf('1024Mi', '2Gi'), 0.5);
    assert.equal(fractionOf('2e3', '2k'), 1);
    assert.equal(fractionOf('1E', '2E'), 0.5);
    assert.equal(fractionOf(0, 0), 1);
    assert.equal(fractionOf('a lot', 2), Number.NaN);
  });
});

describe("the gateway's metrics", () => {
  it('are summed by tenant, whatever else they are parted by', () => {
    const text = [
      '# TYPE kubezoo_requests_inflight gauge',
      'kubezoo_requests_inflight{tenant="abc123"} 2',
      'kubezoo_requests_inflight{worker="1",tenant="abc123"} 3',
      'kubezoo_requests_inflight{tenant="team-a"} 1',
      'kubezoo_requests_inflight_limit{tenant="team-a"} 9',
      'kubezoo_requests_inflight{sub_tenant="zzzzzz"} 9',
    ];
    assert.deepEqual(
      [...parseInflight(text.join('\n'))],
      [
        ['abc123', 5],
        ['team-a', 1],
      ],
    );
  });
});
