import assert from 'node:assert/strict';
import { KubeError } from '../../../src/errors.ts';
import type { ExchangeRecord } from '../../../src/gateway/exchange-record.ts';
import { traceAttributesOf } from '../../../src/gateway/trace-attributes.ts';
import { parseRequest } from '../../../src/kube/request-info.ts';
import { JANE } from './records/sample-record.ts';

const record = (fields: Partial<ExchangeRecord>): ExchangeRecord => ({
  startedAt: 0,
  seconds: 0,
  method: 'GET',
  target: '/',
  userAgent: undefined,
  clientAddress: undefined,
  caller: undefined,
  tenantId: undefined,
  request: undefined,
  verb: 'local',
  route: undefined,
  code: 200,
  refusal: undefined,
  end: 'whole',
  untranslated: undefined,
  auditId: 'a',
  impersonated: undefined,
  requestBytes: 0,
  responseBytes: 0,
  phases: new Map(),
  traceId: undefined,
  ...fields,
});
const asked = (method: string, path: string) => parseRequest(method, path, new URLSearchParams());

describe('attributes of a trace', () => {
  it('say whose request it was and what was asked for, as kubectl would', () => {
    const request = asked('PATCH', '/apis/apps/v1/namespaces/web/deployments/shop/scale');
    const caller = { identity: JANE, tenant: undefined };
    assert.deepEqual(traceAttributesOf(record({ tenantId: 'demo01', caller, request, verb: 'patch' })), {
      'kubezoo.tenant': 'demo01',
      'user.name': 'jane',
      'kubezoo.audit_id': 'a',
      'kubezoo.verb': 'patch',
      'kubezoo.resource': 'deployments.apps/scale',
      'kubezoo.namespace': 'web',
      'http.response.status_code': 200,
    });
  });
  it('say of what the local API answers which verb it was', () => {
    const request = asked('GET', '/api/v1/pods');
    assert.equal(traceAttributesOf(record({ request, verb: 'local' }))['kubezoo.verb'], 'list');
  });
  it('say why it was refused, in one of few words, and nothing of what stood in it', () => {
    const refusal = new KubeError('Forbidden', 'secrets "x" is forbidden');
    assert.deepEqual(traceAttributesOf(record({ refusal, code: 403, end: 'refused' })), {
      'kubezoo.audit_id': 'a',
      'kubezoo.verb': 'local',
      'kubezoo.end': 'refused',
      'error.type': 'Forbidden',
      'http.response.status_code': 403,
    });
  });
  it('name no resource where none was asked for', () => {
    const attributes = traceAttributesOf(record({ request: asked('GET', '/version'), tenantId: 'demo01' }));
    assert.deepEqual(Object.keys(attributes), ['kubezoo.tenant', 'kubezoo.audit_id', 'kubezoo.verb', 'http.response.status_code']);
  });
});
