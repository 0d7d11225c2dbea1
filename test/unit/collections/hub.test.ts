import assert from 'node:assert/strict';
import type { Form } from '../../../src/collections/form.ts';
import { readFrames } from '../../helpers/protobuf-text.ts';
import { FakeApiserver, status } from './support/fake-apiserver.ts';
import { PODS } from './support/fake-kinds.ts';
import { HubWorld, JSON_FORM, subscriptionTo } from './support/hub-world.ts';
import { RecordingClient } from './support/recording-client.ts';
import { inNamespace } from './support/tenants.ts';
import { settle, until } from './support/until.ts';

const TABLE_FORM: Form = { ...JSON_FORM, shape: 'table' };
const PROTOBUF_FORM: Form = { ...JSON_FORM, isProtobuf: true };

describe('Hub', () => {
  let apiserver: FakeApiserver;
  let world: HubWorld;

  const put = (tenantId: string, place = 'web/a') => apiserver.put(PODS, inNamespace(tenantId, place));
  const watchesAsked = () => apiserver.asked.filter(({ query }) => query?.watch === 'true');
  const streams = () => [...world.hub.streams()];

  beforeEach(() => {
    apiserver = new FakeApiserver();
    world = new HubWorld(apiserver);
  });
  afterEach(() => world.hub.close());

  describe('shares', () => {
    it('one watch among all tenants and clients: each gets its own events once, in order, in its own names', async () => {
      const from = apiserver.revision;
      const clients = await Promise.all(['demo01', 'demo01', 'demo02', 'demo03'].map((tenantId) => world.client(tenantId, from)));
      put('demo01', 'web/a');
      put('demo02', 'web/a');
      put('demo01', 'web/a');
      apiserver.put(PODS, { metadata: { name: 'x', namespace: 'kube-system' } });
      apiserver.delete(PODS, inNamespace('demo01', 'web/a'));
      await until(() => clients[0]!.events.length === 3 && clients[2]!.events.length === 1);
      const ofDemo01 = ['ADDED web/a@101', 'MODIFIED web/a@103', 'DELETED web/a@105'];
      assert.deepEqual(
        clients.map(({ seen }) => seen),
        [ofDemo01, ofDemo01, ['ADDED web/a@102'], []],
      );
      assert.equal(watchesAsked().length, 1);
      for (const { text } of clients) assert.doesNotMatch(text, /demo0|kube-system/);
    });

    it('none among different forms and selectors', async () => {
      const from = apiserver.revision;
      const clients = ['', 'labelSelector=app%3Dx', 'fieldSelector=metadata.namespace%3Dweb'].map((query) => ({
        query,
        client: new RecordingClient(),
      }));
      for (const { client, query } of clients) await world.follow(client, from, JSON_FORM, query);
      await world.follow(new RecordingClient(), from, TABLE_FORM);
      apiserver.put(PODS, inNamespace('demo01', 'web/a', { app: 'x' }));
      apiserver.put(PODS, inNamespace('demo01', 'db/b'));
      await until(() => clients[0]!.client.events.length === 2);
      await settle();
      assert.deepEqual(
        clients.map(({ client }) => client.seen.map((text) => text.slice(6, 11))),
        [['web/a', 'db/b@'], ['web/a'], ['web/a']],
      );
      assert.equal(watchesAsked().length, 4);
    });

    it('bookmarks among those who want them', async () => {
      const [wants, not] = [await world.client('demo01', 100, true), await world.client('demo02', 100)];
      put('demo03');
      apiserver.bookmark();
      put('demo01');
      put('demo02');
      await until(() => not.events.length === 1);
      assert.deepEqual(wants.seen, ['BOOKMARK @101', 'ADDED web/a@102']);
      assert.deepEqual(not.seen, ['ADDED web/a@103']);
    });

    it('Tables: every client is told the columns once, with its first event', async () => {
      const clients = [new RecordingClient('demo01', true), new RecordingClient('demo02', true)];
      for (const client of clients) await world.follow(client, 100, TABLE_FORM);
      put('demo02');
      put('demo01');
      put('demo01', 'web/b');
      put('demo02', 'web/b');
      apiserver.watches[0]!.break();
      await until(() => apiserver.watches.length === 1 && apiserver.watches[0]!.isOpen && watchesAsked().length === 2);
      put('demo01', 'web/c');
      apiserver.bookmark();
      const last = await world.follow(new RecordingClient('demo01'), 101, TABLE_FORM);
      await until(() => clients[0]!.events.length === 4 && last.events.length === 3);
      for (const client of [...clients, last]) {
        const told = client.events.map(({ object }) => object.columnDefinitions !== null);
        assert.deepEqual(
          told,
          client.events.map((_, index) => index === 0),
        );
        assert.equal(client.events[0]!.object.columnDefinitions[0].name, 'Name');
        assert.doesNotMatch(client.text, /demo0/);
      }
      assert.deepEqual(
        clients[0]!.events.map(({ object }) => object.rows[0].cells[0]),
        ['a', 'b', 'c', null],
      );
    });

    it('watches in protobuf', async () => {
      const clients = [new RecordingClient('demo01', true), new RecordingClient('demo02')];
      for (const client of clients) await world.follow(client, 100, PROTOBUF_FORM);
      put('demo01');
      put('demo02');
      apiserver.bookmark();
      apiserver.watches[0]!.expired();
      apiserver.watches[0]!.deliver();
      await until(() => clients.every(({ isEnded }) => isEnded));
      const [frames, others] = clients.map(({ written, last }) => readFrames(Buffer.concat([...written, last!])).frames);
      assert.deepEqual(
        frames!.map(({ type }) => type),
        ['ADDED', 'BOOKMARK', 'ERROR'],
      );
      assert.deepEqual(frames![0]!.object.metadata, { name: 'a', namespace: 'web', resourceVersion: '101' });
      assert.deepEqual(frames![1]!.object.metadata, { resourceVersion: '102' });
      assert.deepEqual(
        others!.map(({ type }) => type),
        ['ADDED', 'ERROR'],
      );
    });
  });

  describe('starts a client where it asks for it', () => {
    it('behind what it has seen, from what is kept', async () => {
      const first = await world.client('demo01', 100);
      for (const name of ['a', 'b', 'c']) put('demo01', `web/${name}`);
      await until(() => first.events.length === 3);
      const second = await world.client('demo01', 102);
      assert.deepEqual(second.seen, ['ADDED web/c@103']);
      assert.equal(watchesAsked().length, 1);
    });

    it('ahead of the shared watch: what its list has shown already does not come again', async () => {
      apiserver.holdsEvents = true;
      const first = await world.client('demo01', 100);
      for (const name of ['a', 'b', 'c']) put('demo01', `web/${name}`);
      const second = await world.client('demo01', 102);
      apiserver.watches[0]!.deliver();
      await until(() => first.events.length === 3);
      await settle();
      assert.deepEqual(second.seen, ['ADDED web/c@103']);
    });

    it('further back than what is kept: from a stream that takes over, to which all others move', async () => {
      put('demo01', 'web/old');
      put('demo02', 'web/old');
      const first = await world.client('demo02', 102);
      put('demo01', 'web/mid');
      await until(() => streams()[0]!.position === 103);
      apiserver.holdsEvents = true;
      const second = await world.client('demo01', 100);
      assert.deepEqual([watchesAsked().length, world.counted.catchUps], [2, 1]);
      put('demo02', 'web/new');
      const [older, newer] = apiserver.watches as [(typeof apiserver.watches)[0], (typeof apiserver.watches)[0]];
      newer.deliver(1);
      await until(() => second.events.length === 1);
      assert.equal(streams().length, 2, 'it has not come as far yet');
      older.deliver();
      await until(() => first.events.length === 1);
      newer.deliver();
      await until(() => apiserver.watches.length === 1);
      assert.deepEqual(apiserver.watches, [newer]);
      assert.equal(streams().length, 1);
      put('demo01', 'web/last');
      put('demo02', 'web/last');
      newer.deliver();
      await until(() => first.events.length === 2 && second.events.length === 3);
      assert.deepEqual(second.seen, ['ADDED web/old@101', 'ADDED web/mid@103', 'ADDED web/last@105']);
      assert.deepEqual(first.seen, ['ADDED web/new@104', 'ADDED web/last@106']);
      assert.ok(!first.isEnded && !second.isEnded);
    });

    it('further back: one that is slow stays with its stream until it has been told all of it', async () => {
      put('demo01', 'web/old');
      const slow = await world.client('demo02', 101);
      slow.block();
      for (const name of ['a', 'b', 'c']) put('demo02', `web/${name}`);
      await until(() => streams()[0]!.position === 104);
      const far = await world.client('demo01', 100);
      await until(() => far.events.length === 1 && streams()[0]!.position === 104);
      put('demo02', 'web/d');
      await until(() => streams().every(({ position }) => position === 105));
      assert.deepEqual([streams().length, slow.events.length], [2, 1]);
      slow.unblock();
      put('demo02', 'web/e');
      await until(() => slow.events.length === 5 && streams().length === 1);
      put('demo02', 'web/f');
      await until(() => slow.events.length === 6);
      assert.deepEqual(
        slow.seen,
        ['a', 'b', 'c', 'd', 'e', 'f'].map((name, index) => `ADDED web/${name}@${102 + index}`),
      );
    });

    it('never with a gap: where what is kept has moved on meanwhile, it is ended', async () => {
      world = new HubWorld(apiserver, { limits: { maxEvents: 2, maxBytes: 1e6 } });
      const stream = await world.hub.open(subscriptionTo('pods', 'demo01'), 100);
      for (const name of ['a', 'b', 'c']) put('demo01', `web/${name}`);
      await until(() => stream.position === 103);
      const client = new RecordingClient();
      stream.add(client.subscriber, 100);
      assert.deepEqual([client.isEnded, client.written], [true, []]);
    });

    it('too far back: that one is told 410, others go on as if nothing had been', async () => {
      put('demo01');
      const other = await world.client('demo02', 101);
      apiserver.compacted = 101;
      const late = await world.client('demo01', 50);
      await until(() => late.isEnded);
      assert.equal(JSON.parse(String(late.last)).object.code, 410);
      assert.deepEqual(late.written, []);
      await until(() => streams().length === 1);
      const third = await world.client('demo02', 101);
      put('demo02');
      await until(() => other.events.length === 1 && third.events.length === 1);
      assert.equal(watchesAsked().length, 2, 'the first stream is the one to follow again');
      assert.ok(!other.isEnded && !third.isEnded);
    });

    it('too far back: nobody who comes meanwhile is told 410 for it', async () => {
      put('demo01');
      const other = await world.client('demo02', 101);
      apiserver.compacted = 101;
      const { promise, resolve } = Promise.withResolvers<void>();
      apiserver.delay = () => promise;
      const late = world.client('demo01', 50);
      const meanwhile = world.client('demo02', 101);
      await settle();
      resolve();
      await until(() => streams().length === 1);
      assert.equal((await late).isEnded, true);
      assert.equal((await meanwhile).isEnded, false, 'its revision is there');
      assert.equal(other.isEnded, false);
    });

    it('where upstream refuses the watch: the refusal is that one’s alone', async () => {
      const other = await world.client('demo02', 100);
      put('demo02');
      apiserver.refuse = () => status(410, 'Expired', 'too old resource version');
      await assert.rejects(world.client('demo01', 50), { status: 410 });
      apiserver.refuse = () => undefined;
      assert.equal(other.isEnded, false);
      assert.equal(streams().length, 1);
    });

    it('also where another’s stream, further back, is there before its own', async () => {
      put('demo01');
      const answers: (() => void)[] = [];
      apiserver.delay = () => new Promise((resolve) => answers.push(resolve));
      const near = world.client('demo01', 101);
      const far = world.client('demo02', 90);
      await until(() => answers.length === 2);
      answers[1]!();
      await far;
      put('demo02');
      await until(() => streams()[0]!.position === 102);
      answers[0]!();
      assert.equal((await near).isEnded, false);
      put('demo01');
      const client = await near;
      await until(() => client.events.length === 1);
    });
  });

  describe('goes on when upstream', () => {
    for (const how of ['end', 'break'] as const) {
      it(`${how}s the watch: nothing is lost or told twice`, async () => {
        apiserver.holdsEvents = true;
        const client = await world.client('demo01', 100);
        for (const name of ['a', 'b', 'c', 'd']) put('demo01', `web/${name}`);
        apiserver.watches[0]!.deliver(2);
        await until(() => client.events.length === 2);
        apiserver.watches[0]!.deliver(1);
        await until(() => client.events.length === 3);
        apiserver.watches[0]![how]();
        await until(() => watchesAsked().length === 2 && apiserver.watches.length === 1);
        assert.equal(watchesAsked()[1]!.query!.resourceVersion, 103);
        put('demo01', 'web/e');
        apiserver.watches[0]!.deliver();
        await until(() => client.events.length === 5);
        assert.deepEqual(
          client.seen,
          ['a', 'b', 'c', 'd', 'e'].map((name, index) => `ADDED web/${name}@${101 + index}`),
        );
        assert.equal(world.counted.resumes, how === 'break' ? 1 : 0);
      });
    }

    it('tells again what it has told: an older revision is not believed', async () => {
      const client = await world.client('demo01', 100);
      put('demo01', 'web/a');
      await until(() => client.events.length === 1);
      apiserver.watches[0]!.queue({
        type: 'MODIFIED',
        object: { metadata: { name: 'a', namespace: 'demo01-web', resourceVersion: '101' } },
      });
      apiserver.watches[0]!.queue({
        type: 'MODIFIED',
        object: { metadata: { name: 'a', namespace: 'demo01-web', resourceVersion: '99' } },
      });
      put('demo01', 'web/b');
      await until(() => client.events.length === 2);
      assert.deepEqual(client.seen, ['ADDED web/a@101', 'ADDED web/b@102']);
    });

    it('breaks it once and, long after, once more, with nothing to tell in between', async () => {
      const { now } = performance;
      let skipped = 0;
      performance.now = () => now.call(performance) + skipped;
      try {
        const client = await world.client('demo01', 100);
        for (const asked of [2, 3]) {
          apiserver.watches[0]!.break();
          await until(() => watchesAsked().length === asked || client.isEnded);
          assert.equal(client.isEnded, false, 'it was to be reached all the time');
          await until(() => apiserver.watches.length === 1);
          await settle();
          skipped += 60_000;
        }
      } finally {
        performance.now = now;
      }
    });
  });

  describe('ends clients', () => {
    it('when upstream says that it cannot go on: each gets that, in its own words', async () => {
      const clients = [await world.client('demo01', 100), await world.client('demo02', 100)];
      put('demo01');
      await until(() => clients[0]!.events.length === 1);
      apiserver.watches[0]!.expired();
      apiserver.watches[0]!.deliver();
      await until(() => clients.every(({ isEnded }) => isEnded));
      for (const { last, ends } of clients) {
        const { type, object } = JSON.parse(String(last));
        assert.deepEqual([type, object.kind, object.code, ends], ['ERROR', 'Status', 410, 1]);
      }
      assert.deepEqual(streams(), []);
      assert.equal(clients[0]!.events.length, 1);
    });

    it('when upstream will not have it any more', async () => {
      const client = await world.client('demo01', 100);
      apiserver.refuse = () => status(404, 'NotFound', 'the server could not find the requested resource');
      apiserver.watches[0]!.end();
      await until(() => client.isEnded);
      assert.equal(client.last, undefined);
      assert.deepEqual(streams(), []);
    });

    it('when upstream is not to be reached for too long', async () => {
      const { now } = performance;
      let skipped = 0;
      performance.now = () => now.call(performance) + skipped;
      try {
        const client = await world.client('demo01', 100);
        apiserver.delay = () => Promise.reject(new Error('ECONNREFUSED'));
        apiserver.watches[0]!.break();
        await until(() => watchesAsked().length >= 2);
        await settle();
        assert.equal(client.isEnded, false);
        skipped = 16_000;
        await until(() => client.isEnded);
        assert.deepEqual([client.ends, client.last, streams()], [1, undefined, []]);
      } finally {
        performance.now = now;
      }
    });

    it('that are too slow, and nobody else', async () => {
      world = new HubWorld(apiserver, { limits: { maxEvents: 3, maxBytes: 1e6 } });
      const [slow, quick, other] = [
        await world.client('demo01', 100),
        await world.client('demo01', 100),
        await world.client('demo02', 100),
      ];
      slow.block();
      for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
        put('demo01', `web/${name}`);
        await until(() => quick.seen.at(-1)?.includes(`/${name}@`) === true);
      }
      put('demo02');
      await until(() => other.events.length === 1);
      assert.deepEqual([slow.ends, slow.events.length, world.counted.drops], [1, 1, 1]);
      assert.equal(quick.events.length, 6);
      assert.ok(!quick.isEnded && !other.isEnded);
    });

    it('of a tenant that is gone, and of no other', async () => {
      const clients = [await world.client('demo01', 100), await world.client('demo01', 100), await world.client('demo02', 100)];
      const next = await world.follow(new RecordingClient('demo01', false, 'another uid'), 100);
      world.hub.endWhere(({ tenantId, tenantUid }) => tenantId === 'demo01' && tenantUid === 'uid of demo01');
      assert.deepEqual(
        [...clients, next].map(({ ends }) => ends),
        [1, 1, 0, 0],
      );
      put('demo01');
      put('demo02');
      await until(() => clients[2]!.events.length === 1 && next.events.length === 1);
      assert.deepEqual([clients[0]!.written, clients[1]!.written], [[], []]);
    });

    it('of the tenant in whose event something is another’s; nothing of it leaves, others go on', async () => {
      const clients = [await world.client('demo01', 100), await world.client('demo01', 100), await world.client('demo02', 100)];
      put('demo01', 'web/a');
      await until(() => clients[1]!.events.length === 1);
      // In the tenant's namespace by what the hub looks at, and in another's by what comes after.
      const frame =
        '{"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"secret","namespace":"demo02-x","resourceVersion":"150"},"metadata":{"name":"b","namespace":"demo01-web","resourceVersion":"150"}}}\n';
      apiserver.watches[0]!.body.push(frame);
      put('demo02', 'web/c');
      await until(() => clients[0]!.isEnded && clients[1]!.isEnded);
      assert.deepEqual(
        clients.map(({ ends }) => ends),
        [1, 1, 0],
      );
      for (const { text, last, lateWrites } of clients) {
        assert.doesNotMatch(text, /secret|demo0/);
        assert.equal(last, undefined);
        assert.equal(lateWrites, 0);
      }
      assert.equal(clients[1]!.events.length, 1);
      assert.equal(world.errors.length, 1);
      const again = await world.client('demo01', 150);
      put('demo01', 'web/z');
      for (let count = 0; count < 60; count++) put('demo01', 'web/z');
      await until(() => again.events.length > 0);
      assert.equal(again.isEnded, false);
    });

    it('when it is closed', async () => {
      const client = await world.client('demo01', 100);
      world.hub.close();
      await until(() => apiserver.watches.length === 0);
      assert.equal(client.ends, 1);
      assert.deepEqual(streams(), []);
    });
  });

  describe('keeps', () => {
    it('a stream for a while when its last client leaves', async () => {
      world = new HubWorld(apiserver, { lingerMs: 30 });
      const client = await world.client('demo01', 100);
      client.subscriber.detach();
      put('demo01');
      const again = await world.client('demo01', 100);
      assert.equal(watchesAsked().length, 1);
      await until(() => again.events.length === 1);
      again.subscriber.detach();
      await until(() => apiserver.watches.length === 0);
      assert.deepEqual(streams(), []);
      await world.client('demo01', 100);
      assert.equal(watchesAsked().length, 2);
    });

    it('a stream for whoever waits for upstream to answer, however long that takes', async () => {
      world = new HubWorld(apiserver, { lingerMs: 1 });
      const { promise, resolve } = Promise.withResolvers<void>();
      apiserver.delay = () => promise;
      const opening = world.client('demo01', 100);
      opening.catch(() => {});
      await new Promise((passed) => setTimeout(passed, 5));
      resolve();
      assert.equal((await opening).isEnded, false);
    });

    it('no more than all rings together may hold: the largest gives way', async () => {
      const maxBytes = 2_000;
      world = new HubWorld(apiserver, { maxBytes });
      const from = apiserver.revision;
      const small = await world.follow(new RecordingClient(), from, TABLE_FORM);
      const large = await world.client('demo01', from);
      for (let index = 0; index < 40; index++) put('demo01', `web/n${index}`);
      await until(() => small.events.length === 40 && large.events.length === 40);
      const kept = streams().map(({ log }) => log.bytes);
      assert.equal(kept.length, 2);
      assert.ok(kept[0]! + kept[1]! <= maxBytes, kept.join());
      assert.ok(Math.min(...kept) > 0, 'none is given up altogether');
      // What is left of each is still whole.
      for (const stream of streams()) {
        const again = new RecordingClient();
        stream.add(again.subscriber, stream.log.startRevision);
        await until(() => again.events.length === stream.log.size);
      }
    });

    it('no more than the ring may hold, whatever translation makes of the events', async () => {
      world = new HubWorld(apiserver, { limits: { maxEvents: 5, maxBytes: 1e6 } });
      const client = await world.client('demo01', 100);
      for (let count = 1; count <= 50; count++) put('demo01', 'web/a');
      await until(() => client.events.length === 50);
      const [stream] = streams();
      let bytes = 0;
      for (let sequence = stream!.log.start; sequence < stream!.log.end; sequence++) bytes += stream!.log.at(sequence).bytes.length;
      assert.deepEqual([stream!.log.size, stream!.log.bytes], [5, bytes]);
    });
  });
});
