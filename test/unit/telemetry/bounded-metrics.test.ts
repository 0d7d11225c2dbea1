import assert from 'node:assert/strict';
import type { ExchangeRecord } from '../../../src/gateway/exchange-record.ts';
import { createExchangeMetrics } from '../../../src/gateway/metrics/exchange-metrics.ts';
import { createLimits } from '../../../src/limits/limits.ts';
import { boundedMetrics } from '../../../src/telemetry/bounded-metrics.ts';
import { registerLimitMetrics } from '../../../src/telemetry/limit-metrics.ts';
import { samplesOf, sumOfSamples } from '../../helpers/prometheus-text.ts';

const EFFECTIVE = { maxRequestsInflight: 10, maxLongRunning: 10, rate: { requestsPerSecond: 5, burst: 5 } };
const RECORD: ExchangeRecord = {
  startedAt: 0,
  seconds: 0.01,
  method: 'GET',
  target: '/api/v1/pods',
  userAgent: undefined,
  clientAddress: undefined,
  caller: undefined,
  tenantId: undefined,
  request: undefined,
  verb: 'list',
  route: 'local',
  code: 200,
  refusal: undefined,
  end: 'whole',
  untranslated: undefined,
  requestBytes: 0,
  responseBytes: 0,
  phases: new Map(),
  traceId: undefined,
};

describe('boundedMetrics', () => {
  it('does not give 2,000 tenants 2,000 series', async () => {
    const exchanges = createExchangeMetrics();
    const limits = createLimits({ slots: 4096 });
    registerLimitMetrics(exchanges.registry, limits, { limitsOf: () => EFFECTIVE, named: 20 });
    for (let index = 0; index < 2000; index++) {
      const tenantId = `t${String(index).padStart(5, '0')}`;
      limits.admit(tenantId, EFFECTIVE, { isLongRunning: index % 2 === 0, isWrite: false });
      exchanges.onDone({ ...RECORD, tenantId });
    }
    const text = await boundedMetrics(async () => exchanges.registry, 20).metrics();
    const tenants = new Set([...text.matchAll(/tenant="([^"]*)"/g)].map(([, tenant]) => tenant));
    assert.ok(tenants.size <= 60, `${tenants.size} tenants are named`);
    for (const name of ['kubezoo_tenant_requests_total', 'kubezoo_requests_inflight', 'kubezoo_long_running_requests'])
      assert.ok(samplesOf(text, name).length <= 21, name);
    // Nobody is forgotten.
    assert.equal(sumOfSamples(text, 'kubezoo_tenant_requests_total'), 2000);
    assert.equal(sumOfSamples(text, 'kubezoo_requests_inflight'), 1000);
    assert.equal(sumOfSamples(text, 'kubezoo_long_running_requests'), 1000);
  });

  it('takes no label from what clients send', async () => {
    const exchanges = createExchangeMetrics();
    const request = {
      type: 'resource',
      verb: 'get',
      group: '',
      version: 'v1',
      namespace: 'a',
      name: 'b',
      subresource: undefined,
      rest: '',
    };
    for (let index = 0; index < 500; index++) {
      for (const group of ['', 'apps', `g${index}.example.com`])
        exchanges.onDone({
          ...RECORD,
          verb: 'get',
          code: 200 + index,
          request: { ...request, group, resource: `r${index}` } as ExchangeRecord['request'],
          phases: new Map([[`phase ${index}`, 1]]),
        });
    }
    const text = await boundedMetrics(async () => exchanges.registry, 20).metrics();
    const labels = new Set(samplesOf(text, 'kubezoo_requests_total').map(({ labels: { resource } }) => resource));
    assert.deepEqual([...labels].sort(), ['custom', 'other']);
    const codes = new Set(samplesOf(text, 'kubezoo_requests_total').map(({ labels: { code } }) => code));
    assert.ok(codes.size < 70, `${codes.size} codes`);
    assert.equal(samplesOf(text, 'kubezoo_phase_duration_seconds_count').length, 5);
  });
});
