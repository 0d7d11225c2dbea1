/** Watches of all namespaces and of cluster-scoped kinds: what a tenant sees is what upstream shows of it, event by event. */
import assert from 'node:assert/strict';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { OTHER, TENANT } from '../isolation/parties.ts';
import {
  CLUSTER_ROLES,
  CONFIG_MAPS,
  type Collection,
  DEFINITIONS,
  gadgetsOf,
  NAMESPACES,
  PODS,
  VOLUMES,
  widgetsOf,
} from './support/collection.ts';
import { FORMS, JSON_FORMS } from './support/forms.ts';
import { eventOf, openCollectionWatch } from './support/open-collection-watch.ts';
import { readList, withQuery } from './support/read-list.ts';
import { PATIENCE, type Stage, setStage } from './support/stage.ts';
import { watchBoth } from './support/watch-both.ts';

const NAME = 'collwatches';
const GROUP = `${NAME}.example`;
const MERGE = 'application/merge-patch+json';
const COLLECTIONS = [CONFIG_MAPS, PODS, widgetsOf(GROUP), NAMESPACES, CLUSTER_ROLES, VOLUMES, DEFINITIONS, gadgetsOf(GROUP)];

describe('watches of a whole tenant', () => {
  let stage: Stage;

  before(async () => {
    stage = await setStage(NAME, { custom: true });
  });

  after(async () => {
    const { tenant, other, mine, close } = stage;
    for (const party of [tenant, other]) {
      for (const collection of [CLUSTER_ROLES, VOLUMES, DEFINITIONS]) await party.ask('DELETE', `${collection.path}?labelSelector=${mine}`);
      const { items } = await readList(party.cluster, withQuery(NAMESPACES.path, { labelSelector: mine }));
      for (const { name } of items) await party.ask('DELETE', `${NAMESPACES.path}/${name}`);
    }
    await close();
  });

  const nameOf = (collection: Collection, tag: string) => (collection === DEFINITIONS ? `${tag}s.${GROUP}` : `${NAME}-${tag}`);
  const keyOf = (collection: Collection, tag: string, namespace = NAME) =>
    collection.scope === 'Cluster' ? nameOf(collection, tag) : `${namespace}/${nameOf(collection, tag)}`;
  const partyOf = (tenantId: string) => (tenantId === TENANT ? stage.tenant : stage.other);

  async function nowOf(collection: Collection): Promise<string> {
    return (await readList(stage.tenant.cluster, withQuery(collection.path, { labelSelector: 'collwatches-none=x' }))).resourceVersion;
  }

  const watched = (value: string) => ({ metadata: { labels: { watched: value } } });
  const annotated = (value: string) => ({ metadata: { annotations: { turn: value } } });

  /** An object comes, changes, leaves the selector, changes outside, comes back, and goes. */
  async function live(collection: Collection, tag: string, tenantId: string): Promise<void> {
    const party = partyOf(tenantId);
    const { path } = await stage.make(collection, nameOf(collection, tag), { tenantId, labels: { watched: 'yes' } });
    for (const patch of [annotated('1'), watched('no'), annotated('2'), watched('yes')]) await party.must('PATCH', path, patch, MERGE);
    await party.must('DELETE', `${path}?gracePeriodSeconds=0`);
    await waitUntil(`${path} to be gone`, async () => (await party.ask('GET', path)).status === 404, PATIENCE);
  }

  for (const collection of COLLECTIONS) {
    it(`${collection.title}: each event of a life once, in order, in every form, and none of a namesake’s`, async () => {
      const query = { labelSelector: `${stage.mine},watched=yes`, resourceVersion: await nowOf(collection) };
      const forms = collection.hasProtobuf ? FORMS : JSON_FORMS;
      const both = await Promise.all(forms.map((form) => watchBoth(stage, collection, query, { form })));
      const others = await watchBoth(stage, collection, query, { tenantId: OTHER });
      await live(collection, 'life', OTHER);
      await Promise.all([live(collection, 'life', TENANT), live(collection, 'life', OTHER)]);
      for (const tenantId of [TENANT, OTHER]) {
        await stage.make(collection, nameOf(collection, 'end'), { tenantId, labels: { watched: 'yes' } });
      }
      for (const one of [...both, others]) {
        await one.assertAlikeAfter('ADDED', keyOf(collection, 'end'));
        // Controllers may add changes of their own.
        const types = one.tenant.changes().map(({ type }) => type);
        const turns = types.filter((type, index) => type !== 'MODIFIED' && type !== types[index - 1]);
        const life = ['ADDED', 'DELETED', 'ADDED', 'DELETED'];
        assert.deepEqual(turns, one === others ? [...life, ...life, 'ADDED'] : [...life, 'ADDED']);
        assert.ok(types.includes('MODIFIED'));
        assert.deepEqual(one.tenant.bookmarks(), [], 'no bookmarks were asked for');
        one.close();
      }
      const { tenant: table } = both[forms.indexOf('Table')]!;
      const { body } = await readList(stage.tenant.cluster, withQuery(collection.path, { labelSelector: 'a=b' }), { form: 'Table' });
      const [first, ...later] = table.events;
      assert.deepEqual(first!.object.columnDefinitions, body.columnDefinitions, 'the first event tells the columns');
      for (const { object } of later) assert.ok(!object.columnDefinitions?.length, 'and no other does');
    });
  }

  for (const collection of [CONFIG_MAPS, PODS, widgetsOf(GROUP), NAMESPACES, CLUSTER_ROLES]) {
    it(`${collection.title}: from no version and from version 0 they begin with what is there, from a version with what comes then`, async () => {
      const { mine, namespaces, make } = stage;
      for (const namespace of collection.scope === 'Cluster' ? namespaces.slice(1) : namespaces) {
        for (const tag of ['from-a', 'from-b']) await make(collection, nameOf(collection, tag), { namespace, labels: { from: 'yes' } });
      }
      const R = await nowOf(collection);
      const labelSelector = `${mine},from=yes`;
      for (const [resourceVersion, isFresh] of [
        [undefined, true],
        ['', true],
        ['0', true],
        [R, false],
      ] as const) {
        const end = `end-${resourceVersion === undefined ? 'unset' : resourceVersion === '' ? 'empty' : resourceVersion}`;
        const both = await watchBoth(stage, collection, { labelSelector, resourceVersion });
        await make(collection, nameOf(collection, end), { labels: { from: 'yes' } });
        // Version 0 is any state, so what came lately is in it or comes behind it.
        await both.assertAlikeAfter('ADDED', keyOf(collection, end), { ordered: resourceVersion !== '0' });
        const seen = both.tenant.changes().map(({ key }) => key);
        assert.equal(seen.includes(keyOf(collection, 'from-a', namespaces[1])), isFresh, `${resourceVersion}: ${seen}`);
        both.close();
      }
    });
  }

  it('namespaces that are made and deleted meanwhile come and go with what is in them', async () => {
    const { tenant, make } = stage;
    const both = await watchBoth(stage, CONFIG_MAPS, { resourceVersion: await nowOf(CONFIG_MAPS) });
    const namespace = `${NAME}-young`;
    const { path } = await make(NAMESPACES, namespace);
    await both.tenant.waitFor('ADDED', `${namespace}/kube-root-ca.crt`);
    await make(CONFIG_MAPS, 'inside', { namespace });
    await both.tenant.waitFor('ADDED', `${namespace}/inside`);
    await tenant.must('DELETE', path);
    await both.tenant.waitFor('DELETED', `${namespace}/inside`);
    await waitUntil('the namespace to be gone', async () => (await tenant.ask('GET', path)).status === 404, PATIENCE);
    // Made again: another namespace by the same name.
    await make(NAMESPACES, namespace);
    await make(CONFIG_MAPS, 'inside-again', { namespace });
    await both.assertAlikeAfter('ADDED', `${namespace}/inside-again`);
    both.close();
  });

  it('select by fields', async () => {
    const { namespaces, make, mine } = stage;
    const resourceVersion = await nowOf(CONFIG_MAPS);
    const [first, second] = namespaces;
    const both = await Promise.all(
      [
        [`metadata.namespace=${first}`, `metadata.namespace=${TENANT}-${first}`],
        [`metadata.namespace!=${second}`, `metadata.namespace!=${TENANT}-${second}`],
        ['metadata.name=fields-end', 'metadata.name=fields-end'],
        [`metadata.name=fields-end,metadata.namespace=${first}`, `metadata.name=fields-end,metadata.namespace=${TENANT}-${first}`],
      ].map(([fieldSelector, upstreamFieldSelector]) =>
        watchBoth(stage, CONFIG_MAPS, { labelSelector: mine, fieldSelector, upstreamFieldSelector, resourceVersion }),
      ),
    );
    for (const name of ['fields-a', 'fields-end']) {
      for (const namespace of [second, first]) await make(CONFIG_MAPS, name, { namespace });
    }
    for (const one of both) {
      await one.assertAlikeAfter('ADDED', `${first}/fields-end`);
      one.close();
    }
    assert.deepEqual(
      both.map(({ tenant }) => tenant.changes().length),
      [2, 2, 2, 1],
    );
    const pods = { labelSelector: mine, fieldSelector: 'status.phase=Pending,spec.nodeName=', resourceVersion: await nowOf(PODS) };
    const pending = await watchBoth(stage, PODS, pods);
    await make(PODS, 'fields');
    await pending.assertAlikeAfter('ADDED', `${first}/fields`);
    pending.close();
    const one = { fieldSelector: `metadata.name=${NAME}-alone`, upstreamFieldSelector: `metadata.name=${TENANT}-${NAME}-alone` };
    const alone = await watchBoth(stage, NAMESPACES, { ...one, resourceVersion: await nowOf(NAMESPACES) });
    await make(NAMESPACES, `${NAME}-beside`);
    await make(NAMESPACES, `${NAME}-alone`);
    await alone.assertAlikeAfter('ADDED', `${NAME}-alone`);
    alone.close();
  });

  it('of two clients of a tenant, and of two tenants, are each their own', async () => {
    const { make, mine } = stage;
    const query = { labelSelector: `${mine},crowd=yes`, resourceVersion: await nowOf(CONFIG_MAPS) };
    const count = 40;
    const both = await Promise.all([
      watchBoth(stage, CONFIG_MAPS, query),
      watchBoth(stage, CONFIG_MAPS, query),
      watchBoth(stage, CONFIG_MAPS, query, { form: 'protobuf' }),
      watchBoth(stage, CONFIG_MAPS, query, { tenantId: OTHER }),
    ]);
    // One client goes away in the middle; the others have nothing of it.
    const leaving = await watchBoth(stage, CONFIG_MAPS, query);
    const write = async (tenantId: string, namespace: string) => {
      for (let index = 0; index < count; index += 1) {
        await make(CONFIG_MAPS, `crowd-${index}`, { tenantId, namespace, labels: { crowd: 'yes' } });
        if (index === count / 2) leaving.close();
      }
    };
    await Promise.all([TENANT, OTHER].flatMap((tenantId) => stage.namespaces.map((namespace) => write(tenantId, namespace))));
    const last = { labels: { crowd: 'yes' } };
    for (const tenantId of [TENANT, OTHER]) await make(CONFIG_MAPS, 'crowd-end', { tenantId, ...last });
    for (const one of both) {
      await one.assertAlikeAfter('ADDED', `${NAME}/crowd-end`);
      const versions = one.tenant.changes().map(({ resourceVersion }) => BigInt(resourceVersion));
      assert.equal(versions.length, 2 * count + 1);
      assert.deepEqual(
        versions,
        versions.toSorted((a, b) => (a < b ? -1 : 1)),
      );
      one.close();
    }
  });

  it('go on where they were, and where they were in the middle, without losing an event', async () => {
    const { tenant, make, mine } = stage;
    const labelSelector = `${mine},resumed=yes`;
    const add = (tag: string) => make(CONFIG_MAPS, `resumed-${tag}`, { labels: { resumed: 'yes' } });
    const whole = await openCollectionWatch(
      tenant.cluster,
      withQuery(CONFIG_MAPS.path, { labelSelector, resourceVersion: await nowOf(CONFIG_MAPS) }),
    );
    for (let index = 0; index < 8; index += 1) await add(String(index));
    await whole.waitFor('ADDED', `${NAME}/resumed-7`);
    const all = whole.changes();
    for (const [index, { resourceVersion }] of all.entries()) {
      const resumed = await openCollectionWatch(tenant.cluster, withQuery(CONFIG_MAPS.path, { labelSelector, resourceVersion }));
      await add(`then-${index}`);
      await resumed.waitFor('ADDED', `${NAME}/resumed-then-${index}`);
      await whole.waitFor('ADDED', `${NAME}/resumed-then-${index}`);
      assert.deepEqual(
        resumed.changes().map(eventOf),
        whole
          .changes()
          .slice(index + 1)
          .map(eventOf),
      );
      resumed.close();
    }
    whole.close();
  });

  it('hold the whole objects, each as it reads alone', async () => {
    for (const collection of [CONFIG_MAPS, widgetsOf(GROUP), CLUSTER_ROLES]) {
      const query = { labelSelector: stage.mine, resourceVersion: await nowOf(collection) };
      const watch = await openCollectionWatch(stage.tenant.cluster, withQuery(collection.path, query));
      const { path } = await stage.make(collection, nameOf(collection, 'whole'));
      const { object } = await watch.waitFor('ADDED', keyOf(collection, 'whole'));
      assert.deepEqual(object, await stage.tenant.must('GET', path));
      await stage.tenant.must('DELETE', path);
      const gone = await watch.waitFor('DELETED', keyOf(collection, 'whole'));
      assert.ok(BigInt(gone.resourceVersion) > BigInt(object.metadata.resourceVersion), 'the revision of the deletion');
      watch.close();
    }
  });
});
