import assert from 'node:assert/strict';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { formOf } from '../../../src/local/openapi/choose-openapi-type.ts';
import { COLLECTIONS } from '../../../src/local/openapi/openapi-form.ts';
import { startCluster, type TestCluster } from '../controller/support/cluster.ts';
import { eventually } from '../tenant-api/support/eventually.ts';
import { DEFINITIONS, definition } from './support/custom-resource-definitions.ts';
import { serveAsTenant, type TenantEndpoint } from './support/serve-as-tenant.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
const V3_PROTOBUF = 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf';
const SHARED = {
  isSharedGroup: (group: string) => group === 'platform.example.com',
  sharedScope: (_group: string, resource: string) =>
    ({ zones: 'Cluster', buckets: 'Namespaced' })[resource] as 'Cluster' | 'Namespaced' | undefined,
};

interface Answer {
  status: number;
  headers: Headers;
  bytes: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of it is the test
  json: any;
}

/** Each of the documents that is not of one group and version, in each form. */
const WHOLE: [path: string, accept: string][] = [
  ['/', '*/*'],
  ['/apis', 'application/json'],
  ['/apis', AGGREGATED],
  ['/openapi/v3', '*/*'],
  ['/openapi/v2', 'application/json'],
  ['/openapi/v2', V2_PROTOBUF],
];

describe('discovery and OpenAPI of API groups of tenants and of the platform', function () {
  this.timeout(120_000);
  let cluster: TestCluster;
  let owner: TenantEndpoint;
  let other: TenantEndpoint;
  let stranger: TenantEndpoint;
  let sharing: TenantEndpoint;

  before(async () => {
    cluster = await startCluster();
    for (const crd of DEFINITIONS) await cluster.admin.create(CRDS, crd);
    await eventually(async () => {
      for (const { metadata } of DEFINITIONS) {
        const group = metadata.name.slice(metadata.name.indexOf('.') + 1);
        for (const [path, accept] of WHOLE.slice(1)) {
          assert.ok(
            (await upstream(path, accept)).bytes.includes(accept.includes('openapi') || path.endsWith('v2') ? `/apis/${group}/` : group),
          );
        }
        assert.match((await upstream(`/openapi/v3/apis/${group}/v1`)).bytes.toString(), new RegExp(metadata.name.split('.')[0]!));
      }
    }, 60_000);
    owner = await serveAsTenant(cluster.admin, cluster.folder, 'demo01');
    other = await serveAsTenant(cluster.admin, cluster.folder, 'demo02');
    stranger = await serveAsTenant(cluster.admin, cluster.folder, 'demo03');
    sharing = await serveAsTenant(cluster.admin, cluster.folder, 'demo04', SHARED);
  });
  after(async () => {
    for (const endpoint of [owner, other, stranger, sharing]) await endpoint?.close();
    await cluster?.stop();
  });

  async function ask(endpoint: TenantEndpoint, path: string, accept = '*/*', more: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(endpoint.url + path, { headers: { accept, ...more }, redirect: 'manual' });
    const bytes = Buffer.from(await response.arrayBuffer());
    return { status: response.status, headers: response.headers, bytes, json: parsed(bytes) };
  }
  async function upstream(path: string, accept = '*/*'): Promise<Answer> {
    const { status, headers, body } = await cluster.admin.request({ method: 'GET', path, headers: { accept } });
    return { status, headers: new Headers(headers as Record<string, string>), bytes: body, json: parsed(body) };
  }

  describe('discovery', () => {
    const items = async (endpoint: TenantEndpoint): Promise<{ metadata: { name: string } }[]> =>
      (await ask(endpoint, '/apis', AGGREGATED)).json.items;
    const custom = (all: { metadata: { name: string } }[]): string[] =>
      all.map(({ metadata }) => metadata.name).filter((name) => /acme|example|^apps$/.test(name));

    it('says of a tenant’s group what upstream says of one of that name', async () => {
      const [own, reference] = [await items(owner), (await upstream('/apis', AGGREGATED)).json.items as { metadata: { name: string } }[]];
      const named = (all: typeof own) => all.find(({ metadata }) => metadata.name === 'acme.io');
      assert.deepEqual(named(own), named(reference));
      assert.deepEqual(custom(own), ['apps', 'acme.io']);
      for (const path of ['/apis/acme.io', '/apis/acme.io/v9', '/apis/acme.io/']) {
        const [mine, theirs] = [await ask(owner, path), await upstream(path)];
        assert.deepEqual([mine.status, mine.json], [theirs.status, theirs.json], path);
      }
      for (const path of ['/apis/acme.io/v1', '/apis/acme.io/v1beta1']) {
        assert.deepEqual(withoutStorageHash((await ask(owner, path)).json), withoutStorageHash((await upstream(path)).json), path);
      }
      const groups = (await ask(owner, '/apis')).json.groups;
      assert.deepEqual(
        groups.at(-1),
        (await upstream('/apis')).json.groups.find(({ name }: { name: string }) => name === 'acme.io'),
      );
    });

    it('gives each tenant its own groups, and those that are shared to all', async () => {
      assert.deepEqual(custom(await items(other)), ['apps', 'acme.io', 'only.example.com']);
      assert.deepEqual(custom(await items(stranger)), ['apps']);
      const shared = (await items(sharing)).find(({ metadata }) => metadata.name === 'platform.example.com') as unknown as {
        versions: { resources: { resource: string; verbs: string[]; subresources: { verbs: string[] }[] }[] }[];
      };
      const [buckets, zones, ...more] = shared.versions[0]!.resources;
      assert.deepEqual([buckets?.resource, zones?.resource, more], ['buckets', 'zones', []]);
      assert.deepEqual([buckets?.verbs.length, zones?.verbs.toSorted()], [8, ['get', 'list', 'watch']]);
      assert.deepEqual(
        zones?.subresources.map(({ verbs }) => verbs),
        [['get'], ['get']],
      );
      const legacy = (await ask(sharing, '/apis/platform.example.com/v1')).json.resources.map(({ name }: { name: string }) => name);
      assert.deepEqual(legacy.toSorted(), ['buckets', 'buckets/scale', 'buckets/status', 'zones', 'zones/scale', 'zones/status']);
    });

    it('keeps its ETag while only others’ groups change', async () => {
      const before = await ask(owner, '/apis', AGGREGATED);
      const crd = definition({ group: 'demo02-later.io', plural: 'things', kind: 'Thing' });
      await cluster.admin.create(CRDS, crd);
      try {
        await eventually(async () => assert.match((await ask(other, '/apis', AGGREGATED)).bytes.toString(), /later\.io/), 20_000);
        assert.match((await upstream('/apis', AGGREGATED)).bytes.toString(), /demo02-later/);
        const again = await ask(owner, '/apis', AGGREGATED, { 'if-none-match': before.headers.get('etag')! });
        assert.equal(again.status, 304);
      } finally {
        await cluster.admin.delete(`${CRDS}/${crd.metadata.name}`);
      }
      await eventually(async () => assert.doesNotMatch((await ask(other, '/apis', AGGREGATED)).bytes.toString(), /later\.io/), 20_000);
    });
  });

  describe('OpenAPI', () => {
    for (const version of ['v1', 'v1beta1']) {
      it(`v3 of a tenant’s group is what upstream has for one of that name (${version})`, async () => {
        const path = `/openapi/v3/apis/acme.io/${version}`;
        assert.deepEqual((await ask(owner, path)).json, (await upstream(path)).json);
        assertSameMembers((await ask(owner, path, V3_PROTOBUF)).bytes, (await upstream(path, V3_PROTOBUF)).bytes, 'v3', V3_PROTOBUF);
      });
    }

    it('v2 of a tenant’s group is what upstream has for one of that name', async () => {
      const [own, reference] = [(await ask(owner, '/openapi/v2')).json, (await upstream('/openapi/v2')).json];
      const [paths, definitions] = [ofAcme(own.paths), ofAcme(own.definitions)];
      assert.deepEqual([Object.keys(paths).length, Object.keys(definitions).length], [14, 8]);
      assert.deepEqual(paths, ofAcme(reference.paths));
      assert.deepEqual(definitions, ofAcme(reference.definitions));
      const binary = [(await ask(owner, '/openapi/v2', V2_PROTOBUF)).bytes, (await upstream('/openapi/v2', V2_PROTOBUF)).bytes] as const;
      assertSameMembers(binary[0], binary[1], 'v2', V2_PROTOBUF, /acme/);
    });

    it('v2 has the same names in both forms, and all that it refers to', async () => {
      for (const endpoint of [owner, stranger, sharing]) {
        const json = formOf('v2', 'application/json').takeApart((await ask(endpoint, '/openapi/v2', 'application/json')).bytes);
        const form = formOf('v2', V2_PROTOBUF);
        const binary = form.takeApart((await ask(endpoint, '/openapi/v2', V2_PROTOBUF)).bytes);
        for (const collection of COLLECTIONS) {
          const names = json.members[collection].map(({ name }) => name).toSorted();
          assert.deepEqual(binary.members[collection].map(({ name }) => name).toSorted(), names, collection);
          assert.equal(new Set(names).size, names.length);
          for (const member of binary.members[collection]) {
            for (const reference of form.references(collection, member)) {
              assert.ok(
                binary.members[reference.collection].some(({ name }) => name === reference.name),
                `${member.name}: ${reference.name}`,
              );
            }
          }
        }
      }
    });

    it('v3: each document of the index is there in both forms, and may be kept', async () => {
      for (const [endpoint, own] of [
        [owner, 2],
        [stranger, 0],
        [sharing, 2],
      ] as const) {
        const { paths } = (await ask(endpoint, '/openapi/v3')).json as { paths: Record<string, { serverRelativeURL: string }> };
        assert.deepEqual(Object.keys(paths), Object.keys(paths).toSorted());
        assert.equal(Object.keys(paths).filter((path) => /acme|example/.test(path)).length, own);
        for (const [path, { serverRelativeURL }] of Object.entries(paths)) {
          for (const accept of ['application/json', V3_PROTOBUF]) {
            const { status, headers, bytes } = await ask(endpoint, serverRelativeURL, accept);
            assert.deepEqual([status, headers.get('cache-control'), headers.get('content-type')], [200, 'public, immutable', accept], path);
            const form = formOf('v3', accept);
            const { members } = form.takeApart(bytes);
            assert.ok(members.paths.length > 0, `${path} ${accept}`);
            const names = new Set(members.definitions.map(({ name }) => name));
            for (const collection of ['paths', 'definitions'] as const) {
              for (const member of members[collection]) {
                for (const { name } of form.references(collection, member)) assert.ok(names.has(name) || isLure(name), `${path}: ${name}`);
              }
            }
          }
        }
      }
    });

    it('has another hash where the content is another', async () => {
      const hashOfAcme = async (endpoint: TenantEndpoint): Promise<string> =>
        (await ask(endpoint, '/openapi/v3')).json.paths['apis/acme.io/v1'].serverRelativeURL.split('hash=')[1];
      const [mine, theirs] = [await hashOfAcme(owner), await hashOfAcme(other)];
      assert.notEqual(mine, theirs);
      const wrong = await ask(owner, `/openapi/v3/apis/acme.io/v1?hash=${theirs}`);
      assert.deepEqual([wrong.status, wrong.headers.get('location')], [301, `/openapi/v3/apis/acme.io/v1?hash=${mine}`]);
    });

    it('shows of shared groups what is shared', async () => {
      const v2 = (await ask(sharing, '/openapi/v2')).json;
      assert.deepEqual(
        Object.keys(v2.definitions)
          .filter((name) => name.includes('platform'))
          .map((name) => name.split('.').at(-1))
          .toSorted(),
        ['Bucket', 'Bucket', 'BucketList', 'BucketList', 'Zone', 'Zone', 'ZoneList', 'ZoneList'],
      );
      const { bytes } = await ask(sharing, '/openapi/v3/apis/platform.example.com/v1');
      assert.match(bytes.toString(), /buckets/);
      assert.doesNotMatch(bytes.toString(), /plans|secret of/);
    });
  });

  describe('foreign', () => {
    const FOREIGN: [string, () => TenantEndpoint, RegExp][] = [
      [
        'of the other tenant',
        () => stranger,
        /demo0[12]|acme\.io\/v1|io\.acme|only\.example|secret of demo|secret of the|platform\.example|example\.platform/,
      ],
      ['of the platform', () => other, /platform\.example|example\.platform|secret of the platform|demo01-events/],
    ];
    for (const [whose, of, pattern] of FOREIGN) {
      it(`names ${whose} stand in no document`, async () => {
        for (const [path, accept] of WHOLE) {
          const { status, bytes } = await ask(of(), path, accept);
          assert.equal(status, 200);
          assert.doesNotMatch(bytes.toString(), pattern, `${path} ${accept}`);
          if (path !== '/') assert.match((await upstream(path, accept)).bytes.toString(), pattern, 'the control');
        }
        const { paths } = (await ask(of(), '/openapi/v3')).json as { paths: Record<string, unknown> };
        for (const path of Object.keys(paths)) {
          assert.doesNotMatch((await ask(of(), `/openapi/v3/${path}`)).bytes.toString(), pattern, path);
        }
      });
    }

    it('definitions are not led to by what a tenant writes where no reference is', async () => {
      for (const accept of ['application/json', V2_PROTOBUF]) {
        const { bytes } = await ask(owner, '/openapi/v2', accept);
        assert.match(bytes.toString(), /io\.demo02-acme\.v1\.Widget/);
        assert.doesNotMatch(bytes.toString(), /secret of/);
      }
    });

    it('paths are not there, as upstream says it', async () => {
      const paths = [
        '/apis/demo02-acme.io',
        '/apis/demo02-acme.io/v1',
        '/apis/demo01-acme.io',
        '/apis/demo01-acme.io/v1',
        '/apis/only.example.com',
        '/apis/platform.example.com',
        '/apis/platform.example.com/v1',
        '/openapi/v3/apis/demo02-acme.io/v1',
        '/openapi/v3/apis/demo01-acme.io/v1',
        '/openapi/v3/apis/only.example.com/v1',
        '/openapi/v3/apis/platform.example.com/v1',
        '/openapi/v3/apis/demo01-events.k8s.io/v1',
      ];
      for (const path of paths) {
        const unknown = path.replace(/apis\/[^/]+/, 'apis/nobody.example.org');
        const [mine, theirs] = [await ask(owner, path), await upstream(unknown)];
        assert.deepEqual([mine.status, mine.bytes.toString()], [404, theirs.bytes.toString()], path);
        assert.equal(mine.headers.get('content-type'), theirs.headers.get('content-type'), path);
      }
    });
  });

  describe('a new group', () => {
    const LATER = definition({ group: 'demo03-later.io', plural: 'things', kind: 'Thing' });
    const places: [string, string, RegExp][] = [
      ['/apis', AGGREGATED, /"later\.io"/],
      ['/apis', 'application/json', /"later\.io"/],
      ['/openapi/v3', '*/*', /apis\/later\.io\/v1/],
      ['/openapi/v2', 'application/json', /"io\.later\.v1\.Thing"/],
      ['/openapi/v2', V2_PROTOBUF, /io\.later\.v1\.Thing/],
      ['/apis/later.io/v1', 'application/json', /things/],
      ['/openapi/v3/apis/later.io/v1', 'application/json', /things/],
    ];
    const isSeen = async (ask: (path: string, accept: string) => Promise<Answer>, [path, accept, pattern]: (typeof places)[number]) => {
      const { status, bytes } = await ask(path, accept);
      return status === 200 && pattern.test(bytes.toString());
    };

    /** Polls all places side by side. */
    async function timesUntil(
      expected: boolean,
      asking: (path: string, accept: string) => Promise<Answer>,
      group: string,
    ): Promise<string> {
      const start = performance.now();
      const times = places.map(async (place) => {
        const [path, accept, pattern] = place;
        const named: typeof place = [
          path.replace('later.io', group),
          accept,
          new RegExp(pattern.source.replace('later', group.replace('.io', ''))),
        ];
        await waitUntil(`${expected} ${path} ${accept}`, async () => (await isSeen(asking, named)) === expected, {
          timeoutMs: 20_000,
          intervalMs: 100,
        });
        return `${path}${accept.includes('proto') ? ' (protobuf)' : accept === AGGREGATED ? ' (aggregated)' : ''} ${(performance.now() - start).toFixed()} ms`;
      });
      return (await Promise.all(times)).join(', ');
    }

    it('is seen everywhere soon after it was made, and gone soon after it was removed', async () => {
      const asTenant = (path: string, accept: string) => ask(stranger, path, accept);
      await timesUntil(false, asTenant, 'later.io');
      await cluster.admin.create(CRDS, LATER);
      const [seen, seenUpstream] = await Promise.all([
        timesUntil(true, asTenant, 'later.io'),
        timesUntil(true, upstream, 'demo03-later.io'),
      ]);
      await cluster.admin.delete(`${CRDS}/${LATER.metadata.name}`);
      const [gone, goneUpstream] = await Promise.all([
        timesUntil(false, asTenant, 'later.io'),
        timesUntil(false, upstream, 'demo03-later.io'),
      ]);
      for (const [what, times] of Object.entries({ seen, seenUpstream, gone, goneUpstream })) console.log(`      ${what}: ${times}`);
    });
  });
});

/** A reference that a tenant has written into a default value. */
function isLure(name: string): boolean {
  return name === 'io.demo02-acme.v1.Widget';
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The hash is of the group's upstream name; the order is a Go map's. */
function withoutStorageHash(list: { resources: { name: string; storageVersionHash?: string }[] }): unknown {
  const resources = list.resources.map(({ storageVersionHash: _, ...rest }) => rest);
  return { ...list, resources: resources.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
}

function ofAcme(named: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(named).filter(([name]) => /^\/apis\/acme\.io\/|^io\.acme\./.test(name)));
}

/** Paths and definitions of the one, each to the byte as the other has it. */
function assertSameMembers(own: Buffer, reference: Buffer, version: 'v2' | 'v3', type: string, pattern = /./): void {
  const form = formOf(version, type);
  const [mine, theirs] = [form.takeApart(own), form.takeApart(reference)];
  for (const collection of ['paths', 'definitions'] as const) {
    const found = mine.members[collection].filter(({ name }) => pattern.test(name));
    assert.ok(found.length > 0);
    for (const { name, bytes } of found) {
      const same = theirs.members[collection].find((member) => member.name === name);
      assert.equal(bytes.toString('latin1'), same?.bytes.toString('latin1'), name);
    }
  }
}
