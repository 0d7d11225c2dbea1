/** Options of lists and watches that cannot be: refused as upstream refuses them, in its words. */
import assert from 'node:assert/strict';
import { TENANT } from '../isolation/parties.ts';
import { CLUSTER_ROLES, CONFIG_MAPS, type Collection, gadgetsOf, NAMESPACES, widgetsOf } from './support/collection.ts';
import { FORMS } from './support/forms.ts';
import { openCollectionWatch } from './support/open-collection-watch.ts';
import { askList, LEAK, type Listed, readList, withQuery } from './support/read-list.ts';
import { type Stage, setStage } from './support/stage.ts';

const NAME = 'colloptions';
const GROUP = `${NAME}.example`;
const FUTURE = '9000000000';

/** Of lists; what upstream says to each is what is expected. */
const LISTS: readonly string[] = [
  'limit=',
  'limit=x',
  'limit=1.5',
  'limit=99999999999999999999',
  'timeoutSeconds=x',
  'resourceVersion=abc',
  'resourceVersion=-1',
  'resourceVersion=1.0',
  'resourceVersion=18446744073709551616',
  'resourceVersionMatch=Exact',
  'resourceVersionMatch=NotOlderThan',
  'resourceVersionMatch=Newest',
  'resourceVersion=5&resourceVersionMatch=Newest',
  'resourceVersion=5&resourceVersionMatch=exact',
  'resourceVersion=0&resourceVersionMatch=Exact',
  'sendInitialEvents=true',
  'sendInitialEvents=false',
  'sendInitialEvents=true&resourceVersion=5&resourceVersionMatch=Newest',
  'labelSelector=a%20b%20c',
  'labelSelector=a%3D%3D%3Db',
  'labelSelector=a%20in%20b',
  'labelSelector=-a%3Db',
  'fieldSelector=a',
  'fieldSelector=spec.nothing%3D1',
  'fieldSelector=metadata.name%3E1',
  'limit=x&labelSelector=a%20b%20c',
  `resourceVersion=${FUTURE}`,
  `resourceVersion=${FUTURE}&resourceVersionMatch=NotOlderThan`,
  `resourceVersion=${FUTURE}&resourceVersionMatch=Exact`,
  `resourceVersion=${FUTURE}&limit=1`,
];

/** Of watches, that are refused before they begin. */
const WATCHES: readonly string[] = [
  'resourceVersionMatch=NotOlderThan&resourceVersion=5',
  'resourceVersionMatch=Exact&resourceVersion=5',
  'sendInitialEvents=true',
  'sendInitialEvents=false',
  'sendInitialEvents=true&resourceVersionMatch=Exact',
  'resourceVersion=x',
  'resourceVersion=18446744073709551616',
  'resourceVersion=x&resourceVersionMatch=Exact',
  'resourceVersion=x&limit=x',
  'continue=x',
  'continue=x&resourceVersion=0',
  'timeoutSeconds=x',
  'limit=',
  'labelSelector=a%20b%20c',
  'fieldSelector=spec.nothing%3D1',
];

describe('options of lists and watches of a whole tenant', function () {
  // Upstream waits three seconds for a version of the future.
  this.timeout(120_000);
  let stage: Stage;
  const collections = [CONFIG_MAPS, NAMESPACES, CLUSTER_ROLES, widgetsOf(GROUP), gadgetsOf(GROUP)];

  before(async () => {
    stage = await setStage(NAME, { custom: true });
    for (const collection of [widgetsOf(GROUP), gadgetsOf(GROUP)]) {
      for (const name of ['a', 'b']) await stage.make(collection, name);
    }
  });

  after(() => stage.close());

  /** Without what differs from one moment to the next. */
  const told = ({ status, headers, body }: Listed) => ({
    status,
    retryAfter: headers['retry-after'],
    contentType: headers['content-type'],
    // Of what is no refusal the kind says enough.
    body: status < 300 ? body.kind : JSON.parse(JSON.stringify(body).replace(/current: \d+/g, 'current: <version>')),
  });

  async function assertAlike(collection: Collection, query: string): Promise<Listed> {
    const [theirs, upstreams] = await Promise.all([
      askList(stage.tenant.cluster, `${collection.path}?${query}`),
      askList(stage.platform.cluster, `${collection.upstreamPath(TENANT)}?${query}`),
    ]);
    assert.ok(upstreams.status >= 400, `upstream takes ${query}`);
    assert.deepEqual(told(theirs), told(upstreams), query);
    assert.doesNotMatch(theirs.raw, LEAK, query);
    return theirs;
  }

  /** All at once: upstream takes its time with some. */
  async function assertAllAlike(collection: Collection, queries: readonly string[]): Promise<void> {
    const results = await Promise.allSettled(queries.map((query) => assertAlike(collection, query)));
    const problems = results.flatMap((result, index) =>
      result.status === 'rejected' ? [`${queries[index]}: ${result.reason.message}`] : [],
    );
    assert.equal(problems.length, 0, problems.join('\n'));
  }

  for (const collection of collections) {
    it(`${collection.title} are not listed with what cannot be`, async () => {
      await assertAllAlike(collection, LISTS);
    });

    it(`${collection.title} are not watched with what cannot be`, async () => {
      await assertAllAlike(
        collection,
        WATCHES.map((query) => `watch=true&${query}&timeoutSeconds=1`),
      );
    });

    it(`${collection.title} are not gone on with at another revision`, async () => {
      const [theirs, upstreams] = await Promise.all([
        readList(stage.tenant.cluster, withQuery(collection.path, { limit: 1 })),
        readList(stage.platform.cluster, withQuery(collection.upstreamPath(TENANT), { limit: 1 })),
      ]);
      assert.ok(theirs.continue, 'the list has no cursor');
      for (const query of [
        { resourceVersion: '5' },
        { resourceVersion: theirs.resourceVersion },
        { resourceVersion: theirs.resourceVersion, resourceVersionMatch: 'Exact' },
        { resourceVersionMatch: 'Exact' },
        { resourceVersion: '0', resourceVersionMatch: 'Exact' },
      ]) {
        const refused = await askList(stage.tenant.cluster, withQuery(collection.path, { continue: theirs.continue, ...query }));
        const path = withQuery(collection.upstreamPath(TENANT), { continue: upstreams.continue, ...query });
        const wanted = await askList(stage.platform.cluster, path);
        assert.ok(wanted.status >= 400);
        assert.deepEqual(told(refused), told(wanted), JSON.stringify(query));
      }
      // Version 0 is none.
      const rest = await readList(stage.tenant.cluster, withQuery(collection.path, { continue: theirs.continue, resourceVersion: '0' }));
      assert.equal(rest.resourceVersion, theirs.resourceVersion);
    });
  }

  it('refusals come in the form in which upstream gives them, whatever was asked for', async () => {
    for (const form of FORMS) {
      const [theirs, upstreams] = await Promise.all(
        [stage.tenant, stage.platform].map(({ cluster }) => askList(cluster, `${CONFIG_MAPS.path}?limit=x`, { form })),
      );
      assert.deepEqual(told(theirs!), told(upstreams!), form);
    }
  });

  it('in a namespace that cannot be there is nothing, and it is no part of a path', async () => {
    const cannotBe = ['a/b', `${NAME}/secrets`, `${NAME}/pods/x/log?`, '..', '.', 'UPPER', 'ü', 'a b', '-', '%2F'];
    await Promise.all(
      cannotBe.map(async (namespace) => {
        const path = withQuery(CONFIG_MAPS.path, { fieldSelector: `metadata.namespace=${namespace}` });
        for (const form of FORMS) {
          const { items } = await readList(stage.tenant.cluster, path, { form });
          assert.deepEqual(items, [], namespace);
        }
        const watch = await openCollectionWatch(stage.tenant.cluster, withQuery(path, { timeoutSeconds: 1 }));
        assert.equal(await watch.ended, 'ended');
        assert.deepEqual(watch.events, [], namespace);
      }),
    );
  });

  it('a watch whose time is over before it begins ends at once', async () => {
    for (const path of [CONFIG_MAPS.path, NAMESPACES.path, '/api/v1/nodes']) {
      const watch = await openCollectionWatch(stage.tenant.cluster, withQuery(path, { timeoutSeconds: -1 }));
      assert.equal(await watch.ended, 'ended', path);
    }
  });

  it('initial events of a version of the future are none', async () => {
    for (const { path } of [CONFIG_MAPS, NAMESPACES]) {
      const query = { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan', resourceVersion: FUTURE, timeoutSeconds: 5 };
      const watch = await openCollectionWatch(stage.tenant.cluster, withQuery(path, query));
      assert.equal(await watch.ended, 'ended', path);
      assert.deepEqual(
        watch.events.map(({ type, object }) => [type, object.code]),
        [['ERROR', 504]],
        path,
      );
    }
  });

  it('a version of the future is told with when to come again', async () => {
    const { status, headers, body } = await assertAlike(CONFIG_MAPS, `resourceVersion=${FUTURE}`);
    assert.deepEqual(
      [status, headers['retry-after'], body.reason, body.details.causes[0].reason],
      [504, '1', 'Timeout', 'ResourceVersionTooLarge'],
    );
  });

  it('methods that a whole tenant’s collection does not have are 405', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const [theirs, upstreams] = await Promise.all(
        [stage.tenant, stage.platform].map((party) =>
          party.ask(method, CONFIG_MAPS.path, { metadata: { name: 'x' } }, method === 'PATCH' ? 'application/merge-patch+json' : undefined),
        ),
      );
      assert.equal(upstreams!.status, 405);
      assert.deepEqual([theirs!.status, theirs!.body], [405, upstreams!.body], method);
    }
  });
});
