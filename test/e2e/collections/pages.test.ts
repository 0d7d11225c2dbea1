/** Lists in pages (`limit`, `continue`): together they are one list of one revision, whatever is written between them. */
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
  objectOf,
  pathIn,
  widgetsOf,
} from './support/collection.ts';
import { FORMS, stateOf } from './support/forms.ts';
import { type Listed, readList, withQuery } from './support/read-list.ts';
import { readPages } from './support/read-pages.ts';
import { MARK, type Stage, setStage } from './support/stage.ts';

const NAME = 'collpages';
const GROUP = `${NAME}.example`;
/** More than one page of 500. */
const CONFIG_MAP_COUNT = 510;
const COUNT = 16;
/** Changes between pages; a page of one object each would else make hundreds. */
const ROUNDS = 4;
const AT_ONCE = 16;

describe('pages of a whole tenant', function () {
  this.timeout(120_000);
  let stage: Stage;

  const digits = (index: number) => String(index).padStart(3, '0');
  /** Each its own part of the alphabet, so that changes fall before, at and behind the cursor. */
  const nameOf = (collection: Collection, index: number) =>
    collection === DEFINITIONS ? `p${digits(index)}s.${GROUP}` : `${NAME}-${digits(index)}`;

  before(async function () {
    this.timeout(120_000);
    stage = await setStage(NAME, { custom: true });
    const { namespaces, platform, tenant, make, mine } = stage;
    const waiting = Array.from({ length: CONFIG_MAP_COUNT }, (_, index) => index);
    const labels = (index: number) => ({ few: index % 20 === 0 ? 'yes' : 'no' });
    const work = async () => {
      for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
        const object = objectOf(CONFIG_MAPS, nameOf(CONFIG_MAPS, index), { [MARK]: NAME, ...labels(index) });
        // As the platform: it is the faster way to the same objects.
        await platform.must('POST', pathIn(CONFIG_MAPS, `${TENANT}-${namespaces[index % 2]}`), object);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    for (const namespace of namespaces) {
      for (const index of [0, 1, 2]) await make(CONFIG_MAPS, nameOf(CONFIG_MAPS, index), { tenantId: OTHER, namespace });
    }
    for (const collection of [CLUSTER_ROLES, widgetsOf(GROUP), gadgetsOf(GROUP), NAMESPACES]) {
      for (let index = 0; index < COUNT; index += 1) {
        await make(collection, nameOf(collection, index), { namespace: namespaces[index % 2]!, labels: labels(index * 5) });
        if (index < 3) await make(collection, nameOf(collection, index), { tenantId: OTHER, namespace: namespaces[index % 2]! });
      }
    }
    for (let index = 0; index < 7; index += 1) await make(DEFINITIONS, nameOf(DEFINITIONS, index));
    assert.equal((await tenant.must('GET', `/api/v1/configmaps?labelSelector=${mine}`)).items.length, CONFIG_MAP_COUNT);
  });

  after(async () => {
    const { tenant, other, platform, mine, namespaces, close } = stage;
    for (const namespace of namespaces)
      await platform.ask('DELETE', `${pathIn(CONFIG_MAPS, `${TENANT}-${namespace}`)}?labelSelector=${mine}`);
    for (const party of [tenant, other]) {
      for (const collection of [CLUSTER_ROLES, DEFINITIONS]) await party.ask('DELETE', `${collection.path}?labelSelector=${mine}`);
      const { items } = await readList(party.cluster, withQuery(NAMESPACES.path, { labelSelector: mine }));
      for (const { name } of items) await party.ask('DELETE', `${NAMESPACES.path}/${name}`);
    }
    await close();
  });

  const all = (pages: readonly Listed[]) => pages.flatMap(({ items }) => items.map(stateOf));

  /** Makes one object before and one behind everything, changes one and deletes one near the end. */
  function changesOf(collection: Collection, tag: string): (read: number) => Promise<void> {
    const { tenant, namespaces, make } = stage;
    return async (read) => {
      if (read > ROUNDS) return;
      const [first, last] = collection === DEFINITIONS ? ['a', 'z'] : [`${NAME}-`, `${NAME}-z`];
      const end = collection === DEFINITIONS ? `s.${GROUP}` : '';
      const [front, back] = [`${first}${tag}${read}${end}`, `${last}${tag}${read}${end}`];
      await make(collection, front, { namespace: namespaces[1], labels: { few: 'yes' } });
      await make(collection, back, { namespace: namespaces[0], labels: { few: 'yes' } });
      const path = pathIn(collection, namespaces[0]);
      const label = { metadata: { labels: { [`turn-${tag}`]: String(read) } } };
      await tenant.must('PATCH', `${path}/${back}`, label, 'application/merge-patch+json');
      await tenant.must('DELETE', `${path}/${back}`);
    };
  }

  for (const [collection, selector] of [
    [CONFIG_MAPS, 'few=yes'],
    [widgetsOf(GROUP), undefined],
    [NAMESPACES, undefined],
    [CLUSTER_ROLES, undefined],
    [DEFINITIONS, undefined],
    [gadgetsOf(GROUP), undefined],
  ] as const) {
    describe(collection.title, () => {
      for (const limit of [1, 7, 500]) {
        it(`by ${limit}, while objects come, change and go between the pages`, async () => {
          const { tenant, platform } = stage;
          // Hundreds of pages of one object would say no more than some.
          const labelSelector = limit === 1 ? selector : undefined;
          const path = withQuery(collection.path, { labelSelector });
          const pages = await readPages(tenant.cluster, path, { limit, between: changesOf(collection, `n${limit}x`) });
          const { resourceVersion } = pages[0]!;
          const whole = await readList(tenant.cluster, withQuery(path, { resourceVersion, resourceVersionMatch: 'Exact' }));
          assert.equal(whole.resourceVersion, resourceVersion);
          assert.deepEqual(all(pages), whole.items.map(stateOf));
          const upstreams = await upstreamItems(platform.cluster, TENANT, collection, resourceVersion, { labelSelector });
          assert.deepEqual(all(pages), upstreams.map(stateOf));
          if (whole.items.length > limit) assert.ok(pages.length > 1);
          if (labelSelector !== undefined) {
            // As upstream, which counts keys and not what is selected of them.
            assert.ok(pages.every(({ remainingItemCount }) => remainingItemCount === undefined));
          }
        });
      }
    });
  }

  it('hold the objects themselves, in every form', async () => {
    const { tenant, platform } = stage;
    const path = withQuery(CONFIG_MAPS.path, { labelSelector: 'few=yes' });
    for (const form of FORMS) {
      const pages = await readPages(tenant.cluster, path, { limit: 7, form });
      assert.ok(pages.length > 2, form);
      const upstreams = await upstreamItems(platform.cluster, TENANT, CONFIG_MAPS, pages[0]!.resourceVersion, { labelSelector: 'few=yes' });
      assert.deepEqual(all(pages), upstreams.map(stateOf), form);
      if (form === 'Table') {
        for (const { body } of pages) {
          assert.deepEqual(
            body.columnDefinitions.map(({ name }: { name: string }) => name),
            ['Name', 'Data', 'Age'],
          );
        }
      }
    }
  });

  it('can be gone on with in another form, another size, or to the end', async () => {
    const { tenant } = stage;
    const whole = await readList(tenant.cluster, CONFIG_MAPS.path);
    const exact = { resourceVersion: whole.resourceVersion, resourceVersionMatch: 'Exact' };
    const first = await readList(tenant.cluster, withQuery(CONFIG_MAPS.path, { ...exact, limit: 3 }));
    assert.equal(first.items.length, 3);
    const second = await readList(tenant.cluster, withQuery(CONFIG_MAPS.path, { continue: first.continue, limit: 5 }), { form: 'Table' });
    assert.equal(second.items.length, 5);
    const rest = await readList(tenant.cluster, withQuery(CONFIG_MAPS.path, { continue: second.continue }));
    assert.equal(rest.continue, undefined);
    assert.deepEqual(all([first, second, rest]), whole.items.map(stateOf));
    // A cursor is a place, and not used up.
    const again = await readList(tenant.cluster, withQuery(CONFIG_MAPS.path, { continue: first.continue, limit: 5 }), { form: 'Table' });
    assert.deepEqual(again.items.map(stateOf), second.items.map(stateOf));
  });

  it('begin at the revision that is asked for', async () => {
    const { tenant, platform, make } = stage;
    const { resourceVersion: R } = await readList(tenant.cluster, withQuery(CONFIG_MAPS.path, { limit: 1 }));
    const later = await make(CONFIG_MAPS, `${NAME}-000-later`);
    for (const query of [{ resourceVersion: R }, { resourceVersion: R, resourceVersionMatch: 'Exact' }]) {
      const path = withQuery(CONFIG_MAPS.path, { ...query, labelSelector: 'few=yes' });
      const first = await readList(tenant.cluster, withQuery(path, { limit: 2 }));
      assert.deepEqual([first.resourceVersion, first.items.length], [R, 2]);
      const rest = await readList(tenant.cluster, withQuery(CONFIG_MAPS.path, { labelSelector: 'few=yes', continue: first.continue }));
      assert.equal(rest.resourceVersion, R);
      const upstreams = await upstreamItems(platform.cluster, TENANT, CONFIG_MAPS, R, { labelSelector: 'few=yes' });
      assert.deepEqual(all([first, rest]), upstreams.map(stateOf));
    }
    const notOlder = { resourceVersion: later.metadata.resourceVersion, resourceVersionMatch: 'NotOlderThan', limit: 2 };
    const fresh = await readList(tenant.cluster, withQuery(CONFIG_MAPS.path, notOlder));
    assert.equal(fresh.items.length, 2);
    assert.ok(BigInt(fresh.resourceVersion) >= BigInt(later.metadata.resourceVersion));
  });

  it('are not made of what is served from the cache: version 0 has no limit upstream', async () => {
    const { tenant, platform } = stage;
    const query = { resourceVersion: '0', limit: 2 };
    const upstreams = await readList(platform.cluster, withQuery(CONFIG_MAPS.path, query));
    assert.ok(upstreams.items.length > 2 && upstreams.continue === undefined);
    const listed = await readList(tenant.cluster, withQuery(CONFIG_MAPS.path, query));
    assert.equal(listed.continue, undefined);
    await assertAsUpstream(platform.cluster, TENANT, CONFIG_MAPS, listed);
  });

  it('of no limit, or less than one, are the whole', async () => {
    for (const limit of ['0', '-1']) {
      const listed = await readList(stage.tenant.cluster, withQuery(CONFIG_MAPS.path, { limit }));
      assert.equal(listed.continue, undefined, `limit=${limit}`);
      await assertAsUpstream(stage.platform.cluster, TENANT, CONFIG_MAPS, listed);
    }
  });

  it('do not go on when all has fitted', async () => {
    const { tenant } = stage;
    const path = withQuery(gadgetsOf(GROUP).path, { labelSelector: stage.mine });
    const { items } = await readList(tenant.cluster, path);
    for (const limit of [items.length, items.length + 1]) {
      const pages = await readPages(tenant.cluster, path, { limit });
      assert.deepEqual(
        pages.map((page) => page.items.length),
        [items.length],
      );
    }
  });

  it('are what kubectl asks for', async () => {
    const out = await stage.tenant.kubectl(`get configmaps -A -l ${stage.mine} --chunk-size=100 -o name`);
    const { items } = await readList(stage.tenant.cluster, withQuery(CONFIG_MAPS.path, { labelSelector: stage.mine }));
    assert.deepEqual(
      out.trim().split('\n'),
      items.map(({ name }) => `configmap/${name}`),
    );
  });
});
