import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { readFrames } from '../../helpers/protobuf-text.ts';
import { FakeApiserver, status } from './support/fake-apiserver.ts';
import { CLASSES, CLUSTER_ROLES, DEFINITIONS, NAMESPACES, PODS, WIDGETS } from './support/fake-kinds.ts';
import { type Gateway, PROTOBUF, startGateway, TABLE } from './support/gateway.ts';
import { definition, inNamespace, owned } from './support/tenants.ts';
import { settle, until } from './support/until.ts';

const PARTIAL = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';
const WITH_INITIAL = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';

/** A watch in JSON as its client reads it. */
class Watched {
  readonly message: IncomingMessage;
  text = '';
  isOver = false;

  constructor(message: IncomingMessage) {
    this.message = message;
    message.setEncoding('utf8');
    message.on('data', (text: string) => {
      this.text += text;
    });
    message.on('error', () => {});
    message.once('close', () => {
      this.isOver = true;
    });
  }

  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of it is the test
  get events(): { type: string; object: any }[] {
    return this.text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  /** `type name@revision`. */
  get seen(): string[] {
    return this.events.map(({ type, object }) => {
      const { name = '', resourceVersion } = (object.rows?.[0].object ?? object).metadata;
      return `${type} ${name}@${resourceVersion}`;
    });
  }
}

describe('answers to watches', () => {
  let apiserver: FakeApiserver;
  let gateway: Gateway;

  const put = (tenantId: string, place: string) => apiserver.put(PODS, inNamespace(tenantId, place));
  const watch = async (path: string, accept = 'application/json') => new Watched(await gateway.open(path, { accept }));
  const subscribers = () => [...gateway.hub.streams()].flatMap((stream) => [...stream.subscribers()]);

  beforeEach(async () => {
    apiserver = new FakeApiserver();
    gateway = await startGateway(apiserver);
    for (const tenantId of ['demo00', 'demo01', 'demo02']) {
      apiserver.put(NAMESPACES, owned(tenantId, 'web'));
      put(tenantId, 'web/a');
      put(tenantId, 'web/b');
    }
  });
  afterEach(() => gateway.close());

  it('from now on tell what is there, then what comes', async () => {
    for (const query of ['', '&resourceVersion=0', `&${WITH_INITIAL}`]) {
      const watched = await watch(`/api/v1/pods?watch=true${query}`);
      const count = query.includes('send') ? 3 : 2;
      await until(() => watched.events.length === count && subscribers().length > 0);
      put('demo02', 'web/c');
      const revision = put('demo01', 'web/a');
      await until(() => watched.events.length === count + 1);
      assert.deepEqual(
        watched.seen.slice(0, 2).map((text) => text.slice(0, 7)),
        ['ADDED a', 'ADDED b'],
      );
      if (count === 3) assert.match(watched.seen[2]!, /^BOOKMARK @/);
      assert.equal(watched.seen.at(-1), `MODIFIED a@${revision}`);
      assert.doesNotMatch(watched.text, /demo0/);
      watched.message.destroy();
      await until(() => subscribers().length === 0);
    }
  });

  it('from a revision on tell what has come since', async () => {
    const { revision } = apiserver;
    put('demo01', 'web/c');
    put('demo02', 'web/c');
    put('demo01', 'web/d');
    const watched = await watch(`/api/v1/pods?watch=true&resourceVersion=${revision}`);
    await until(() => watched.events.length === 2);
    assert.deepEqual(watched.seen, [`ADDED c@${revision + 1}`, `ADDED d@${revision + 3}`]);
  });

  it('mark the end of what was there for all who take bookmarks, as upstream does', async () => {
    const legacy = await watch('/api/v1/pods?watch=true&allowWatchBookmarks=true');
    const asked = await watch(`/api/v1/pods?watch=true&${WITH_INITIAL}`);
    put('demo01', 'web/c');
    await until(() => legacy.seen.at(-1)?.includes(' c@') === true && asked.seen.at(-1)?.includes(' c@') === true);
    const marks = ({ events }: Watched) =>
      events.filter(({ object }) => object.metadata.annotations?.['k8s.io/initial-events-end'] === 'true').length;
    assert.equal(marks(asked), 1);
    assert.equal(asked.events[2]!.object.metadata.resourceVersion, String(apiserver.revision - 1));
    assert.equal(marks(legacy), 1);
    assert.equal(marks(await watch('/api/v1/pods?watch=true')), 0);
  });

  for (const [kind, path, count] of [
    ['pods', PODS, 2],
    ['ClusterRoles', CLUSTER_ROLES, 1],
    ['CRDs, which are no range', DEFINITIONS, 1],
    ['one object by name', `${CLUSTER_ROLES}?fieldSelector=metadata.name%3Dx`, 1],
  ] as const) {
    it(`tell what is there, or nothing of it where the client says so: ${kind}`, async () => {
      apiserver.put(CLUSTER_ROLES, owned('demo01', 'x'));
      apiserver.put(DEFINITIONS, definition('demo01', 'xs', 'x.io'));
      const ask = path + (path.includes('?') ? '&' : '?');
      const wants = await watch(`${ask}watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan`);
      await until(() => wants.events.length === count && subscribers().length === 1);
      const not = await watch(`${ask}watch=true&sendInitialEvents=false&resourceVersionMatch=NotOlderThan`);
      await until(() => subscribers().length === 2);
      await settle();
      assert.deepEqual(not.events, []);
    });
  }

  it('as Tables: the first event of what is there has the columns, and no other', async () => {
    for (const chunkBytes of [50, Number.POSITIVE_INFINITY]) {
      apiserver.chunkBytes = chunkBytes;
      const watched = await watch(`/api/v1/pods?watch=true&${WITH_INITIAL}`, TABLE);
      await until(() => watched.events.length === 3);
      put('demo01', 'web/a');
      await until(() => watched.events.length === 4);
      const told = watched.events.map(({ object }) => object.columnDefinitions?.[0].name);
      assert.deepEqual(told, ['Name', undefined, undefined, undefined], `in chunks of ${chunkBytes}`);
      watched.message.destroy();
    }
  });

  it('as metadata alone, of custom resources, and in protobuf', async () => {
    const partial = await watch(`/api/v1/pods?watch=true&${WITH_INITIAL}`, PARTIAL);
    await until(() => partial.events.length === 3);
    assert.deepEqual(
      partial.events.map(({ object }) => object.kind),
      Array(3).fill('PartialObjectMetadata'),
    );

    apiserver.put(WIDGETS, inNamespace('demo01', 'web/w'));
    const widgets = await watch(`${WIDGETS}?watch=true&${WITH_INITIAL}`);
    await until(() => widgets.events.length === 2);
    assert.deepEqual(
      widgets.events.map(({ type, object }) => [type, object.kind, object.apiVersion]),
      [
        ['ADDED', 'Widget', 'shop.example.com/v1'],
        ['BOOKMARK', 'Widget', 'shop.example.com/v1'],
      ],
    );

    const message = await gateway.open(`/api/v1/pods?watch=true&timeoutSeconds=1&${WITH_INITIAL}`, { accept: PROTOBUF });
    assert.equal(message.headers['content-type'], `${PROTOBUF};stream=watch`);
    const { frames, rest } = readFrames(await buffer(message));
    assert.equal(rest.length, 0);
    assert.deepEqual(
      frames.map(({ type, object }) => [type, object.kind]),
      [
        ['ADDED', 'Pod'],
        ['ADDED', 'Pod'],
        ['BOOKMARK', 'Pod'],
        ['BOOKMARK', 'Pod'],
      ],
    );
  });

  it('end at their time with a bookmark, which leads nobody back', async () => {
    apiserver.holdsEvents = true;
    const first = await watch(`/api/v1/pods?watch=true&resourceVersion=${apiserver.revision}`);
    await until(() => subscribers().length === 1);
    put('demo02', 'web/c');
    const { revision } = apiserver;
    const watched = await watch('/api/v1/pods?watch=true&allowWatchBookmarks=true&timeoutSeconds=1');
    await until(() => watched.isOver);
    const [last] = watched.events.slice(-1);
    assert.equal(last!.type, 'BOOKMARK');
    assert.ok(Number(last!.object.metadata.resourceVersion) >= revision, `${last!.object.metadata.resourceVersion} before ${revision}`);
    assert.equal(first.isOver, false);
  });

  it('are refused by upstream in the tenant’s names', async () => {
    apiserver.refuse = ({ query }) => (query?.watch ? status(404, 'NotFound', 'no watches in "demo01-web"') : undefined);
    const refused = await gateway.get('/api/v1/pods?watch=true&resourceVersion=100');
    assert.deepEqual([refused.status, refused.json.message], [404, 'no watches in "web"']);
    gateway.isAllowed = false;
    const forbidden = await gateway.get('/api/v1/pods?watch=true');
    assert.equal(forbidden.status, 404);
    assert.deepEqual(apiserver.asked.at(-1)!.headers!['impersonate-user'], ['kubezoo:demo01:alice']);
    assert.equal(subscribers().length, 0);
  });

  it('say 410 where upstream knows no more of the revision, and 504 where it does not yet', async () => {
    apiserver.compacted = 105;
    const old = await watch('/api/v1/pods?watch=true&resourceVersion=101');
    await until(() => old.isOver);
    assert.deepEqual(
      old.events.map(({ type, object }) => [type, object.code]),
      [['ERROR', 410]],
    );
    const early = await watch(`/api/v1/pods?watch=true&${WITH_INITIAL}&resourceVersion=999`);
    await until(() => early.isOver);
    assert.deepEqual(early.events.at(-1)!.object.details.causes[0].reason, 'ResourceVersionTooLarge');
  });

  it('let go of all when the client leaves, also while it is told what is there', async () => {
    const watched = await watch(`/api/v1/pods?watch=true&${WITH_INITIAL}`);
    await until(() => subscribers().length === 1);
    watched.message.destroy();
    await until(() => subscribers().length === 0);
    for (let index = 0; index < 40; index++) {
      apiserver.put(PODS, { metadata: { ...inNamespace('demo01', `web/n${index}`).metadata, annotations: { x: 'x'.repeat(500_000) } } });
    }
    const message = await gateway.open(`/api/v1/pods?watch=true&${WITH_INITIAL}`);
    message.pause();
    await until(() => apiserver.openBodies.size === 1);
    await settle(100);
    message.destroy();
    await until(() => apiserver.openBodies.size === 0);
    assert.equal(subscribers().length, 0);
  });

  it('end where the tenant has been deleted while they were prepared', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    apiserver.delay = () => promise;
    const opening = gateway.open('/api/v1/pods?watch=true');
    await until(() => apiserver.asked.length === 1);
    gateway.uids.set('demo01', 'uid-2');
    resolve();
    const watched = new Watched(await opening);
    await until(() => watched.isOver);
    assert.equal(subscribers().length, 0);
  });

  it('of classes tell all of what the platform shares, and shares no more', async () => {
    const shared = { 'kubezoo.io/shared': 'true' };
    apiserver.put(CLASSES, owned('demo01', 'own'));
    apiserver.put(CLASSES, { metadata: { name: 'standard', labels: shared } });
    gateway.sharedClasses.add('standard');
    const [watched, other] = [
      await watch(`${CLASSES}?watch=true`),
      new Watched(await gateway.open(`${CLASSES}?watch=true`, { tenantId: 'demo02' })),
    ];
    await until(() => subscribers().length === 2);
    apiserver.put(CLASSES, { metadata: { name: 'fast' } });
    apiserver.put(CLASSES, { metadata: { name: 'fast', labels: shared } });
    apiserver.put(CLASSES, owned('demo02', 'theirs'));
    apiserver.put(CLASSES, { metadata: { name: 'standard' } });
    await until(() => watched.events.length === 4 && other.events.length === 4);
    const revision = apiserver.revision - 4;
    assert.deepEqual(watched.seen, [
      `ADDED own@${revision - 1}`,
      `ADDED standard@${revision}`,
      `ADDED fast@${revision + 2}`,
      `DELETED standard@${revision + 4}`,
    ]);
    assert.deepEqual(other.seen, [
      `ADDED standard@${revision}`,
      `ADDED fast@${revision + 2}`,
      `ADDED theirs@${revision + 3}`,
      `DELETED standard@${revision + 4}`,
    ]);
    for (const { text } of [watched, other]) assert.doesNotMatch(text, /kubezoo\.io|demo0/);
  });
});
