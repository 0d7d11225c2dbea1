import assert from 'node:assert/strict';
import type { Etcd3 } from 'etcd3';
import { connectEtcd } from '../../../src/tenants/etcd-client.ts';
import { watchKeys } from '../../../src/tenants/etcd-watch.ts';
import { StoreError } from '../../../src/tenants/store.ts';
import { EtcdProcess } from './support/etcd-process.ts';
import { eventually } from './support/eventually.ts';
import { startProxy } from './support/tcp-proxy.ts';

const RANGE = { start: Buffer.from('/w/'), end: Buffer.from('/w0') };

describe('a watch of etcd', function () {
  this.timeout(60_000);
  let etcd: EtcdProcess;
  let writer: Etcd3;
  let reader: Etcd3;
  let stop: AbortController;

  beforeEach(async () => {
    etcd = await EtcdProcess.start();
    writer = connectEtcd([etcd.endpoint]);
    reader = connectEtcd([etcd.endpoint]);
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    writer.close();
    reader.close();
    await etcd.remove();
  });

  it('loses and doubles no event while etcd is killed and restarted again and again', async () => {
    const watch = follow(reader, await revisionOf(writer), stop.signal);
    let written = 0;
    for (let round = 0; round < 4; round++) {
      for (let n = 0; n < 50; n++) written = await writeNext(writer, written);
      await etcd.kill();
      await etcd.start();
    }
    for (let n = 0; n < 50; n++) written = await writeNext(writer, written);
    await eventually(() => assert.equal(watch.values.length, written));
    assert.deepEqual(
      watch.values,
      Array.from({ length: written }, (_, n) => String(n + 1)),
    );
    assert.ok(watch.retries > 0, 'the connection broke');
  });

  it('hands out what happened while it was away, more than one answer holds', async () => {
    const from = await revisionOf(writer);
    const big = 'x'.repeat(10_000);
    for (let n = 0; n < 1_500; n += 50) await Promise.all(Array.from({ length: 50 }, (_, i) => writer.put(`/w/${n + i}`).value(big)));
    const watch = follow(reader, from, stop.signal);
    await eventually(() => assert.equal(watch.values.length, 1_500));
    assert.deepEqual(
      watch.revisions,
      [...watch.revisions].sort((a, b) => a - b),
    );
    assert.equal(new Set(watch.revisions).size, 1_500);
  });

  it('goes on after a compaction of revisions that it has seen', async () => {
    const watch = follow(reader, await revisionOf(writer), stop.signal);
    await writeNext(writer, 0);
    await writer.put('/elsewhere').value('x');
    const elsewhere = Number(await revisionOf(writer));
    await eventually(() => assert.equal(watch.seen, elsewhere));
    await writer.kv.compact({ revision: String(elsewhere) });
    await etcd.kill();
    await etcd.start();
    await writeNext(writer, 1);
    await eventually(() => assert.deepEqual(watch.values, ['1', '2']));
  });

  it('goes on after a compaction right behind what it has seen, which took no event of its own', async () => {
    const proxy = await startProxy(etcd.port);
    const proxied = connectEtcd([`http://127.0.0.1:${proxy.port}`]);
    try {
      const watch = follow(proxied, await revisionOf(writer), stop.signal);
      await writeNext(writer, 0);
      await eventually(() => assert.deepEqual(watch.values, ['1']));
      proxy.cut();
      await writer.put('/elsewhere').value('x');
      await writer.kv.compact({ revision: await revisionOf(writer) });
      await proxy.mend();
      await writeNext(writer, 1);
      await eventually(() => assert.deepEqual(watch.values, ['1', '2']));
    } finally {
      proxied.close();
      proxy.cut();
    }
  });

  it('says Expired when what it missed was compacted', async () => {
    const proxy = await startProxy(etcd.port);
    const proxied = connectEtcd([`http://127.0.0.1:${proxy.port}`]);
    try {
      const watch = follow(proxied, await revisionOf(writer), stop.signal);
      await writeNext(writer, 0);
      await eventually(() => assert.deepEqual(watch.values, ['1']));
      proxy.cut();
      await writeNext(writer, 1);
      await writer.put('/w/last').value('3');
      await writer.kv.compact({ revision: await revisionOf(writer) });
      await proxy.mend();
      await assert.rejects(watch.ended, (error) => error instanceof StoreError && error.reason === 'Expired');
      assert.deepEqual(watch.values, ['1']);
    } finally {
      proxied.close();
      proxy.cut();
    }
  });

  it('says Expired when etcd comes back without its data', async () => {
    for (let n = 0; n < 5; n++) await writeNext(writer, n);
    const watch = follow(reader, await revisionOf(writer), stop.signal);
    await eventually(() => assert.notEqual(watch.seen, 0));
    await etcd.loseData();
    await assert.rejects(watch.ended, (error) => error instanceof StoreError && error.reason === 'Expired');
  });

  it('notices a connection that stays open and silent, and opens another', async () => {
    const proxy = await startProxy(etcd.port);
    const proxied = connectEtcd([`http://127.0.0.1:${proxy.port}`]);
    try {
      const watch = follow(proxied, await revisionOf(writer), stop.signal, { askAfterMs: 100, deadAfterMs: 300 });
      await writeNext(writer, 0);
      await eventually(() => assert.deepEqual(watch.values, ['1']));
      proxy.swallow();
      await writeNext(writer, 1);
      await eventually(() => assert.ok(watch.retries > 0, 'silence was noticed'));
      await eventually(() => assert.deepEqual(watch.values, ['1', '2']));
    } finally {
      proxied.close();
      proxy.cut();
    }
  });

  it('does not take a slow reader for a dead stream', async () => {
    let retries = 0;
    const options = { askAfterMs: 50, deadAfterMs: 100, onRetry: () => retries++ };
    const watch = watchKeys(reader, RANGE, await revisionOf(writer), stop.signal, options);
    await writeNext(writer, 0);
    const first = await watch.next();
    assert.equal(first.value?.events.length, 1);
    await writeNext(writer, 1);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const second = await watch.next();
    assert.equal(second.value?.events[0]?.value.toString(), '2');
    assert.equal(retries, 0);
  });

  it('reports progress while nothing happens', async () => {
    const from = await revisionOf(writer);
    const watch = watchKeys(reader, RANGE, from, stop.signal, { askAfterMs: 50, deadAfterMs: 3_000 });
    assert.deepEqual((await watch.next()).value, { events: [], revision: from });
  });
});

interface Follower {
  readonly values: string[];
  readonly revisions: number[];
  seen: number;
  retries: number;
  ended: Promise<void>;
}

function follow(client: Etcd3, from: string, signal: AbortSignal, limits = {}): Follower {
  const follower: Follower = { values: [], revisions: [], seen: 0, retries: 0, ended: Promise.resolve() };
  follower.ended = (async () => {
    for await (const batch of watchKeys(client, RANGE, from, signal, { ...limits, onRetry: () => follower.retries++ })) {
      for (const event of batch.events) {
        follower.values.push(event.value.toString());
        follower.revisions.push(Number(event.revision));
      }
      follower.seen = Number(batch.revision);
    }
  })();
  follower.ended.catch(() => undefined);
  return follower;
}

/** Writes the number after `last` until etcd has taken it, once: a compare keeps a repetition from counting twice. */
async function writeNext(client: Etcd3, last: number): Promise<number> {
  const next = last + 1;
  await eventually(() =>
    client
      .if('/w/counter', 'Value', '==', String(last))
      .then(client.put('/w/counter').value(String(next)))
      .else()
      .commit(),
  );
  if (last === 0) await client.if('/w/counter', 'Create', '==', 0).then(client.put('/w/counter').value('1')).commit();
  return next;
}

async function revisionOf(client: Etcd3): Promise<string> {
  return (await client.kv.range({ key: Buffer.from('x') })).header.revision;
}
