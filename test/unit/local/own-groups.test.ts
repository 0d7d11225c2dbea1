import assert from 'node:assert/strict';
import { createDiscoveryHandler } from '../../../src/local/discovery.ts';
import type { Identity } from '../../../src/local/local-request.ts';
import { createOpenApiHandler } from '../../../src/local/openapi.ts';
import { createRootPathsHandler } from '../../../src/local/root-paths.ts';
import { withSharedResources } from '../../../src/local/share-resources.ts';
import { TenantDocuments } from '../../../src/local/tenant-documents.ts';
import { createSharedResources } from '../../../src/translate/shared-resources.ts';
import { type Answer, serve, type TestServer } from './ask.ts';
import { FakeUpstream, GROUPS } from './fake-upstream.ts';
import { SAMPLE_TABLE } from './sample-table.ts';

const V2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const SHARED = createSharedResources([
  { group: 'platform.example.com', resource: 'zones', scope: 'Cluster' },
  { group: 'platform.example.com', resource: 'buckets', scope: 'Namespaced' },
]);

function customGroup(group: string, resources: string[]): object {
  const verbs = ['create', 'get', 'list', 'watch'];
  return {
    metadata: { name: group },
    versions: [
      {
        version: 'v1',
        resources: resources.map((resource) => ({
          resource,
          responseKind: { group, version: 'v1', kind: 'Kind' },
          verbs,
          subresources: [
            { subresource: 'status', responseKind: { group, version: 'v1', kind: 'Kind' }, verbs },
            { subresource: 'scale', responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' }, verbs },
          ],
        })),
      },
    ],
  };
}

describe('API groups of tenants', () => {
  let upstream: FakeUpstream;
  let results: TenantDocuments;
  let server: TestServer;

  beforeEach(async () => {
    upstream = new FakeUpstream();
    upstream.groups = [
      ...GROUPS,
      customGroup('demo01-acme.io', ['widgets']),
      customGroup('demo01-zoo.io', ['lions']),
      // Theirs is Kubernetes' own, or the platform's.
      customGroup('demo01-apps', ['deployments']),
      customGroup('demo01-platform.example.com', ['zones']),
      customGroup('platform.example.com', ['zones', 'plans', 'buckets']),
      customGroup('unshared.example.com', ['secrets']),
      customGroup('demo012-acme.io', ['widgets']),
    ];
    results = new TenantDocuments();
    const sources = { documents: upstream.cache(), results, table: withSharedResources(SAMPLE_TABLE, SHARED) };
    server = await serve([
      createDiscoveryHandler({ ...sources, gatewayAddress: 'gateway:6443' }),
      createOpenApiHandler(sources),
      createRootPathsHandler(sources),
    ]);
  });
  afterEach(() => server.close());

  const ask = (path: string, tenantId = 'demo01', headers: Record<string, string> = {}): Promise<Answer> => {
    const identity: Identity = { role: 'tenant', tenantId, user: 'alice', groups: [] };
    return server.ask({ path, identity, headers: { accept: '*/*', ...headers } });
  };
  const groupsOf = async (tenantId: string): Promise<string[]> =>
    (await ask('/apis', tenantId, { accept: V2 })).json.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);

  it('are shown to their tenant alone, by its names, among the shared ones', async () => {
    assert.deepEqual(await groupsOf('demo01'), ['apps', 'storage.k8s.io', 'acme.io', 'platform.example.com', 'zoo.io']);
    assert.deepEqual(await groupsOf('demo02'), ['apps', 'storage.k8s.io', 'acme.io', 'platform.example.com']);
    assert.deepEqual(await groupsOf('demo03'), ['apps', 'storage.k8s.io', 'platform.example.com']);
    for (const path of ['/apis', '/']) assert.doesNotMatch((await ask(path)).text, /demo0|unshared/);
    assert.doesNotMatch((await ask('/apis', 'demo01', { accept: V2 })).text, /demo0|unshared|plans/);
  });

  it('carry the tenant’s names wherever a group stands', async () => {
    const { json } = await ask('/apis', 'demo01', { accept: V2 });
    const item = json.items.find(({ metadata }: { metadata: { name: string } }) => metadata.name === 'acme.io');
    assert.deepEqual(item, customGroup('acme.io', ['widgets']));
    assert.deepEqual((await ask('/apis/acme.io')).json, {
      kind: 'APIGroup',
      apiVersion: 'v1',
      name: 'acme.io',
      versions: [{ groupVersion: 'acme.io/v1', version: 'v1' }],
      preferredVersion: { groupVersion: 'acme.io/v1', version: 'v1' },
    });
    upstream.documents.set('/apis/demo01-acme.io/v1', {
      kind: 'APIResourceList',
      groupVersion: 'demo01-acme.io/v1',
      resources: [
        { name: 'widgets', verbs: ['get'], group: 'demo01-acme.io', version: 'v1' },
        { name: 'widgets/scale', verbs: ['get'], group: 'autoscaling', version: 'v1' },
        { name: 'gadgets', verbs: ['get'] },
      ],
    });
    assert.deepEqual((await ask('/apis/acme.io/v1')).json, {
      kind: 'APIResourceList',
      groupVersion: 'acme.io/v1',
      resources: [
        { name: 'widgets', verbs: ['get'], group: 'acme.io', version: 'v1' },
        { name: 'widgets/scale', verbs: ['get'], group: 'autoscaling', version: 'v1' },
        { name: 'gadgets', verbs: ['get'] },
      ],
    });
  });

  it('are not found by others, nor by their upstream names, and upstream is not asked', async () => {
    for (const group of ['demo01-acme.io', 'demo02-acme.io', 'zoo.io', 'unshared.example.com', 'demo01-apps']) {
      for (const path of [`/apis/${group}`, `/apis/${group}/v1`]) {
        const { status, text } = await ask(path, 'demo02');
        assert.deepEqual([status, text], [404, '404 page not found\n'], path);
      }
      const { status, text } = await ask(`/openapi/v3/apis/${group}/v1`, 'demo02');
      assert.deepEqual([status, text], [404, '']);
    }
    assert.deepEqual(
      upstream.asked.filter((path) => !['/api', '/apis', '/openapi/v3'].includes(path)),
      [],
    );
  });

  it('leave the others’ ETag as it is', async () => {
    const etags = await Promise.all(
      ['demo01', 'demo02', 'demo03'].map(async (id) => (await ask('/apis', id, { accept: V2 })).headers.etag!),
    );
    assert.equal(new Set(etags).size, 3);
    upstream.groups = [...upstream.groups, customGroup('demo02-more.io', ['things'])];
    const codes = await Promise.all(
      ['demo01', 'demo02', 'demo03'].map(
        async (id, index) => (await ask('/apis', id, { accept: V2, 'if-none-match': etags[index]! })).status,
      ),
    );
    assert.deepEqual(codes, [304, 200, 304]);
  });

  it('cost a thousand tenants without any not a byte more than one', async function () {
    this.timeout(120_000);
    await groupsOf('demo03');
    const { bytes } = results;
    for (let index = 0; index < 1_000; index++) await ask('/apis', `t${String(index).padStart(5, '0')}`, { accept: V2 });
    assert.equal(results.bytes, bytes);
    await groupsOf('demo01');
    const withOne = results.bytes;
    assert.ok(withOne > bytes);
    await groupsOf('demo02');
    assert.ok(results.bytes > withOne);
  });

  it('have hashes of their own in the OpenAPI index, that hold when upstream’s do', async () => {
    upstream.documents.set('/openapi/v3', {
      paths: Object.fromEntries(
        ['apis/apps/v1', 'apis/demo01-acme.io/v1', 'apis/demo02-acme.io/v1', 'apis/unshared.example.com/v1'].map((path) => [
          path,
          { serverRelativeURL: `/openapi/v3/${path}?hash=AB12` },
        ]),
      ),
    });
    const index = async (tenantId: string): Promise<Record<string, { serverRelativeURL: string }>> =>
      JSON.parse((await ask('/openapi/v3', tenantId)).text).paths;
    const [mine, theirs] = [await index('demo01'), await index('demo02')];
    assert.deepEqual(Object.keys(mine), ['apis/acme.io/v1', 'apis/apps/v1']);
    assert.match(mine['apis/acme.io/v1']!.serverRelativeURL, /^\/openapi\/v3\/apis\/acme\.io\/v1\?hash=[0-9A-F]{128}$/);
    assert.notEqual(mine['apis/acme.io/v1']!.serverRelativeURL, theirs['apis/acme.io/v1']!.serverRelativeURL);
    assert.deepEqual(mine['apis/apps/v1'], theirs['apis/apps/v1']);
    assert.deepEqual(await index('demo01'), mine);
  });
});
