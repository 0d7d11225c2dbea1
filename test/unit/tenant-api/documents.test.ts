import assert from 'node:assert/strict';
import { ApiClient } from './api-client.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

describe('Tenant API: what it says of itself', () => {
  let api: ApiClient;
  before(async () => {
    api = await new ApiClient().start();
  });
  after(() => api.server.close());

  it('has one group, one version and one resource with a status', async () => {
    assert.deepEqual((await api.get('/api')).body.versions, []);
    const { body: groups } = await api.get('/apis');
    assert.deepEqual(
      groups.groups.map(({ name }: { name: string }) => name),
      ['tenant.kubezoo.io'],
    );
    assert.equal((await api.get('/apis/tenant.kubezoo.io')).body.preferredVersion.version, 'v1alpha1');
    const { body: resources } = await api.get('/apis/tenant.kubezoo.io/v1alpha1');
    assert.deepEqual(
      resources.resources.map(({ name }: { name: string }) => name),
      ['tenants', 'tenants/status', 'tenants/certificates', 'tenants/revocations'],
    );
  });

  it('says all of it in one document to a client that asks for that, with the type the client checks', async () => {
    const apis = await api.get('/apis', `${AGGREGATED},application/json`);
    assert.equal(apis.headers.get('content-type'), AGGREGATED);
    assert.equal(apis.body.kind, 'APIGroupDiscoveryList');
    assert.equal(apis.body.items[0].versions[0].resources[0].subresources[0].subresource, 'status');
    assert.deepEqual((await api.get('/api', AGGREGATED)).body.items, []);
  });

  it('answers 304 to a client that has it already', async () => {
    const first = await api.get('/openapi/v3/apis/tenant.kubezoo.io/v1alpha1');
    const again = await api.request('GET', '/openapi/v3/apis/tenant.kubezoo.io/v1alpha1', undefined, {
      headers: { 'if-none-match': first.headers.get('etag')! },
    });
    assert.deepEqual([first.code, again.code, again.text], [200, 304, '']);
  });

  it('has an OpenAPI document whose references all lead somewhere', async () => {
    const { body: index } = await api.get('/openapi/v3');
    const [{ serverRelativeURL }] = Object.values(index.paths) as [{ serverRelativeURL: string }];
    const { body: document, text } = await api.get(serverRelativeURL);
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) assert.ok(document.components.schemas[name!], name);
    const { patch } = document.paths['/apis/tenant.kubezoo.io/v1alpha1/tenants/{name}'];
    assert.ok(patch.parameters.some(({ name }: { name: string }) => name === 'fieldValidation'));
    const gvk = { group: 'tenant.kubezoo.io', version: 'v1alpha1', kind: 'Tenant' };
    assert.deepEqual(patch['x-kubernetes-group-version-kind'], gvk);
  });

  it('takes no writes to documents', async () => {
    assert.equal((await api.request('POST', '/apis', {})).code, 405);
  });

  it('has nothing else for the operator below /api, /apis and /openapi', async () => {
    for (const path of [
      '/api/v1/pods',
      '/apis/apps/v1',
      '/apis/apps/v1/deployments',
      '/apis/tenant.kubezoo.io/v2',
      '/apis/tenant.kubezoo.io/v1alpha1/foos',
      '/openapi/v3/api/v1',
    ]) {
      const { code, body } = await api.get(path);
      assert.deepEqual([path, code, body.message], [path, 404, 'the server could not find the requested resource']);
    }
  });

  it('leaves other paths to other handlers', async () => {
    assert.equal((await api.get('/healthz')).text, '404 page not found\n');
  });
});

describe('Tenant API: whom it serves', () => {
  let api: ApiClient;
  before(async () => {
    api = await new ApiClient().start();
    await api.created('demo01');
    api.server.identity = { role: 'tenant', tenantId: 'demo01', user: 'jane', groups: ['tenant-admins'] };
  });
  after(() => api.server.close());

  const cases: [method: string, path: string, message: string][] = [
    [
      'GET',
      '',
      'tenants.tenant.kubezoo.io is forbidden: User "jane" cannot list resource "tenants" in API group "tenant.kubezoo.io" at the cluster scope',
    ],
    [
      'GET',
      '?watch=1',
      'tenants.tenant.kubezoo.io is forbidden: User "jane" cannot watch resource "tenants" in API group "tenant.kubezoo.io" at the cluster scope',
    ],
    [
      'GET',
      'demo01',
      'tenants.tenant.kubezoo.io "demo01" is forbidden: User "jane" cannot get resource "tenants" in API group "tenant.kubezoo.io" at the cluster scope',
    ],
    [
      'PATCH',
      'demo01/status',
      'tenants.tenant.kubezoo.io "demo01" is forbidden: User "jane" cannot patch resource "tenants/status" in API group "tenant.kubezoo.io" at the cluster scope',
    ],
    [
      'DELETE',
      'demo01',
      'tenants.tenant.kubezoo.io "demo01" is forbidden: User "jane" cannot delete resource "tenants" in API group "tenant.kubezoo.io" at the cluster scope',
    ],
    ['GET', '/apis/tenant.kubezoo.io', 'forbidden: User "jane" cannot get path "/apis/tenant.kubezoo.io"'],
    ['GET', '/apis/tenant.kubezoo.io/v1alpha1', 'forbidden: User "jane" cannot get path "/apis/tenant.kubezoo.io/v1alpha1"'],
  ];
  for (const [method, path, message] of cases) {
    it(`refuses a tenant ${method} ${path || 'tenants'}`, async () => {
      const { code, body } = await api.request(method, path);
      assert.deepEqual([code, body.reason, body.message], [403, 'Forbidden', message]);
      assert.ok(await api.store.get('demo01'));
    });
  }

  it("leaves the tenant's other paths to other handlers", async () => {
    for (const path of ['/api', '/apis', '/apis/apps', '/apis/tenant.kubezoo.iox', '/openapi/v3', '/version']) {
      assert.notEqual((await api.get(path)).code, 403, path);
    }
  });
});
