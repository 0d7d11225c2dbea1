import assert from 'node:assert/strict';
import { connectEtcd } from '../../../src/tenants/etcd-client.ts';
import { type EtcdTenantStore, openEtcdStore } from '../../../src/tenants/etcd-store.ts';
import { StoreError, type TenantEvent } from '../../../src/tenants/store.ts';
import { EtcdProcess } from './support/etcd-process.ts';
import { sampleTenant } from './support/sample-tenant.ts';

const hasReason = (reason: string) => (error: unknown) => error instanceof StoreError && error.reason === reason;

describe('etcd store', function () {
  this.timeout(60_000);
  let etcd: EtcdProcess;
  let store: EtcdTenantStore;
  let stores = 0;

  before(async () => {
    etcd = await EtcdProcess.start();
  });
  after(() => etcd.remove());
  beforeEach(() => {
    store = openEtcdStore({ endpoints: [etcd.endpoint], prefix: `/store-${stores++}/` });
  });
  afterEach(() => store.close());

  it('gives a created tenant a uid and the revision of its write', async () => {
    const created = await store.create(sampleTenant('demo01'));
    assert.match(created.metadata.uid ?? '', /^[0-9a-f-]{36}$/);
    assert.deepEqual(await store.get('demo01'), created);
    assert.equal((await store.list()).revision, created.metadata.resourceVersion);
  });

  it('refuses to create a tenant twice', async () => {
    await store.create(sampleTenant('demo01'));
    await assert.rejects(store.create(sampleTenant('demo01')), hasReason('AlreadyExists'));
  });

  it('updates only the revision that was read', async () => {
    const created = await store.create(sampleTenant('demo01'));
    const updated = await store.update({ ...created, spec: { upstream: 'a' } });
    assert.notEqual(updated.metadata.resourceVersion, created.metadata.resourceVersion);
    await assert.rejects(store.update({ ...created, spec: { upstream: 'b' } }), hasReason('Conflict'));
    assert.deepEqual((await store.get('demo01'))?.spec, { upstream: 'a' });
  });

  it('tells a missing tenant from a changed one', async () => {
    await assert.rejects(store.update(sampleTenant('demo01')), hasReason('NotFound'));
    await assert.rejects(store.delete('demo01'), hasReason('NotFound'));
    const { metadata } = await store.create(sampleTenant('demo01'));
    await assert.rejects(store.delete('demo01', '1'), hasReason('Conflict'));
    await store.delete('demo01', metadata.resourceVersion);
    await assert.rejects(store.delete('demo01', metadata.resourceVersion), hasReason('NotFound'));
    assert.equal(await store.get('demo01'), undefined);
  });

  it('refuses a write whose fence does not hold, and lets one through whose fence does', async () => {
    const created = await store.create(sampleTenant('demo01'));
    const leader = await store.campaign('controller', { candidate: 'a', signal: AbortSignal.timeout(5_000) });
    const written = await store.update(created, leader.fence);
    await leader.resign();
    await assert.rejects(store.update(written, leader.fence), hasReason('Conflict'));
    await assert.rejects(store.delete('demo01', undefined, leader.fence), hasReason('Conflict'));
  });

  it('sees no keys of its neighbours', async () => {
    await store.create(sampleTenant('demo01'));
    const client = connectEtcd([etcd.endpoint]);
    await client.put(`/store-${stores - 1}/tenants0`).value('{}');
    await client.put(`/store-${stores - 1}/other`).value('{}');
    client.close();
    assert.deepEqual(
      (await store.list()).tenants.map((tenant) => tenant.metadata.name),
      ['demo01'],
    );
  });

  it('lists in order of name, in pages that all show one revision', async () => {
    for (const name of ['c00000', 'a00000', 'd00000', 'b00000']) await store.create(sampleTenant(name));
    const first = await store.list({ limit: 2 });
    await store.create(sampleTenant('c50000'));
    await store.delete('d00000');
    const second = await store.list({ limit: 5, after: 'b00000', revision: first.revision });
    assert.deepEqual(
      first.tenants.map((tenant) => tenant.metadata.name),
      ['a00000', 'b00000'],
    );
    assert.equal(first.remaining, 2);
    assert.deepEqual(
      second.tenants.map((tenant) => tenant.metadata.name),
      ['c00000', 'd00000'],
    );
    assert.deepEqual([second.revision, second.remaining], [first.revision, 0]);
  });

  it('reads more tenants than go into one answer', async () => {
    const names = Array.from({ length: 450 }, (_, n) => `t${String(n).padStart(5, '0')}`);
    await Promise.all(names.map((name) => store.create(sampleTenant(name))));
    assert.deepEqual(
      (await store.list()).tenants.map((tenant) => tenant.metadata.name),
      names,
    );
    assert.equal((await store.list({ limit: 300 })).remaining, 150);
  });

  it('says Expired when the revision of a list is compacted', async () => {
    const first = await store.create(sampleTenant('demo01'));
    const last = await store.create(sampleTenant('demo02'));
    await compact(etcd, last.metadata.resourceVersion);
    await assert.rejects(store.list({ revision: String(first.metadata.resourceVersion) }), hasReason('Expired'));
  });

  it('watches from nothing: what there is, a bookmark, then changes with the state before them', async () => {
    const first = await store.create(sampleTenant('demo01'));
    const events = collect(store, undefined, 5);
    await events.reached(2);
    const changed = await store.update({ ...first, spec: { upstream: 'a' } });
    await store.create(sampleTenant('demo02'));
    await store.delete('demo01');
    const [added, bookmark, modified, second, deleted] = (await events.all) as [
      TenantEvent,
      TenantEvent,
      TenantEvent,
      TenantEvent,
      TenantEvent,
    ];
    assert.deepEqual(
      [added.type, bookmark.type, modified.type, second.type, deleted.type],
      ['ADDED', 'BOOKMARK', 'MODIFIED', 'ADDED', 'DELETED'],
    );
    assert.ok(modified.type === 'MODIFIED' && deleted.type === 'DELETED');
    assert.deepEqual(modified.tenant, changed);
    assert.deepEqual(modified.previous.spec, {});
    assert.deepEqual(deleted.tenant.spec, { upstream: 'a' });
    assert.equal(deleted.tenant.metadata.resourceVersion, deleted.revision);
  });

  it('says Expired when a watch begins at a compacted revision', async () => {
    const first = await store.create(sampleTenant('demo01'));
    const last = await store.create(sampleTenant('demo02'));
    await compact(etcd, last.metadata.resourceVersion);
    const watch = store.watch(String(Number(first.metadata.resourceVersion) - 1), AbortSignal.timeout(5_000));
    await assert.rejects(drain(watch), hasReason('Expired'));
  });

  it('ends a watch that is aborted, and breaks one whose store is closed', async () => {
    const { revision } = await store.list();
    const mine = new AbortController();
    const aborted = drain(store.watch(revision, mine.signal));
    mine.abort();
    assert.deepEqual(await aborted, []);
    const broken = drain(store.watch(revision, new AbortController().signal));
    await store.close();
    await assert.rejects(broken, hasReason('Unavailable'));
  });

  it('says Unavailable when etcd cannot be reached', async () => {
    const nowhere = openEtcdStore({ endpoints: ['http://127.0.0.1:1'], prefix: '/x/' });
    await assert.rejects(nowhere.create(sampleTenant('demo01')), hasReason('Unavailable'));
    await nowhere.close();
  });
});

async function compact(etcd: EtcdProcess, revision: string | undefined): Promise<void> {
  const client = connectEtcd([etcd.endpoint]);
  await client.kv.compact({ revision: String(revision) });
  client.close();
}

/** The first `count` events of a watch, leaving out later bookmarks. */
function collect(store: EtcdTenantStore, revision: string | undefined, count: number) {
  const seen: TenantEvent[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const all = (async () => {
    for await (const event of store.watch(revision, AbortSignal.timeout(20_000))) {
      if (event.type === 'BOOKMARK' && seen.some((earlier) => earlier.type === 'BOOKMARK')) continue;
      seen.push(event);
      for (const waiter of waiting) if (seen.length >= waiter.count) waiter.resolve();
      if (seen.length === count) return seen;
    }
    return seen;
  })();
  return {
    all,
    reached: (n: number) => new Promise<void>((resolve) => (seen.length >= n ? resolve() : waiting.push({ count: n, resolve }))),
  };
}

async function drain(events: AsyncIterable<TenantEvent>): Promise<TenantEvent[]> {
  const all: TenantEvent[] = [];
  for await (const event of events) if (event.type !== 'BOOKMARK') all.push(event);
  return all;
}
