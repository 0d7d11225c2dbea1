/** What is too old to be read: upstream forgets the past and says so; the gateway says it in the same words. */
import assert from 'node:assert/strict';
import { OTHER, TENANT } from '../isolation/parties.ts';
import { upstreamItems } from './support/as-upstream.ts';
import { CLUSTER_ROLES, CONFIG_MAPS, type Collection, gadgetsOf, tenantItem, upstreamSelector, widgetsOf } from './support/collection.ts';
import { forgetPast } from './support/forget-past.ts';
import { type Form, stateOf } from './support/forms.ts';
import { askList, LEAK, type Listed, readList, withQuery } from './support/read-list.ts';
import { type Stage, setStage } from './support/stage.ts';

const NAME = 'collexpiry';
const GROUP = `${NAME}.example`;
const COLLECTIONS = [CONFIG_MAPS, CLUSTER_ROLES, widgetsOf(GROUP), gadgetsOf(GROUP)];

describe('lists of a whole tenant from before upstream’s memory', function () {
  // Upstream's caches look every 15 seconds whether they are to forget.
  this.timeout(120_000);
  let stage: Stage;
  /** The first pages, one of each party, from before. */
  const earlier = new Map<Collection, { tenant: Listed; upstream: Listed }>();

  before(async () => {
    stage = await setStage(NAME, { custom: true });
    const { tenant, platform, make, mine } = stage;
    for (const collection of COLLECTIONS) {
      for (const name of ['a', 'b', 'd']) await make(collection, `${NAME}-${name}`);
      earlier.set(collection, {
        tenant: await readList(tenant.cluster, withQuery(collection.path, { limit: 1, labelSelector: mine })),
        upstream: await readList(platform.cluster, withQuery(collection.upstreamPath(TENANT), { limit: 1 })),
      });
      await make(collection, `${NAME}-c`);
    }
    await forgetPast(
      stage,
      COLLECTIONS.map((collection) => collection.upstreamPath(TENANT)),
    );
  });

  after(async () => {
    await stage.tenant.ask('DELETE', `${CLUSTER_ROLES.path}?labelSelector=${stage.mine}`);
    await stage.close();
  });

  /** The answer without what is each side's own. */
  const told = ({ status, headers, body: { metadata, ...body } }: Listed) => {
    if (status < 300) return { status, kind: body.kind };
    const { continue: cursor, ...rest } = metadata;
    return { status, contentType: headers['content-type'], hasCursor: cursor !== undefined, metadata: rest, body };
  };

  for (const collection of COLLECTIONS) {
    describe(collection.title, () => {
      it('cannot be gone on with: 410, and a cursor for the rest as it is now', async () => {
        const { tenant, other, platform, mine } = stage;
        const first = earlier.get(collection)!;
        assert.ok(first.tenant.continue, 'the first page has no cursor');
        const path = withQuery(collection.path, { limit: 500, labelSelector: mine });
        const expired = await askList(tenant.cluster, withQuery(path, { continue: first.tenant.continue }));
        const upstreams = await askList(
          platform.cluster,
          withQuery(collection.upstreamPath(TENANT), { limit: 500, continue: first.upstream.continue }),
        );
        assert.deepEqual([upstreams.status, upstreams.body.reason], [410, 'Expired']);
        assert.deepEqual(told(expired), told(upstreams));
        const cursor = expired.continue!;
        assert.doesNotMatch(`${expired.raw}${Buffer.from(cursor, 'base64url').toString('latin1')}`, LEAK);
        const stolen = await askList(other.cluster, withQuery(path, { continue: cursor }));
        assert.deepEqual([stolen.status, stolen.body.reason], [400, 'BadRequest']);

        const rest = await readList(tenant.cluster, withQuery(path, { continue: cursor }));
        assert.ok(BigInt(rest.resourceVersion) > BigInt(first.tenant.resourceVersion));
        const now = await upstreamItems(platform.cluster, TENANT, collection, rest.resourceVersion, { labelSelector: mine });
        // One was read on the first page; `c` was not there then.
        assert.deepEqual(rest.items.map(stateOf), now.slice(1).map(stateOf));
        assert.ok(rest.items.some(({ name }) => name === `${NAME}-c`));
        assert.equal(rest.continue, undefined);
      });

      it('cannot be read at that revision: 410', async () => {
        const { tenant, platform } = stage;
        const { resourceVersion } = earlier.get(collection)!.upstream;
        for (const query of [
          { resourceVersion, resourceVersionMatch: 'Exact' },
          { resourceVersion, resourceVersionMatch: 'Exact', limit: 2 },
          { resourceVersion, limit: 2 },
          { resourceVersion: '1', resourceVersionMatch: 'Exact' },
        ]) {
          for (const form of ['JSON', 'Table', ...(collection.hasProtobuf ? (['protobuf'] as const) : [])] satisfies Form[]) {
            const theirs = await askList(tenant.cluster, withQuery(collection.path, query), { form });
            const upstreams = await askList(platform.cluster, withQuery(collection.upstreamPath(TENANT), query), { form });
            assert.equal(upstreams.status, 410);
            assert.deepEqual(told(theirs), told(upstreams), `${form} ${JSON.stringify(query)}`);
          }
        }
      });

      it('can be read as not older than that', async () => {
        const { tenant, platform, mine } = stage;
        const { resourceVersion } = earlier.get(collection)!.tenant;
        for (const query of [{ resourceVersion }, { resourceVersion, resourceVersionMatch: 'NotOlderThan' }]) {
          const listed = await readList(tenant.cluster, withQuery(collection.path, { ...query, labelSelector: mine }));
          // A cache may be older than what etcd has forgotten, so upstream cannot be asked for just that revision.
          assert.ok(BigInt(listed.resourceVersion) >= BigInt(resourceVersion));
          const labelSelector = upstreamSelector(collection, TENANT, mine);
          const { items } = await readList(platform.cluster, withQuery(collection.upstreamPath(TENANT), { labelSelector }));
          const now = items.flatMap((item) => tenantItem(collection, TENANT, item) ?? []);
          assert.deepEqual(listed.items.map(stateOf), now.map(stateOf));
        }
      });
    });
  }

  it('are of nobody else’s past: the other tenant’s lists are served', async () => {
    const listed = await readList(stage.other.cluster, CONFIG_MAPS.path);
    const now = await upstreamItems(stage.platform.cluster, OTHER, CONFIG_MAPS, listed.resourceVersion);
    assert.deepEqual(listed.items.map(stateOf), now.map(stateOf));
  });
});
