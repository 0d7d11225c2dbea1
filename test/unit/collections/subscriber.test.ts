import assert from 'node:assert/strict';
import { EVERYBODY, EventLog, type LoggedEvent } from '../../../src/collections/watch/event-log.ts';
import type { Feed, Subscriber } from '../../../src/collections/watch/subscriber.ts';
import { RecordingClient } from './support/recording-client.ts';

/** A stream as HubStream is one, whose events are texts. */
class TextFeed implements Feed {
  readonly log: EventLog;
  readonly lagging = new Set<Subscriber>();
  readonly left: Subscriber[] = [];
  readonly #clients: readonly RecordingClient[];
  position: number;

  constructor(clients: readonly RecordingClient[], maxEvents = 1_000, revision = 0) {
    this.#clients = clients;
    this.log = new EventLog(revision, { maxEvents, maxBytes: 1e6 });
    this.position = revision;
  }

  push(tenantId: string, isBookmark = false): void {
    const revision = ++this.position;
    const logged = this.log.push({ revision, tenantId, isBookmark, sharedName: undefined, bytes: Buffer.from(`${revision} `) });
    for (const subscriber of this.lagging) if (subscriber.isLost()) subscriber.end();
    for (const { subscriber } of this.#clients) {
      if (tenantId === EVERYBODY || tenantId === subscriber.tenantId) subscriber.offer(logged);
    }
  }

  render({ bytes }: LoggedEvent): Buffer {
    return bytes;
  }

  setLagging(subscriber: Subscriber, lagging: boolean): void {
    if (lagging) this.lagging.add(subscriber);
    else this.lagging.delete(subscriber);
  }

  leave(subscriber: Subscriber): void {
    this.lagging.delete(subscriber);
    this.left.push(subscriber);
  }
}

const revisionsOf = ({ text }: RecordingClient): string => text.trim();

describe('Subscriber', () => {
  it('gets what comes after its revision, of its own tenant and of everybody', () => {
    const clients = [new RecordingClient('demo01'), new RecordingClient('demo02')];
    const feed = new TextFeed(clients);
    for (const tenant of ['demo01', 'demo02', 'demo01', EVERYBODY]) feed.push(tenant);
    clients[0]!.subscriber.follow(feed, 1);
    clients[1]!.subscriber.follow(feed, 0);
    for (const tenant of ['demo03', 'demo01', 'demo02']) feed.push(tenant);
    assert.deepEqual(clients.map(revisionsOf), ['3 4 6', '2 4 7']);
    assert.ok(clients.every(({ subscriber }) => subscriber.isIdle && subscriber.position === 7));
  });

  it('gets nothing that is not later than its revision, also where the stream has not come as far', () => {
    const client = new RecordingClient();
    const feed = new TextFeed([client]);
    feed.push('demo01');
    client.subscriber.follow(feed, 4);
    assert.equal(client.subscriber.position, 4, 'a bookmark must not lead it back');
    for (let count = 0; count < 5; count++) feed.push('demo01');
    assert.equal(revisionsOf(client), '5 6');
    assert.equal(client.subscriber.position, 6);
  });

  it('gets bookmarks only where it wants them', () => {
    const clients = [new RecordingClient('demo01', true), new RecordingClient('demo01', false)];
    const feed = new TextFeed(clients);
    for (const { subscriber } of clients) subscriber.follow(feed, 0);
    feed.push('demo01');
    feed.push(EVERYBODY, true);
    feed.push('demo01');
    assert.deepEqual(clients.map(revisionsOf), ['1 2 3', '1 3']);
  });

  it('that reads slowly gets everything in order while it is kept, and others are not kept from it', () => {
    const [slow, quick] = [new RecordingClient(), new RecordingClient()];
    const feed = new TextFeed([slow, quick]);
    for (const { subscriber } of [slow, quick]) subscriber.follow(feed, 0);
    slow.block();
    for (let count = 0; count < 6; count++) feed.push(count % 2 === 0 ? 'demo01' : 'demo02');
    assert.deepEqual([slow, quick].map(revisionsOf), ['1', '1 3 5']);
    assert.equal(slow.subscriber.position, undefined, 'it has not been told everything');
    assert.equal(feed.lagging.size, 1);
    slow.unblock();
    assert.equal(revisionsOf(slow), '1 3 5');
    assert.equal(slow.subscriber.position, 6);
    assert.equal(feed.lagging.size, 0);
  });

  it('may stop at every event', () => {
    const client = new RecordingClient();
    const feed = new TextFeed([client]);
    client.block();
    client.subscriber.follow(feed, 0);
    for (let count = 0; count < 4; count++) feed.push('demo01');
    for (let count = 1; count <= 4; count++) {
      assert.equal(client.written.length, count);
      client.takeOne();
    }
    assert.equal(revisionsOf(client), '1 2 3 4');
  });

  it('is lost when what it has not got is kept no more, and nobody else is', () => {
    const [slow, quick] = [new RecordingClient(), new RecordingClient()];
    const feed = new TextFeed([slow, quick], 2);
    for (const { subscriber } of [slow, quick]) subscriber.follow(feed, 0);
    slow.block();
    for (let count = 0; count < 3; count++) feed.push('demo01');
    assert.equal(slow.isEnded, false, 'two are kept, and it has one');
    feed.push('demo01');
    assert.equal(slow.ends, 1);
    assert.equal(quick.isEnded, false);
    assert.deepEqual([slow, quick].map(revisionsOf), ['1', '1 2 3 4']);
    slow.unblock();
    assert.equal(revisionsOf(slow), '1');
    assert.deepEqual(feed.left, [slow.subscriber]);
  });

  it('is not lost by events that are not for it: as one that waits for its next', () => {
    const client = new RecordingClient();
    const feed = new TextFeed([client], 2);
    client.subscriber.follow(feed, 0);
    client.block();
    for (const tenant of ['demo01', 'demo02', 'demo02', 'demo02']) feed.push(tenant);
    assert.equal(client.isEnded, false);
    client.unblock();
    feed.push('demo01');
    assert.equal(revisionsOf(client), '1 5');
  });

  it('is not lost by events that are not for it: as one that catches up', () => {
    const client = new RecordingClient();
    const feed = new TextFeed([client], 3);
    for (const tenant of ['demo01', 'demo02', 'demo02']) feed.push(tenant);
    client.block();
    client.subscriber.follow(feed, 0);
    assert.equal(revisionsOf(client), '1');
    for (let count = 0; count < 3; count++) feed.push('demo02');
    assert.equal(client.isEnded, false, 'it has all there is for it');
    client.unblock();
    feed.push('demo01');
    assert.equal(revisionsOf(client), '1 7');
  });

  it('goes on from another feed where it was', () => {
    const client = new RecordingClient();
    const [first, second] = [new TextFeed([client]), new TextFeed([])];
    client.subscriber.follow(first, 0);
    for (let count = 0; count < 3; count++) first.push('demo01');
    for (let count = 0; count < 5; count++) second.push('demo01');
    client.subscriber.detach();
    first.push('demo01');
    client.subscriber.follow(second, 3);
    assert.equal(revisionsOf(client), '1 2 3 4 5');
    assert.deepEqual(first.left, [client.subscriber]);
  });

  it('ends once, with a last frame, and leaves', () => {
    const client = new RecordingClient();
    const feed = new TextFeed([client]);
    client.subscriber.follow(feed, 0);
    client.subscriber.end(Buffer.from('over'));
    feed.push('demo01');
    assert.equal(String(client.last), 'over');
    assert.deepEqual(client.written, []);
    assert.deepEqual(feed.left, [client.subscriber]);
  });
});
