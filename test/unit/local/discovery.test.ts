import assert from 'node:assert/strict';
import { createDiscoveryHandler } from '../../../src/local/discovery.ts';
import { createRootPathsHandler } from '../../../src/local/root-paths.ts';
import { TenantDocuments } from '../../../src/local/tenant-documents.ts';
import { type Answer, OPERATOR, serve, type TestServer } from './ask.ts';
import { FakeUpstream } from './fake-upstream.ts';
import { SAMPLE_TABLE } from './sample-table.ts';

const V2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const V2BETA1 = 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList';

describe('discovery', () => {
  let upstream: FakeUpstream;
  let server: TestServer;

  beforeEach(async () => {
    upstream = new FakeUpstream();
    const sources = { documents: upstream.cache(), results: new TenantDocuments(), table: SAMPLE_TABLE };
    server = await serve([createDiscoveryHandler({ ...sources, gatewayAddress: 'gateway:6443' }), createRootPathsHandler(sources)]);
  });
  afterEach(() => server.close());

  const ask = (path: string, accept?: string, more: Record<string, string> = {}): Promise<Answer> =>
    server.ask({ path, headers: { ...(accept !== undefined && { accept }), ...more } });

  it('lists what the table names and upstream has, with the verbs that tenants have', async () => {
    const { headers, json } = await ask('/api', V2);
    assert.equal(headers['content-type'], V2);
    assert.equal(headers['cache-control'], 'public');
    assert.equal(headers.vary, 'Accept');
    assert.equal(json.apiVersion, 'apidiscovery.k8s.io/v2');
    const [{ metadata, versions }] = json.items;
    assert.deepEqual(metadata, {});
    assert.equal(versions[0].freshness, 'Current');
    const [nodes, pods, ...others] = versions[0].resources;
    assert.deepEqual(others, []);
    assert.deepEqual(
      [nodes.resource, nodes.verbs, nodes.subresources],
      ['nodes', ['get', 'list', 'watch'], [{ subresource: 'status', verbs: ['get'] }]],
    );
    assert.equal(pods.verbs.length, 8);
    assert.deepEqual(
      pods.subresources.map((sub: { subresource: string }) => sub.subresource),
      ['log', 'status'],
    );
    assert.deepEqual(pods.shortNames, ['po']);
  });

  it('leaves out groups and versions in which nothing is left, and everybody else’s', async () => {
    const { json, text } = await ask('/apis', V2);
    const found = json.items.map((item: { metadata: { name: string }; versions: { version: string }[] }) => [
      item.metadata.name,
      item.versions.map(({ version }) => version),
    ]);
    assert.deepEqual(found, [
      ['apps', ['v1']],
      ['storage.k8s.io', ['v1']],
    ]);
    assert.doesNotMatch(text, /demo02|daemonsets|certificates/);
    assert.deepEqual(json.items[1].versions[0].resources[0].verbs, ['get', 'list', 'watch']);
  });

  it('has an ETag of what it sends, not of what upstream has', async () => {
    const first = await ask('/apis', V2);
    assert.match(first.headers.etag!, /^"[0-9A-F]{128}"$/);
    const again = await ask('/apis', V2, { 'if-none-match': `"x", W/${first.headers.etag}` });
    assert.deepEqual([again.status, again.text, again.headers.etag, again.headers.vary], [304, '', first.headers.etag, 'Accept']);

    upstream.groups = upstream.groups.filter((item) => !JSON.stringify(item).includes('demo02'));
    assert.equal((await ask('/apis', V2, { 'if-none-match': first.headers.etag! })).status, 304);
    upstream.groups = upstream.groups.filter((item) => !JSON.stringify(item).includes('storage'));
    const changed = await ask('/apis', V2, { 'if-none-match': first.headers.etag! });
    assert.equal(changed.status, 200);
    assert.notEqual(changed.headers.etag, first.headers.etag);
  });

  it('offers the version of aggregated discovery that upstream has', async () => {
    assert.equal((await ask('/apis', V2BETA1)).status, 406);
    assert.equal((await ask('/apis', `${V2BETA1},${V2}`)).headers['content-type'], V2);
    upstream.aggregatedVersions = ['v2beta1'];
    assert.equal((await ask('/apis', `${V2},${V2BETA1}`)).headers['content-type'], V2BETA1);
    assert.equal((await ask('/apis', `${V2},application/json`)).json.kind, 'APIGroupList');
  });

  it('takes what the client likes best', async () => {
    for (const accept of [
      undefined,
      '',
      '*/*',
      'application/*',
      'application/json',
      'text/html, */*;q=0.1',
      `${V2};q=0.5,application/json`,
    ]) {
      const { json, headers } = await ask('/apis', accept);
      assert.deepEqual([json.kind, headers['content-type'], headers.vary], ['APIGroupList', 'application/json', 'Accept'], accept);
    }
    assert.equal((await ask('/apis', `application/vnd.kubernetes.protobuf,${V2},application/json`)).json.kind, 'APIGroupDiscoveryList');
  });

  it('answers 406 to what it has not', async () => {
    for (const accept of [
      'application/vnd.kubernetes.protobuf',
      'text/html',
      V2.replace('v2', 'v3'),
      'application/json;as=Table;v=v1;g=meta.k8s.io',
    ]) {
      const { status, json } = await ask('/apis', accept);
      assert.deepEqual([status, json.reason], [406, 'NotAcceptable'], accept);
    }
    assert.equal((await ask('/apis/apps/v1', 'text/html')).status, 406);
  });

  it('never shows upstream’s address', async () => {
    const { json } = await ask('/api');
    assert.deepEqual(json, {
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: 'gateway:6443' }],
    });
  });

  it('says the same in the legacy form', async () => {
    const { json } = await ask('/apis');
    const apps = {
      name: 'apps',
      versions: [{ groupVersion: 'apps/v1', version: 'v1' }],
      preferredVersion: { groupVersion: 'apps/v1', version: 'v1' },
    };
    assert.deepEqual(json.groups[0], apps);
    assert.deepEqual((await ask('/apis/apps')).json, { kind: 'APIGroup', apiVersion: 'v1', ...apps });
    const list = await ask('/apis/apps/v1');
    assert.deepEqual(
      list.json.resources.map(({ name }: { name: string }) => name),
      ['deployments', 'deployments/scale'],
    );
    assert.equal(list.json.resources[0].storageVersionHash, 'abc');
  });

  it('knows trailing slashes', async () => {
    for (const path of ['/api/', '/apis/', '/apis/apps/', '/apis/apps/v1/']) assert.equal((await ask(path)).status, 200, path);
  });

  it('does not know what tenants are not offered, and does not ask upstream for it', async () => {
    for (const path of [
      '/apis/certificates.k8s.io',
      '/apis/certificates.k8s.io/v1',
      '/apis/demo02-acme.io',
      '/apis/demo02-acme.io/v1',
      '/apis/nope/v1',
    ]) {
      const { status, text } = await ask(path);
      assert.deepEqual([status, text], [404, '404 page not found\n'], path);
    }
    for (const path of ['/apis/apps/v1beta1', '/apis/apps/v9', '/api/v2']) {
      const { status, json } = await ask(path);
      assert.deepEqual([status, json.message], [404, 'the server could not find the requested resource'], path);
    }
    assert.ok(upstream.asked.every((path) => path === '/api' || path === '/apis'));
  });

  it('is read-only', async () => {
    for (const path of ['/api', '/apis', '/apis/apps', '/apis/apps/v1'])
      assert.equal((await server.ask({ method: 'POST', path })).status, 405);
  });

  it('is for tenants', async () => {
    for (const path of ['/api', '/apis', '/']) {
      assert.equal((await server.ask({ path, identity: OPERATOR })).status, 404, path);
    }
  });

  it('lists its own paths at the root', async () => {
    const { json } = await ask('/');
    assert.ok(json.paths.includes('/apis/apps/v1') && json.paths.includes('/api/v1') && json.paths.includes('/openapi/v3'));
    assert.ok(!json.paths.some((path: string) => /certificates|demo02|metrics|debug|openid/.test(path)));
  });

  it('goes on while upstream is down, and says so when it has nothing', async () => {
    const before = await ask('/apis', V2);
    upstream.down = true;
    assert.equal((await ask('/apis', V2)).text, before.text);
    const { status, text } = await ask('/api', V2);
    assert.equal(status, 503);
    assert.doesNotMatch(text, /10\.0\.0\.1/);
  });
});
