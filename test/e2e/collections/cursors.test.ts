/** The cursor of a list in pages (`continue`): nobody can read in it, change it, or use it where it was not given. */
import assert from 'node:assert/strict';
import { KubeClient } from '../../../src/launch/kube/kube-client.ts';
import { OTHER, TENANT } from '../isolation/parties.ts';
import {
  CLUSTER_ROLES,
  CONFIG_MAPS,
  type Collection,
  DEFINITIONS,
  gadgetsOf,
  NAMESPACES,
  pathIn,
  widgetsOf,
} from './support/collection.ts';
import { askList, type Listed, readList, withQuery } from './support/read-list.ts';
import { type Stage, setStage } from './support/stage.ts';

const NAME = 'collcursors';
const GROUP = `${NAME}.example`;
const SECRETS = '/api/v1/secrets';

describe('the cursor of a whole tenant’s list', () => {
  let stage: Stage;
  const collections = [CONFIG_MAPS, CLUSTER_ROLES, NAMESPACES, DEFINITIONS, widgetsOf(GROUP), gadgetsOf(GROUP)];

  before(async () => {
    stage = await setStage(NAME, { custom: true });
    for (const tenantId of [TENANT, OTHER]) {
      for (const collection of [CONFIG_MAPS, widgetsOf(GROUP), gadgetsOf(GROUP)]) {
        for (const name of ['a', 'b', 'c']) await stage.make(collection, name, { tenantId });
      }
    }
  });

  after(() => stage.close());

  const clusterOf = (tenantId: string) => (tenantId === TENANT ? stage.tenant : stage.other).cluster;

  async function cursorOf({ path }: Pick<Collection, 'path'>, tenantId = TENANT): Promise<string> {
    const listed = await readList(clusterOf(tenantId), withQuery(path, { limit: 1 }));
    assert.ok(listed.continue, `${path}: the list has no cursor`);
    return listed.continue;
  }

  function assertRefused({ status, body }: Listed, what: string): void {
    assert.deepEqual(
      [status, body.kind, body.reason, body.code],
      [400, 'Status', 'BadRequest', 400],
      `${what}: ${JSON.stringify(body).slice(0, 300)}`,
    );
    assert.match(body.message, /continue/, what);
    assert.doesNotMatch(JSON.stringify(body), /demo0[12]/, what);
  }

  for (const collection of collections) {
    it(`of ${collection.title} holds nothing readable of the platform`, async () => {
      for (const tenantId of [TENANT, OTHER]) {
        const cursor = await cursorOf(collection, tenantId);
        const parts = cursor.split(/[.:~]/);
        for (const text of [
          cursor,
          ...[cursor, ...parts].flatMap((part) => ['base64', 'base64url', 'hex'].map((as) => decode(part, as))),
        ]) {
          assert.doesNotMatch(text, /demo0|meta\.k8s\.io|"start"/);
        }
      }
    });

    it(`of ${collection.title} is refused when a character of it is another`, async () => {
      const cursor = await cursorOf(collection);
      const places = Array.from({ length: 12 }, (_, index) => Math.floor((index * (cursor.length - 1)) / 11));
      const changed = places.map((at) => `${cursor.slice(0, at)}${cursor[at] === 'A' ? 'B' : 'A'}${cursor.slice(at + 1)}`);
      const others = [
        cursor.slice(1),
        cursor.slice(0, -3),
        `${cursor}AAAA`,
        cursor.slice(0, cursor.length >> 1),
        `${cursor}${cursor}`,
        'x',
        '!',
      ];
      for (const wrong of [...changed, ...others]) {
        // The last character of base64 has bits that mean nothing.
        if (Buffer.from(wrong, 'base64url').equals(Buffer.from(cursor, 'base64url'))) continue;
        assertRefused(await askList(clusterOf(TENANT), withQuery(collection.path, { limit: 1, continue: wrong })), wrong);
      }
      assert.equal((await readList(clusterOf(TENANT), withQuery(collection.path, { limit: 1, continue: cursor }))).items.length, 1);
    });

    it(`of ${collection.title} is refused to another tenant`, async () => {
      const [own, foreign] = [await cursorOf(collection, TENANT), await cursorOf(collection, OTHER)];
      assertRefused(await askList(clusterOf(TENANT), withQuery(collection.path, { continue: foreign })), 'the other tenant’s');
      assertRefused(await askList(clusterOf(OTHER), withQuery(collection.path, { continue: own })), 'the first tenant’s');
    });

    it(`of ${collection.title} is refused for another collection`, async () => {
      const cursor = await cursorOf(collection);
      const elsewhere = [...collections.map(({ path }) => path), SECRETS].filter((path) => path !== collection.path);
      for (const path of elsewhere) assertRefused(await askList(clusterOf(TENANT), withQuery(path, { continue: cursor })), path);
      if (collection.scope === 'Namespaced') {
        const one = pathIn(collection, NAME);
        assertRefused(await askList(clusterOf(TENANT), withQuery(one, { continue: cursor })), one);
        const { continue: narrow } = await readList(clusterOf(TENANT), withQuery(one, { limit: 1 }));
        assert.ok(narrow);
        assertRefused(await askList(clusterOf(TENANT), withQuery(collection.path, { continue: narrow })), `a cursor of ${one}`);
      }
    });

    it(`of ${collection.title} is never upstream’s own`, async () => {
      for (const start of ['', 'demo02-', `${TENANT}-${NAME}/a\0`, 'a\0', '/']) {
        const token = Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: -1, start })).toString('base64url');
        const path = withQuery(collection.path, { limit: 5, continue: token });
        assertRefused(await askList(clusterOf(TENANT), path), start);
      }
    });
  }

  it('gives nothing to who may not list', async () => {
    const cursor = await cursorOf(CONFIG_MAPS);
    const path = withQuery(CONFIG_MAPS.path, { continue: cursor });
    const { status, body } = await askList(clusterOf(TENANT), path, { headers: { 'impersonate-user': 'collcursors-nobody' } });
    assert.deepEqual([status, body.reason], [403, 'Forbidden']);
  });

  it('outlives the sidecar', async () => {
    const cursor = await cursorOf(CONFIG_MAPS);
    const path = withQuery(CONFIG_MAPS.path, { limit: 2, continue: cursor });
    const before = await readList(clusterOf(TENANT), path);
    await stage.stack.restartSidecar();
    const client = new KubeClient(clusterOf(TENANT));
    const after = await client.request('GET', path);
    client.close();
    assert.equal(after.status, 200, after.body);
    assert.deepEqual(JSON.parse(after.body).items, before.body.items);
  });

  const decode = (text: string, as: string) => Buffer.from(text, as as BufferEncoding).toString('latin1');
});
