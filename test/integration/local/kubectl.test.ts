import assert from 'node:assert/strict';
import { join } from 'node:path';
import { allRows, findResource } from '../../../src/translate/table/index.ts';
import { findKubectl } from '../../helpers/find-tools.ts';
import { type KubectlOptions, type KubectlResult, runKubectl } from '../../helpers/kubectl.ts';
import { startCluster, type TestCluster } from '../controller/support/cluster.ts';
import { eventually } from '../tenant-api/support/eventually.ts';
import { type AggregatedList, flattenAggregated, flattenLegacy, type LegacyList } from './support/flatten-discovery.ts';
import { GATEWAY_ADDRESS, serveAsTenant, type TenantEndpoint } from './support/serve-as-tenant.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const READS = ['get', 'list', 'watch'];
/** A kind of another tenant's, in the form it has upstream. */
const FOREIGN_CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.demo02-acme.io' },
  spec: {
    group: 'demo02-acme.io',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', properties: { size: { type: 'integer' } } } },
      },
    ],
  },
};

interface OpenApiV3 {
  info: object;
  paths: Record<string, unknown>;
  components: { schemas: Record<string, unknown> };
}

describe('local API with kubectl', function () {
  this.timeout(120_000);
  let cluster: TestCluster;
  let endpoint: TenantEndpoint;
  let kubectlBinary: string;

  before(async () => {
    kubectlBinary = await findKubectl();
    cluster = await startCluster();
    await cluster.admin.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', FOREIGN_CRD);
    await eventually(async () => {
      for (const path of ['/apis/demo02-acme.io/v1', '/openapi/v3/apis/demo02-acme.io/v1']) {
        assert.equal((await cluster.admin.request({ method: 'GET', path })).status, 200);
      }
      assert.match((await upstreamText('/openapi/v2')).text, /demo02-acme/);
    }, 60_000);
    endpoint = await serveAsTenant(cluster.admin, cluster.folder);
  });
  after(async () => {
    await endpoint?.close();
    await cluster?.stop();
  });

  const asTenant = (args: string, options?: KubectlOptions): Promise<KubectlResult> =>
    runKubectl(kubectlBinary, '/dev/null', join(cluster.folder, 'tenant'), ['--server', endpoint.url, ...args.split(' ')], options);
  const atUpstream = (args: string, options?: KubectlOptions): Promise<KubectlResult> =>
    runKubectl(kubectlBinary, cluster.adminKubeconfig, join(cluster.folder, 'upstream'), args.split(' '), options);

  const tenantText = async (path: string, accept = '*/*'): Promise<{ status: number; text: string; headers: Headers }> => {
    const response = await fetch(endpoint.url + path, { headers: { accept } });
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
  const upstreamText = async (path: string, accept = '*/*'): Promise<{ text: string; type: string | undefined }> => {
    const { body, headers } = await cluster.admin.request({ method: 'GET', path, headers: { accept } });
    return { text: body.toString('utf8'), type: headers['content-type'] };
  };
  const tenantJson = async <T>(path: string, accept?: string): Promise<T> => JSON.parse((await tenantText(path, accept)).text) as T;

  const SAME = [
    'version -o json',
    'explain pod.spec',
    'explain deployment --recursive',
    'explain ingress.spec --output=plaintext-openapiv2',
    'get --raw /version',
  ];
  for (const args of SAME) {
    it(`${args}: as upstream`, async () => {
      const [own, upstream] = [await asTenant(args), await atUpstream(args)];
      assert.deepEqual([own.code, own.stdout, own.stderr], [0, upstream.stdout, upstream.stderr]);
      assert.ok(own.stdout.length > 100);
    });
  }

  it('api-resources: as upstream, less what tenants are not offered', async () => {
    const args = 'api-resources -o wide --no-headers';
    const [own, upstream] = [await asTenant(args), await atUpstream(args)];
    assert.equal(own.code, 0, own.stderr);
    const expected = upstream.stdout.trimEnd().split('\n').flatMap(offeredLine);
    assert.deepEqual(own.stdout.trimEnd().split('\n').map(squeeze).sort(), expected.sort());
    assert.ok(expected.length > 30);
    assert.match(upstream.stdout, /demo02-acme/);
  });

  it('api-versions: as upstream, less what tenants are not offered', async () => {
    const [own, upstream, resources] = [
      await asTenant('api-versions'),
      await atUpstream('api-versions'),
      await asTenant('api-resources --no-headers'),
    ];
    const versions = own.stdout.trimEnd().split('\n');
    const offered = upstream.stdout.split('\n').filter((version) => versions.includes(version));
    assert.deepEqual(versions, offered);
    // api-resources shows a group's preferred version only.
    for (const line of resources.stdout.trimEnd().split('\n'))
      assert.ok(
        versions.some((version) => line.includes(` ${version} `)),
        line,
      );
    for (const version of upstream.stdout.trimEnd().split('\n')) {
      const [name, group = ''] = version.split('/').reverse() as [string, string?];
      const isOffered = allRows().some((row) => row.group === group && row.policy !== 'refused' && row.versions.includes(name));
      assert.equal(versions.includes(version), isOffered, version);
    }
  });

  it('get nodes: none, not found by name, and a silent watch', async () => {
    const list = await asTenant('get nodes');
    assert.deepEqual([list.code, list.stdout, list.stderr], [0, '', 'No resources found\n']);
    const one = await asTenant('get node x');
    assert.deepEqual([one.code, one.stderr], [1, 'Error from server (NotFound): nodes "x" not found\n']);
    const watch = await asTenant('get nodes -w', { timeoutMs: 3_000 });
    // 124: it was still watching when its time was up.
    assert.deepEqual([watch.code, watch.stdout, watch.stderr], [124, '', '']);
    assert.deepEqual((await asTenant('get nodes -o json')).stdout, (await atUpstream('get nodes -o json')).stdout);
  });

  it('delete node: forbidden, with the reason', async () => {
    const { code, stderr } = await asTenant('delete --raw /api/v1/nodes/x');
    assert.equal(code, 1);
    assert.match(stderr, /nodes "x" is forbidden: nodes belong to the platform/);
  });

  it('does not show another tenant’s kind anywhere', async () => {
    const { stderr } = await asTenant('get widgets');
    assert.match(stderr, /the server doesn't have a resource type "widgets"/);
    const places: [string, string?][] = [
      ['/'],
      ['/apis'],
      ['/apis', AGGREGATED],
      ['/openapi/v3'],
      ['/openapi/v2', 'application/json'],
      ['/openapi/v2', 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'],
    ];
    for (const [path, accept] of places) {
      assert.match((await upstreamText(path, accept)).text, /demo02-acme/, `the control: ${path} ${accept}`);
      const { status, text } = await tenantText(path, accept);
      assert.equal(status, 200);
      assert.doesNotMatch(text, /demo02/, `${path} ${accept}`);
    }
    for (const path of [
      '/apis/demo02-acme.io',
      '/apis/demo02-acme.io/v1',
      '/openapi/v3/apis/demo02-acme.io/v1',
      '/apis/demo02-acme.io/v1/widgets',
    ]) {
      const { status, text } = await tenantText(path);
      assert.equal(status, 404, path);
      assert.doesNotMatch(text, /demo02/);
    }
  });

  describe('discovery', () => {
    const legacyLists = async (): Promise<LegacyList[]> => {
      const { groups } = await tenantJson<{ groups: { versions: { groupVersion: string }[] }[] }>('/apis');
      const { versions } = await tenantJson<{ versions: string[] }>('/api');
      const paths = [
        ...versions.map((version) => `/api/${version}`),
        ...groups.flatMap((group) => group.versions.map((v) => `/apis/${v.groupVersion}`)),
      ];
      return Promise.all(paths.map((path) => tenantJson<LegacyList>(path)));
    };

    it('says the same in both forms', async () => {
      const aggregated = [await tenantJson<AggregatedList>('/api', AGGREGATED), await tenantJson<AggregatedList>('/apis', AGGREGATED)];
      const lines = aggregated.flatMap(flattenAggregated).sort();
      assert.deepEqual(lines, flattenLegacy(await legacyLists()));
      assert.ok(lines.length > 60);
    });

    it('advertises nothing without a row that offers it', async () => {
      for (const { groupVersion, resources } of await legacyLists()) {
        const [version, group = ''] = groupVersion.split('/').reverse() as [string, string?];
        for (const { name, verbs } of resources) {
          const [resource, subresource] = name.split('/') as [string, string?];
          const row = findResource(group, version, resource);
          assert.ok(row && row.policy !== 'refused', `${groupVersion} ${name}`);
          if (subresource !== undefined)
            assert.ok(['served', 'shared', 'hidden'].includes(row.subresources[subresource]?.policy ?? ''), `${groupVersion} ${name}`);
          if (row.policy !== 'served')
            assert.ok(
              verbs.every((verb) => READS.includes(verb)),
              `${groupVersion} ${name} ${verbs}`,
            );
        }
      }
    });

    it('is upstream’s own text where nothing was taken away', async () => {
      for (const path of ['/apis/apps', '/apis/autoscaling', '/apis/batch/v1', '/apis/autoscaling/v2']) {
        assert.deepEqual(await tenantJson(path), JSON.parse((await upstreamText(path)).text), path);
      }
    });

    it('has upstream’s media types, and a 304', async () => {
      for (const path of ['/api', '/apis']) {
        const { headers } = await tenantText(path, AGGREGATED);
        assert.equal(headers.get('content-type'), (await upstreamText(path, AGGREGATED)).type);
        const again = await fetch(endpoint.url + path, { headers: { accept: AGGREGATED, 'if-none-match': headers.get('etag')! } });
        assert.equal(again.status, 304);
      }
    });

    it('shows the gateway’s address, not upstream’s', async () => {
      const { text } = await tenantText('/api');
      assert.match(text, new RegExp(GATEWAY_ADDRESS));
      const own = JSON.parse((await upstreamText('/api')).text) as { serverAddressByClientCIDRs: { serverAddress: string }[] };
      assert.ok(!text.includes(own.serverAddressByClientCIDRs[0]!.serverAddress));
    });
  });

  it('/openapi/v3: each document is upstream’s, less the paths that tenants are not offered and what only these lead to', async () => {
    const { stdout } = await asTenant('get --raw /openapi/v3');
    const { paths } = JSON.parse(stdout) as { paths: Record<string, { serverRelativeURL: string }> };
    assert.ok(Object.keys(paths).length > 15 && 'apis/apps/v1' in paths && 'version' in paths);
    let [own, upstream] = [0, 0];
    for (const [path, { serverRelativeURL }] of Object.entries(paths)) {
      const { status, text, headers } = await tenantText(serverRelativeURL);
      assert.deepEqual([status, headers.get('cache-control')], [200, 'public, immutable'], path);
      const mine = JSON.parse(text) as OpenApiV3;
      const theirs = JSON.parse((await upstreamText(`/openapi/v3/${path}`)).text) as OpenApiV3;
      assert.deepEqual([Object.keys(mine), mine.info], [Object.keys(theirs), theirs.info], path);
      for (const [name, item] of Object.entries(mine.paths)) assert.deepEqual(item, theirs.paths[name], name);
      for (const [name, schema] of Object.entries(mine.components.schemas)) assert.deepEqual(schema, theirs.components.schemas[name], name);
      own += Object.keys(mine.paths).length;
      upstream += Object.keys(theirs.paths).length;
    }
    assert.ok(own > 150 && own < upstream);
  });

  it('/openapi/v2 in JSON has everything that it refers to', async () => {
    const { text } = await tenantText('/openapi/v2', 'application/json');
    const document = JSON.parse(text) as { paths: Record<string, unknown>; definitions: Record<string, unknown> };
    assert.ok(Object.keys(document.paths).length > 100);
    for (const [, from, name] of text.matchAll(/"\$ref":"#\/([^/"]+)\/([^"]+)"/g)) {
      assert.ok(name! in (document[from as 'definitions'] ?? {}), `${from} ${name}`);
    }
  });

  // Behind everything that needs upstream.
  describe('without upstream', () => {
    it('goes on', async () => {
      await cluster.stop();
      const { code, stdout } = await asTenant('api-resources --cached=false');
      assert.equal(code, 0);
      assert.match(stdout, /deployments/);
      assert.match((await asTenant('version')).stdout, /Server Version: v1/);
    });
  });
});

/** A line of upstream's `api-resources -o wide` as a tenant is to see it; none where nothing is offered. */
function offeredLine(text: string): string[] {
  const columns = squeeze(text).split(' ');
  const namespaced = columns.findIndex((column) => column === 'true' || column === 'false');
  const [version, group = ''] = columns[namespaced - 1]!.split('/').reverse() as [string, string?];
  const row = findResource(group, version, columns[0]!);
  if (!row || row.policy === 'refused') return [];
  const offered = (verb: string) => row.policy === 'served' || READS.includes(verb);
  columns[namespaced + 2] = columns[namespaced + 2]!.split(',').filter(offered).join();
  return [columns.join(' ')];
}

function squeeze(text: string): string {
  return text.trim().replace(/ +/g, ' ');
}
