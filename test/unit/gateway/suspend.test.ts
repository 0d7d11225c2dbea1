import assert from 'node:assert/strict';
import { OpenExchanges } from '../../../src/gateway/open-exchanges.ts';
import { checkSuspension, isSuspendedFor } from '../../../src/gateway/suspend.ts';
import { parseRequest } from '../../../src/kube/request-info.ts';
import { TENANT_API_VERSION, type Tenant, type TenantSpec } from '../../../src/tenants/tenant.ts';

const tenant = (suspension?: TenantSpec['suspension']): Tenant => ({
  apiVersion: TENANT_API_VERSION,
  kind: 'Tenant',
  metadata: { name: 'demo01' },
  spec: { ...(suspension && { suspension }) },
});

/** `METHOD target` */
function request(line: string) {
  const [method = '', target = ''] = line.split(' ');
  const [path = '', query] = target.split('?');
  return parseRequest(method, path, new URLSearchParams(query));
}

const PODS = '/api/v1/namespaces/a/pods';
const READ_ONLY = [
  `GET ${PODS}`,
  `HEAD ${PODS}/p`,
  `GET ${PODS}/p/log?follow=true`,
  `GET ${PODS}/p/status`,
  'GET /apis/acme.io/v1/widgets?watch=1',
  'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
  'POST /apis/authorization.k8s.io/v1/namespaces/a/localsubjectaccessreviews',
  'POST /apis/authentication.k8s.io/v1/tokenreviews',
];
const ENTRIES = [
  `GET ${PODS}/p/exec`,
  `POST ${PODS}/p/attach`,
  `GET ${PODS}/p/portforward`,
  `GET ${PODS}/p/proxy/x`,
  'GET /api/v1/nodes/n/proxy',
];
const WRITES = [
  `POST ${PODS}?dryRun=All`,
  `DELETE ${PODS}`,
  `DELETE ${PODS}/p`,
  `PATCH ${PODS}/p/ephemeralcontainers`,
  `POST ${PODS}/p/eviction`,
  'POST /api/v1/namespaces/a/serviceaccounts/s/token',
  // In a tenant's own group a review is an object as any other.
  'POST /apis/acme.io/v1/tokenreviews',
];
const ALWAYS = ['GET /api', 'GET /apis/apps/v1', 'GET /healthz', 'GET /openapi/v3'];

describe('a suspension', () => {
  for (const line of ALWAYS) it(`leaves ${line}`, () => assert.ok(!isSuspendedFor(request(line), tenant({ mode: 'Frozen' }))));
  for (const line of READ_ONLY) {
    it(`refuses ${line} when Frozen alone`, () => {
      assert.ok(isSuspendedFor(request(line), tenant({ mode: 'Frozen' })));
      assert.ok(!isSuspendedFor(request(line), tenant({ mode: 'ReadOnly' })));
    });
  }
  for (const line of [...ENTRIES, ...WRITES]) {
    it(`refuses ${line}`, () => {
      assert.ok(isSuspendedFor(request(line), tenant({ mode: 'Frozen' })));
      assert.ok(isSuspendedFor(request(line), tenant({ mode: 'ReadOnly' })));
      assert.ok(!isSuspendedFor(request(line), tenant()));
    });
  }

  it('tells its mode, and the reason where there is one', () => {
    const ask = (suspension: TenantSpec['suspension']) => () => checkSuspension(request(`POST ${PODS}`), tenant(suspension));
    assert.throws(ask({ mode: 'Frozen' }), { message: 'tenant is suspended (Frozen)', reason: 'Forbidden' });
    assert.throws(ask({ mode: 'ReadOnly', reason: 'unpaid' }), { message: 'tenant is suspended (ReadOnly): unpaid' });
  });

  it('cuts those exchanges of the tenant that it would not let in', () => {
    const exchanges = new OpenExchanges();
    const cut: string[] = [];
    const open = (id: string, line: string) =>
      exchanges.add(
        id,
        'u',
        () => cut.push(`${id} ${line}`),
        (now) => isSuspendedFor(request(line), now),
      );
    for (const line of [`GET ${PODS}?watch=true`, `POST ${PODS}/p/exec`]) for (const id of ['demo01', 'demo02']) open(id, line);
    exchanges.cutRefused('demo01', tenant());
    assert.deepEqual(cut, []);
    exchanges.cutRefused('demo01', tenant({ mode: 'ReadOnly' }));
    assert.deepEqual(cut, [`demo01 POST ${PODS}/p/exec`]);
  });
});
