/** How watches of a whole tenant begin and end: initial events and their bookmark, bookmarks later, time limits, and what is too old. */
import assert from 'node:assert/strict';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { definition } from '../custom-resources/definition.ts';
import { OTHER, TENANT } from '../isolation/parties.ts';
import { CLUSTER_ROLES, CONFIG_MAPS, type Collection, DEFINITIONS, gadgetsOf, NAMESPACES, PODS, widgetsOf } from './support/collection.ts';
import { FORMS, type Form, JSON_FORMS, stateOf } from './support/forms.ts';
import { type CollectionWatch, endsInitialEvents, openCollectionWatch } from './support/open-collection-watch.ts';
import { LEAK, readList, withQuery } from './support/read-list.ts';
import { PATIENCE, type Stage, setStage } from './support/stage.ts';
import { watchBoth } from './support/watch-both.ts';

const NAME = 'collinitial';
const GROUP = `${NAME}.example`;
const INITIAL = { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: 'true' };

describe('watches of a whole tenant, their beginnings and ends', () => {
  let stage: Stage;

  before(async () => {
    stage = await setStage(NAME, { custom: true });
    for (const tenantId of [TENANT, OTHER]) {
      for (const collection of [CONFIG_MAPS, PODS, widgetsOf(GROUP), CLUSTER_ROLES, gadgetsOf(GROUP)]) {
        for (const namespace of collection.scope === 'Cluster' ? [NAME] : stage.namespaces) {
          for (const name of ['a', 'b', 'c']) await stage.make(collection, `${NAME}-${name}`, { tenantId, namespace });
        }
      }
    }
  });

  after(async () => {
    for (const party of [stage.tenant, stage.other]) await party.ask('DELETE', `${CLUSTER_ROLES.path}?labelSelector=${stage.mine}`);
    await stage.close();
  });

  const formsOf = ({ hasProtobuf }: Collection): readonly Form[] => (hasProtobuf ? FORMS : JSON_FORMS);
  const endOf = (watch: CollectionWatch) =>
    waitUntil('the end of the initial events', () => watch.events.find(endsInitialEvents), { timeoutMs: 20_000, intervalMs: 20 });

  for (const collection of [CONFIG_MAPS, PODS, widgetsOf(GROUP), NAMESPACES, CLUSTER_ROLES, DEFINITIONS, gadgetsOf(GROUP)]) {
    it(`${collection.title}: one bookmark ends the initial events, which are the list of its revision`, async () => {
      const end = `end-${collection.title.toLowerCase().replaceAll(' ', '-')}`;
      const watches = await Promise.all(
        formsOf(collection).map((form) => openCollectionWatch(stage.tenant.cluster, withQuery(collection.path, INITIAL), { form })),
      );
      for (const watch of watches) {
        const { object } = await endOf(watch);
        const { resourceVersion } = (object.kind === 'Table' ? object.rows[0].object : object).metadata;
        const at = watch.events.findIndex(endsInitialEvents);
        const initial = watch.events.slice(0, at);
        assert.deepEqual([...new Set(initial.map(({ type }) => type))], ['ADDED']);
        const exact = { resourceVersion, resourceVersionMatch: 'Exact' };
        const { items } = await readList(stage.tenant.cluster, withQuery(collection.path, exact));
        assert.deepEqual(initial.map(stateOf).toSorted(), items.map(stateOf).toSorted());
      }
      const name = collection === DEFINITIONS ? `ends.${GROUP}` : end;
      const { path } = await stage.make(collection, name);
      for (const watch of watches) {
        await watch.waitFor('ADDED', collection.scope === 'Cluster' ? name : `${NAME}/${name}`);
        assert.equal(watch.events.filter(endsInitialEvents).length, 1, 'what is live has no such bookmark');
        assert.equal(watch.leak(), undefined);
        watch.close();
      }
      await stage.tenant.must('DELETE', `${path}?gracePeriodSeconds=0`);
    });
  }

  it('the initial events come in the order of a list, as upstream’s do', async () => {
    for (const collection of [CONFIG_MAPS, widgetsOf(GROUP), CLUSTER_ROLES]) {
      const both = await watchBoth(stage, collection, { ...INITIAL, labelSelector: stage.mine });
      await endOf(both.tenant);
      await endOf(both.upstream);
      const { items } = await readList(stage.tenant.cluster, withQuery(collection.path, { labelSelector: stage.mine }));
      assert.deepEqual(both.tenant.changes().map(stateOf), items.map(stateOf));
      assert.deepEqual(
        both.expected(),
        items.map((item) => `ADDED ${stateOf(item)}`),
      );
      both.close();
    }
  });

  it('there may be none, and the bookmark comes all the same', async () => {
    for (const collection of [CONFIG_MAPS, NAMESPACES, gadgetsOf(GROUP)]) {
      for (const form of formsOf(collection)) {
        const path = withQuery(collection.path, { ...INITIAL, labelSelector: 'collinitial-none=x' });
        const watch = await openCollectionWatch(stage.tenant.cluster, path, { form });
        await endOf(watch);
        assert.equal(watch.events.length, 1);
        watch.close();
      }
    }
  });

  it('the bookmark needs bookmarks to be allowed; false asks for none of the initial events', async () => {
    const { mine, make } = stage;
    const { allowWatchBookmarks: _, ...silent } = INITIAL;
    const quiet = await watchBoth(stage, CONFIG_MAPS, { ...silent, labelSelector: mine });
    const late = await watchBoth(stage, CONFIG_MAPS, { ...INITIAL, sendInitialEvents: 'false', labelSelector: mine });
    const { path } = await make(CONFIG_MAPS, 'silent-end');
    await quiet.assertAlikeAfter('ADDED', `${NAME}/silent-end`);
    await late.assertAlikeAfter('ADDED', `${NAME}/silent-end`);
    assert.deepEqual([quiet.tenant.bookmarks(), late.tenant.bookmarks()], [[], []]);
    assert.deepEqual([quiet.tenant.events.length, late.tenant.events.length], [7, 1]);
    for (const one of [quiet, late]) one.close();
    await stage.tenant.must('DELETE', path);
  });

  it('unset or 0, a version that allows bookmarks has upstream’s bookmark behind its initial events', async () => {
    for (const resourceVersion of [undefined, '0']) {
      const query = { resourceVersion, allowWatchBookmarks: 'true', labelSelector: stage.mine };
      const both = await watchBoth(stage, CONFIG_MAPS, query);
      await endOf(both.upstream);
      await endOf(both.tenant);
      assert.equal(both.tenant.changes().length, 6);
      both.close();
    }
  });

  it('initial events of at least a version hold what was written at it', async () => {
    const { metadata, path } = await stage.make(CONFIG_MAPS, 'at-least');
    const query = { ...INITIAL, resourceVersion: metadata.resourceVersion, labelSelector: stage.mine };
    const watch = await openCollectionWatch(stage.tenant.cluster, withQuery(CONFIG_MAPS.path, query));
    await endOf(watch);
    assert.ok(watch.changes().some(({ key }) => key === `${NAME}/at-least`));
    watch.close();
    await stage.tenant.must('DELETE', path);
  });

  it('time limits end them cleanly; shortly before, who allows bookmarks is told where it is', async () => {
    const { mine, make, platform, tenant } = stage;
    const { resourceVersion } = await readList(tenant.cluster, CONFIG_MAPS.path);
    const limited = { resourceVersion, timeoutSeconds: 5, labelSelector: mine };
    const path = withQuery(CONFIG_MAPS.path, { ...limited, allowWatchBookmarks: 'true' });
    const watches = await Promise.all(FORMS.map((form) => openCollectionWatch(tenant.cluster, path, { form })));
    const roles = { ...limited, allowWatchBookmarks: 'true' };
    const clusterScoped = await openCollectionWatch(tenant.cluster, withQuery(CLUSTER_ROLES.path, roles));
    const upstream = await openCollectionWatch(platform.cluster, path);
    const without = await openCollectionWatch(tenant.cluster, withQuery(CONFIG_MAPS.path, limited));
    const made = await make(CONFIG_MAPS, 'limited');
    assert.equal(await upstream.ended, 'ended');
    assert.ok(upstream.bookmarks().length > 0, 'upstream’s own watch has none');
    for (const watch of [...watches, clusterScoped]) {
      assert.equal(await watch.ended, 'ended');
      const bookmark = watch.bookmarks().at(-1);
      assert.ok(bookmark, 'no bookmark');
      assert.deepEqual([bookmark.name, endsInitialEvents(bookmark)], ['', false]);
      if (watch !== clusterScoped) assert.ok(BigInt(bookmark.resourceVersion) >= BigInt(made.metadata.resourceVersion));
      assert.equal(watch.leak(), undefined);
    }
    assert.equal(await without.ended, 'ended');
    assert.deepEqual(
      without.events.map(({ type, key }) => `${type} ${key}`),
      [`ADDED ${NAME}/limited`],
    );
    // A bookmark is a place to go on from.
    const { resourceVersion: bookmarked } = watches[0]!.bookmarks().at(-1)!;
    const resumed = await openCollectionWatch(
      tenant.cluster,
      withQuery(CONFIG_MAPS.path, { resourceVersion: bookmarked, labelSelector: mine }),
    );
    await tenant.must('DELETE', made.path);
    await resumed.waitFor('DELETED', `${NAME}/limited`);
    assert.equal(resumed.events.length, 1);
    resumed.close();
  });

  it('a version of the future has no events before its time', async () => {
    const query = { resourceVersion: '9000000000', timeoutSeconds: 1 };
    for (const collection of [CONFIG_MAPS, NAMESPACES, gadgetsOf(GROUP)]) {
      const both = await watchBoth(stage, collection, query);
      assert.deepEqual([await both.tenant.ended, await both.upstream.ended], ['ended', 'ended']);
      assert.deepEqual([both.tenant.events, both.upstream.events], [[], []]);
    }
  });

  it('a kind that is deleted takes its watches with it, and comes back empty', async () => {
    const { tenant, platform } = stage;
    const group = `fleeting.${GROUP}`;
    const define = async () => {
      await tenant.must('POST', DEFINITIONS.path, definition('widgets', group, 'Namespaced'));
      const served = async () => (await tenant.ask('GET', `/apis/${group}/v1/widgets`)).status === 200;
      await waitUntil('the kind to be served', served, PATIENCE);
    };
    const fleeting = widgetsOf(group);
    await define();
    await stage.make(fleeting, 'first');
    const both = await watchBoth(stage, fleeting, INITIAL);
    const { items } = await readList(tenant.cluster, fleeting.path);
    await both.assertAlikeAfter('ADDED', `${NAME}/first`);
    await tenant.must('DELETE', `${DEFINITIONS.path}/widgets.${group}`);
    await both.assertAlikeAfter('DELETED', `${NAME}/first`);
    await both.upstream.ended;
    await both.tenant.ended;
    const isGone = async () => (await platform.ask('GET', `${DEFINITIONS.path}/widgets.${TENANT}-${group}`)).status === 404;
    await waitUntil('the definition to be gone', isGone, PATIENCE);
    await define();
    const again = await watchBoth(stage, fleeting, INITIAL);
    await stage.make(fleeting, 'second');
    await again.assertAlikeAfter('ADDED', `${NAME}/second`);
    assert.deepEqual(
      again.tenant.changes().map(({ key }) => key),
      [`${NAME}/second`],
    );
    again.close();
    assert.equal(items.length, 1);
    assert.doesNotMatch(JSON.stringify(items), LEAK);
    await tenant.must('DELETE', `${DEFINITIONS.path}/widgets.${group}`);
  });
});
