/** Collections of cluster-scoped kinds are deleted within the tenant, and as upstream deletes its own. */
import assert from 'node:assert/strict';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { type Asked, OTHER, type Party, TENANT } from '../isolation/parties.ts';
import {
  CLUSTER_ROLES,
  CONFIG_MAPS,
  type Collection,
  DEFINITIONS,
  gadgetsOf,
  NAMESPACES,
  objectOf,
  VOLUMES,
  widgetsOf,
} from './support/collection.ts';
import { LEAK, readList, withQuery } from './support/read-list.ts';
import { MARK, PATIENCE, type Stage, setStage } from './support/stage.ts';

const NAME = 'colldelete';
const GROUP = `${NAME}.example`;
const NOBODY = '00000000-0000-0000-0000-000000000000';

describe('deletion of collections of a whole tenant', () => {
  let stage: Stage;
  const BUILT_IN = [CLUSTER_ROLES, VOLUMES, DEFINITIONS];
  const CLUSTER_SCOPED = [...BUILT_IN, gadgetsOf(GROUP)];

  before(async () => {
    stage = await setStage(NAME, { custom: true });
  });

  after(async () => {
    const { tenant, other, platform, mine, close } = stage;
    for (const party of [tenant, other, platform]) {
      for (const { path } of BUILT_IN) await party.ask('DELETE', `${path}?labelSelector=${mine}`);
    }
    await close();
  });

  const nameOf = (collection: Collection, tag: string) => (collection === DEFINITIONS ? `${tag}s.${GROUP}` : `${NAME}-${tag}`);

  /** Everybody's, the platform's too where there is such a kind upstream. */
  async function makeAll(collection: Collection, tags: readonly string[], turn: string): Promise<void> {
    for (const tag of tags) {
      const labels = { tag, turn };
      for (const tenantId of [TENANT, OTHER]) await stage.make(collection, nameOf(collection, tag), { tenantId, labels });
      if (BUILT_IN.includes(collection)) {
        const object = objectOf(collection, nameOf(collection, tag), { [MARK]: NAME, ...labels });
        await stage.platform.must('POST', collection.path, object);
      }
    }
  }

  /** The names that are left under a label, without what is on its way out. */
  async function left({ cluster }: Party, { path }: Pick<Collection, 'path'>, labelSelector: string): Promise<string[]> {
    const { body } = await readList(cluster, withQuery(path, { labelSelector }));
    return body.items
      .filter(({ metadata }: { metadata: { deletionTimestamp?: string } }) => metadata.deletionTimestamp === undefined)
      .map(({ metadata }: { metadata: { name: string } }) => metadata.name);
  }

  for (const collection of CLUSTER_SCOPED) {
    describe(collection.title, () => {
      const turn = `t${CLUSTER_SCOPED.indexOf(collection)}`;
      const mineOf = (tags: readonly string[]) => tags.map((tag) => nameOf(collection, tag)).toSorted();
      const deletion = (party: Party, query: Readonly<Record<string, string>>, options?: object) =>
        party.ask('DELETE', withQuery(collection.path, query), options);

      async function assertUntouched(tags: readonly string[]): Promise<void> {
        const { other, platform } = stage;
        assert.deepEqual(await left(other, collection, `turn=${turn}`), mineOf(tags), 'the other tenant’s');
        if (!BUILT_IN.includes(collection)) return;
        const names = await left(platform, collection, `turn=${turn}`);
        const isTenants = (name: string) => [TENANT, OTHER].some((tenantId) => collection.tenantName(tenantId, name) !== undefined);
        assert.deepEqual(
          names.filter((name) => !isTenants(name)),
          mineOf(tags),
          'the platform’s',
        );
      }

      it('are the tenant’s own, by label, and not in a dry run', async () => {
        const { tenant } = stage;
        const tags = ['a', 'b', 'c'];
        await makeAll(collection, tags, turn);
        const dry = await deletion(tenant, { labelSelector: `turn=${turn}`, dryRun: 'All' });
        assert.equal(dry.status, 200, dry.text);
        assert.doesNotMatch(dry.text, LEAK);
        const dryOptions = await deletion(
          tenant,
          { labelSelector: `turn=${turn}` },
          { kind: 'DeleteOptions', apiVersion: 'v1', dryRun: ['All'] },
        );
        assert.equal(dryOptions.status, 200, dryOptions.text);
        assert.deepEqual(await left(tenant, collection, `turn=${turn}`), mineOf(tags));
        await assertUntouched(tags);

        for (const preconditions of [{ uid: NOBODY }, { resourceVersion: '1' }]) {
          const refused = await deletion(tenant, { labelSelector: `turn=${turn}` }, { preconditions });
          assert.deepEqual([refused.status, refused.body.reason], [409, 'Conflict'], refused.text);
          assert.match(refused.body.message, /precondition/i);
          assert.doesNotMatch(refused.text, LEAK);
        }
        assert.deepEqual(await left(tenant, collection, `turn=${turn}`), mineOf(tags));

        const only = await deletion(tenant, { labelSelector: `turn=${turn},tag in (a,b)` });
        assert.equal(only.status, 200, only.text);
        assert.doesNotMatch(only.text, LEAK);
        assert.deepEqual(await left(tenant, collection, `turn=${turn}`), mineOf(['c']));
        await assertUntouched(tags);
        for (const tag of ['a', 'b']) {
          const path = `${collection.path}/${nameOf(collection, tag)}`;
          await waitUntil(`${path} to be gone`, async () => (await tenant.ask('GET', path)).status === 404, PATIENCE);
        }
      });

      it('that fit a precondition go', async () => {
        const { tenant } = stage;
        const [name] = mineOf(['c']);
        const { metadata } = await tenant.must('GET', `${collection.path}/${name}`);
        const { uid } = metadata;
        const answer = await deletion(tenant, { labelSelector: `turn=${turn},tag=c` }, { preconditions: { uid } });
        assert.equal(answer.status, 200, answer.text);
        const isGone = async () => (await tenant.ask('GET', `${collection.path}/${name}`)).status === 404;
        await waitUntil(`${name} to be gone`, isGone, PATIENCE);
      });

      it('by a selector of nothing, or one that cannot be read, nothing goes', async () => {
        const { tenant, platform } = stage;
        await stage.make(collection, nameOf(collection, 'kept'), { labels: { kept: turn } });
        const none = await deletion(tenant, { labelSelector: 'colldelete-none=x' });
        assert.equal(none.status, 200, none.text);
        assert.deepEqual(none.body.items, []);
        const wrong: Record<string, string>[] = [
          { labelSelector: 'a b c' },
          { fieldSelector: 'spec.nothing=1' },
          { dryRun: 'Some', labelSelector: `kept=${turn}` },
        ];
        for (const query of wrong) {
          const theirs = await deletion(tenant, query);
          const upstreams = await platform.ask('DELETE', withQuery(collection.upstreamPath(TENANT), query));
          assert.ok(upstreams.status >= 400);
          assert.deepEqual([theirs.status, theirs.body], [upstreams.status, upstreams.body]);
        }
        assert.deepEqual(await left(tenant, collection, `kept=${turn}`), mineOf(['kept']));
        const byName = await deletion(tenant, { fieldSelector: `metadata.name=${nameOf(collection, 'kept')}` });
        assert.equal(byName.status, 200, byName.text);
        assert.deepEqual(await left(tenant, collection, `kept=${turn}`), []);
      });
    });
  }

  it('without a selector all of the tenant’s go, and nobody else’s', async () => {
    const { tenant, other, platform } = stage;
    for (const collection of [VOLUMES, gadgetsOf(GROUP)]) {
      await makeAll(collection, ['all-a', 'all-b'], 'all');
      const answer = await tenant.ask('DELETE', collection.path);
      assert.equal(answer.status, 200, answer.text);
      assert.doesNotMatch(answer.text, LEAK);
      await waitUntil('all to be gone', async () => (await readList(tenant.cluster, collection.path)).items.length === 0, PATIENCE);
      assert.deepEqual(await left(other, collection, 'turn=all'), [`${NAME}-all-a`, `${NAME}-all-b`]);
      if (collection === VOLUMES) {
        const names = await left(platform, VOLUMES, 'turn=all');
        assert.deepEqual(names, [`${NAME}-all-a`, `${NAME}-all-b`, `${OTHER}-${NAME}-all-a`, `${OTHER}-${NAME}-all-b`]);
      }
    }
  });

  it('need the right to it, at cluster scope', async () => {
    const { tenant, platform } = stage;
    const user = { 'impersonate-user': 'colldelete-nobody' };
    const theirs = await tenant.ask('DELETE', `${VOLUMES.path}?labelSelector=a`, undefined, undefined, user);
    const upstreams = await platform.ask('DELETE', `${VOLUMES.path}?labelSelector=a`, undefined, undefined, user);
    assert.deepEqual([theirs.status, theirs.body], [403, upstreams.body]);
  });

  it('are refused where upstream has none: namespaces, and namespaced kinds without a namespace', async () => {
    const { tenant, platform, make } = stage;
    await make(CONFIG_MAPS, 'stays');
    await make(widgetsOf(GROUP), 'stays');
    for (const collection of [NAMESPACES, CONFIG_MAPS, widgetsOf(GROUP)]) {
      const theirs = await tenant.ask('DELETE', `${collection.path}?labelSelector=${stage.mine}`);
      const upstreams = await platform.ask('DELETE', `${collection.upstreamPath(TENANT)}?labelSelector=${stage.mine}`);
      // Of custom resources upstream knows no such path at all.
      assert.equal(upstreams.status, collection.hasProtobuf ? 405 : 404);
      const told = ({ status, text }: Asked) => [status, text];
      assert.deepEqual(told(theirs), told(upstreams), collection.title);
    }
    assert.deepEqual(await left(tenant, CONFIG_MAPS, stage.mine), ['stays']);
    assert.deepEqual(await left(tenant, widgetsOf(GROUP), stage.mine), ['stays']);
  });
});
