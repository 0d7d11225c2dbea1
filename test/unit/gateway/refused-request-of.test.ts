import assert from 'node:assert/strict';
import { KubeError } from '../../../src/errors.ts';
import { heldRecordOf } from '../../../src/gateway/held-record.ts';
import { refusedRequestOf } from '../../../src/gateway/refused-request-of.ts';
import { createLimitsOf } from '../../../src/limits/effective-limits.ts';
import type { Tenant } from '../../../src/tenants/tenant.ts';
import { JANE, sampleRecord } from './records/sample-record.ts';

const tenant = { metadata: { name: 'demo01' }, spec: { limits: { requestsPerSecond: 2, burst: 4 } } } as unknown as Tenant;
const passed = sampleRecord('GET', '/api/v1/namespaces/web/pods', { code: 200, end: 'whole', caller: { identity: JANE, tenant } });

describe('refused requests, as the operator’s page has them', () => {
  it('are not what has passed', () => {
    assert.equal(refusedRequestOf(passed), undefined);
    assert.equal(heldRecordOf(passed, createLimitsOf()), undefined);
  });

  it('do not tell what the message quotes of a body or a query', () => {
    const messageOf = (refusal: KubeError) => refusedRequestOf({ ...passed, code: refusal.code, end: 'refused', refusal })?.message;
    const body = new KubeError(
      'BadRequest',
      'the object provided is unrecognized (must be of type Secret): ({"stringData":{"p":"hunter2 ...)',
    );
    assert.equal(messageOf(body), 'the object provided is unrecognized …');
    assert.equal(messageOf(new KubeError('BadRequest', "invalid selector: 'hunter2'")), 'invalid selector…');
    assert.equal(messageOf(new KubeError('Forbidden', 'tenant is suspended: "so" it is')), 'tenant is suspended: "so" it is');
  });

  it('are told of with the next that passes, where Envoy has refused them itself', () => {
    const held = heldRecordOf({ ...passed, held: { limit: 'rate', count: 170 } }, createLimitsOf());
    assert.ok(held);
    assert.notEqual(held.auditId, passed.auditId);
    const told = refusedRequestOf(held);
    assert.ok(told);
    assert.deepEqual([told.code, told.reason, told.count, told.tenantId, told.user], [429, 'TooManyRequests', 170, 'demo01', 'jane']);
    const unlimited = { ...passed, caller: { identity: JANE, tenant: { metadata: { name: 'demo01' } } as Tenant } };
    assert.equal(heldRecordOf({ ...unlimited, held: { limit: 'rate', count: 1 } }, createLimitsOf())?.code, 429, 'the rate was taken away');
    assert.match(told.message, /2 a second \(requestsPerSecond\), and 4 at once \(burst\)/);
  });
});
