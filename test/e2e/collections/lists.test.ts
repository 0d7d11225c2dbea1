/** Lists of all namespaces and of cluster-scoped kinds: what a tenant reads is what upstream holds of it at that very revision. */
import assert from 'node:assert/strict';
import { OTHER, TENANT } from '../isolation/parties.ts';
import { assertAsUpstream, upstreamItems } from './support/as-upstream.ts';
import {
  CLUSTER_ROLES,
  CONFIG_MAPS,
  type Collection,
  DEFINITIONS,
  gadgetsOf,
  NAMESPACES,
  PODS,
  pathIn,
  VOLUMES,
  widgetsOf,
} from './support/collection.ts';
import { FORMS, JSON_FORMS, stateOf } from './support/forms.ts';
import { readList, withQuery } from './support/read-list.ts';
import { type Stage, setStage } from './support/stage.ts';

const NAME = 'colllists';
const GROUP = `${NAME}.example`;
const NAMESPACED = [CONFIG_MAPS, PODS, widgetsOf(GROUP)];
const CLUSTER_SCOPED = [NAMESPACES, CLUSTER_ROLES, VOLUMES, DEFINITIONS, gadgetsOf(GROUP)];
const ALL = [...NAMESPACED, ...CLUSTER_SCOPED];
/** Each of them sorts differently with what a key holds behind it: `-` and `.` come before `/`, digits after. */
const NAMES = ['a', 'a-b', 'a.b', 'a0'];

describe('lists of a whole tenant', () => {
  let stage: Stage;

  before(async () => {
    stage = await setStage(NAME, { custom: true });
    const { namespaces, make } = stage;
    for (const tenantId of [TENANT, OTHER]) {
      for (const collection of NAMESPACED) {
        for (const namespace of namespaces) {
          for (const name of NAMES) {
            await make(collection, name, { tenantId, namespace, labels: { name, tier: name === 'a' ? 'front' : 'back' } });
          }
        }
      }
      for (const collection of [CLUSTER_ROLES, VOLUMES, gadgetsOf(GROUP)]) {
        for (const name of NAMES) {
          await make(collection, `${NAME}-${name}`, { tenantId, labels: { name, tier: name === 'a' ? 'front' : 'back' } });
        }
      }
    }
  });

  after(async () => {
    const { tenant, other, mine, namespaces, close } = stage;
    for (const party of [tenant, other]) {
      for (const collection of [CLUSTER_ROLES, VOLUMES]) await party.ask('DELETE', `${collection.path}?labelSelector=${mine}`);
      for (const namespace of namespaces)
        await party.ask('DELETE', `${pathIn(PODS, namespace)}?labelSelector=${mine}&gracePeriodSeconds=0`);
    }
    await close();
  });

  const clusterOf = (tenantId: string) => (tenantId === TENANT ? stage.tenant : stage.other).cluster;

  for (const collection of ALL) {
    describe(collection.title, () => {
      it('are upstream’s of the tenant, in upstream’s order, in every form', async () => {
        for (const tenantId of [TENANT, OTHER]) {
          for (const form of collection.hasProtobuf ? FORMS : JSON_FORMS) {
            const listed = await readList(clusterOf(tenantId), collection.path, { form });
            await assertAsUpstream(stage.platform.cluster, tenantId, collection, listed);
            assert.ok(listed.items.length >= 2, `${form}: ${listed.items.length} of ${tenantId}`);
            assert.deepEqual([listed.continue, listed.remainingItemCount], [undefined, undefined], 'nothing is left to be asked for');
          }
        }
      });

      it('can be selected by labels', async () => {
        const { mine } = stage;
        const selectors = [
          mine,
          `${mine},tier=front`,
          `${mine},tier!=front`,
          `tier in (front,other),${mine}`,
          `!tier`,
          'tier,!colllists-none',
        ];
        for (const labelSelector of selectors) {
          for (const form of ['JSON', 'Table', 'PartialObjectMetadata'] as const) {
            const listed = await readList(clusterOf(TENANT), withQuery(collection.path, { labelSelector }), { form });
            await assertAsUpstream(stage.platform.cluster, TENANT, collection, listed, { labelSelector });
          }
        }
        assert.ok((await readList(clusterOf(TENANT), withQuery(collection.path, { labelSelector: mine }))).items.length > 0);
        const nothing = await readList(clusterOf(TENANT), withQuery(collection.path, { labelSelector: 'colllists-none=x' }));
        assert.deepEqual(nothing.items, []);
      });

      it('are served at a revision, from the cache and at the latest state', async () => {
        const now = await readList(clusterOf(TENANT), collection.path);
        const R = now.resourceVersion;
        const all = now.items.map(stateOf);
        const marker = collection.title === 'Namespaces' ? `${NAME}-later` : undefined;
        const later =
          collection.title === 'CustomResourceDefinitions'
            ? await stage.make(collection, `laters.${GROUP}`)
            : await stage.make(collection, marker ?? `${NAME}-later`);
        try {
          for (const query of [
            { resourceVersion: R, resourceVersionMatch: 'Exact' },
            { resourceVersion: R, resourceVersionMatch: 'Exact', limit: 500 },
            // Without a match, a limit makes the version an exact one.
            { resourceVersion: R, limit: 500 },
          ]) {
            const listed = await readList(clusterOf(TENANT), withQuery(collection.path, query));
            assert.equal(listed.resourceVersion, R, JSON.stringify(query));
            assert.deepEqual(listed.items.map(stateOf), all, JSON.stringify(query));
          }
          const L = later.metadata.resourceVersion;
          for (const query of [
            {},
            { resourceVersion: '' },
            { resourceVersion: L },
            { resourceVersion: L, resourceVersionMatch: 'NotOlderThan' },
            { resourceVersion: L, resourceVersionMatch: 'NotOlderThan', limit: 500 },
          ]) {
            const listed = await readList(clusterOf(TENANT), withQuery(collection.path, query));
            assert.ok(BigInt(listed.resourceVersion) >= BigInt(L), JSON.stringify(query));
            await assertAsUpstream(stage.platform.cluster, TENANT, collection, listed);
            assert.ok(
              listed.items.some(({ name }) => name === later.metadata.name),
              JSON.stringify(query),
            );
          }
          for (const query of [{ resourceVersion: '0' }, { resourceVersion: '0', resourceVersionMatch: 'NotOlderThan' }]) {
            const listed = await readList(clusterOf(TENANT), withQuery(collection.path, query));
            await assertAsUpstream(stage.platform.cluster, TENANT, collection, listed);
          }
        } finally {
          await stage.tenant.ask('DELETE', `${later.path}?gracePeriodSeconds=0`);
        }
      });

      it('can be selected by name', async () => {
        const { items } = await readList(clusterOf(TENANT), withQuery(collection.path, { labelSelector: stage.mine }));
        // The last may be one of another test’s, on its way out.
        const { name } = items[0]!;
        for (const [field, upstreamField] of [
          [`metadata.name=${name}`, (upstream: string) => `metadata.name=${upstream}`],
          [`metadata.name!=${name}`, (upstream: string) => `metadata.name!=${upstream}`],
        ] as const) {
          const listed = await readList(clusterOf(TENANT), withQuery(collection.path, { fieldSelector: field }));
          const upstreamName = await upstreamNameOf(collection, name);
          await assertAsUpstream(stage.platform.cluster, TENANT, collection, listed, { fieldSelector: upstreamField(upstreamName) });
          assert.ok(listed.items.length > 0, field);
        }
        const none = await readList(clusterOf(TENANT), withQuery(collection.path, { fieldSelector: 'metadata.name=colllists-nobody' }));
        assert.deepEqual(none.items, []);
      });
    });
  }

  /** By what the answer itself holds: the rule of names is not the test's. */
  async function upstreamNameOf(collection: Collection, name: string): Promise<string> {
    const path = collection.upstreamPath(TENANT);
    const { items } = await readList(stage.platform.cluster, path, { form: 'PartialObjectMetadata' });
    if (collection.scope === 'Namespaced') return name;
    return items.find((item) => collection.tenantName(TENANT, item.name) === name)!.name;
  }

  for (const collection of NAMESPACED) {
    it(`${collection.title} can be selected by namespace`, async () => {
      const [first, second] = stage.namespaces;
      for (const [theirs, upstreams] of [
        [`metadata.namespace=${first}`, `metadata.namespace=${TENANT}-${first}`],
        [`metadata.namespace=${second},metadata.name=a`, `metadata.namespace=${TENANT}-${second},metadata.name=a`],
        [`metadata.namespace!=${first}`, `metadata.namespace!=${TENANT}-${first}`],
        // Upstream's own name is not the tenant's.
        [`metadata.namespace=${TENANT}-${first}`, `metadata.namespace=${TENANT}-${TENANT}-${first}`],
      ] as const) {
        const listed = await readList(clusterOf(TENANT), withQuery(collection.path, { fieldSelector: theirs }));
        await assertAsUpstream(stage.platform.cluster, TENANT, collection, listed, { fieldSelector: upstreams });
      }
    });
  }

  it('sort by upstream’s keys, of which the namespace’s end is a part', async () => {
    const { items } = await readList(clusterOf(TENANT), withQuery(CONFIG_MAPS.path, { labelSelector: stage.mine }));
    assert.deepEqual(
      items.map(({ key }) => key),
      [`${NAME}-b`, NAME].flatMap((namespace) => ['a', 'a-b', 'a.b', 'a0'].map((name) => `${namespace}/${name}`)),
    );
  });

  it('select by fields of their kind', async () => {
    for (const fieldSelector of ['status.phase=Pending', 'status.phase!=Pending', 'spec.nodeName=', 'spec.nodeName=somewhere']) {
      const selectors = { fieldSelector, labelSelector: stage.mine };
      const listed = await readList(clusterOf(TENANT), withQuery(PODS.path, selectors));
      await assertAsUpstream(stage.platform.cluster, TENANT, PODS, listed, selectors);
    }
    const phase = { fieldSelector: 'status.phase=Active', labelSelector: '!none' };
    await assertAsUpstream(
      stage.platform.cluster,
      TENANT,
      NAMESPACES,
      await readList(clusterOf(TENANT), withQuery(NAMESPACES.path, phase)),
      phase,
    );
  });

  it('hold the whole objects, each as it reads alone', async () => {
    for (const collection of [CONFIG_MAPS, widgetsOf(GROUP), CLUSTER_ROLES]) {
      const { body } = await readList(clusterOf(TENANT), withQuery(collection.path, { labelSelector: stage.mine }));
      for (const { metadata, ...rest } of body.items) {
        const namespace = metadata.namespace ?? '';
        const alone = await stage.tenant.must('GET', `${pathIn(collection, namespace)}/${metadata.name}`);
        const { apiVersion: _, kind: __, ...content } = alone;
        const { apiVersion: ___, kind: ____, ...item } = { metadata, ...rest };
        assert.deepEqual(item, content);
      }
    }
  });

  it('as Tables have the columns of upstream’s', async () => {
    for (const collection of ALL) {
      const path = (at: string) => withQuery(at, { labelSelector: 'colllists-none=x' });
      const [theirs, upstreams] = await Promise.all([
        readList(clusterOf(TENANT), path(collection.path), { form: 'Table' }),
        readList(stage.platform.cluster, path(collection.upstreamPath(TENANT)), { form: 'Table' }),
      ]);
      assert.deepEqual(theirs.body.columnDefinitions, upstreams.body.columnDefinitions, collection.title);
    }
  });

  it('are of one revision, whatever is written meanwhile', async () => {
    const [early, late] = [stage.namespaces[1], stage.namespaces[0]];
    let over = false;
    let written = 0;
    // The key that is read last is written first: an answer of two moments would hold the second write without the first.
    const write = async () => {
      while (!over) {
        const body = { data: { turn: String(written) } };
        for (const namespace of [late, early]) {
          await stage.tenant.must('PATCH', `${pathIn(CONFIG_MAPS, namespace)}/a`, body, 'application/merge-patch+json');
        }
        written += 1;
      }
    };
    const writing = write();
    try {
      const seen = new Set<string>();
      for (let round = 0; round < 15; round += 1) {
        const listed = await readList(
          clusterOf(TENANT),
          withQuery(CONFIG_MAPS.path, { labelSelector: round % 2 ? stage.mine : undefined }),
        );
        const expected = await upstreamItems(stage.platform.cluster, TENANT, CONFIG_MAPS, listed.resourceVersion, {
          labelSelector: round % 2 ? stage.mine : undefined,
        });
        assert.deepEqual(listed.items.map(stateOf), expected.map(stateOf));
        seen.add(listed.resourceVersion);
      }
      assert.ok(seen.size > 1 && written > 1, `${seen.size} revisions, ${written} writes: nothing changed meanwhile`);
    } finally {
      over = true;
      await writing;
    }
  });
});
