import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connectEtcd } from '../../../src/tenants/etcd-client.ts';
import { type EtcdTenantStore, openEtcdStore } from '../../../src/tenants/etcd-store.ts';
import { StoreError } from '../../../src/tenants/store.ts';
import { withSignal } from '../../../src/upstream/with-signal.ts';
import { EtcdProcess } from './support/etcd-process.ts';
import { sampleTenant } from './support/sample-tenant.ts';

describe('the leader lock', function () {
  this.timeout(60_000);
  let etcd: EtcdProcess;
  let one: EtcdTenantStore;
  let two: EtcdTenantStore;
  let stop: AbortController;

  const run = (store: EtcdTenantStore, candidate: string, ttlSeconds = 2) =>
    store.campaign('controller', { candidate, ttlSeconds, signal: stop.signal });

  beforeEach(async () => {
    etcd = await EtcdProcess.start();
    one = openEtcdStore({ endpoints: [etcd.endpoint], prefix: '/k/' });
    two = openEtcdStore({ endpoints: [etcd.endpoint], prefix: '/k/' });
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    etcd.thaw();
    await Promise.all([one.close(), two.close()]);
    await etcd.remove();
  });

  it('lets one lead, and the next one as soon as the first resigns', async () => {
    const first = await run(one, 'one', 60);
    let secondLeads = false;
    const waiting = run(two, 'two', 60).then((leadership) => {
      secondLeads = true;
      return leadership;
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.deepEqual([secondLeads, first.lost.aborted], [false, false]);
    const resignedAt = performance.now();
    await first.resign();
    const second = await waiting;
    assert.ok(performance.now() - resignedAt < 2_000, 'it did not wait for the lease');
    assert.deepEqual([first.lost.aborted, second.lost.aborted], [true, false]);
    assert.notEqual(second.fence.createRevision, first.fence.createRevision);
    await second.resign();
  });

  it('keeps its lease for longer than its time', async () => {
    const leadership = await run(one, 'one');
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    assert.equal(leadership.lost.aborted, false);
    await one.create(sampleTenant('demo01'));
    await one.update(sampleTenant('demo01'), leadership.fence);
    await leadership.resign();
  });

  it("is lost before its lease can be another one's, when etcd falls silent", async () => {
    const first = await run(one, 'one', 4);
    const waiting = run(two, 'two', 4);
    etcd.freeze();
    const frozenAt = performance.now();
    await once(first.lost, 'abort');
    assert.ok(performance.now() - frozenAt < 4_000, 'before the lease ends');
    etcd.thaw();
    const second = await waiting;
    assert.equal(second.lost.aborted, false);
    await second.resign();
  });

  it('is not believed in by a process that was paused, whatever that does first', async () => {
    const leadership = await run(one, 'one', 2);
    const upstream = withSignal(
      {
        request: async () => ({ status: 200, headers: {}, body: Buffer.alloc(0) }),
        stream: () => assert.fail('not asked for'),
        close: () => {},
      },
      leadership.lost,
      leadership.isHeld,
    );
    await upstream.request({ method: 'GET', path: '/' });
    // No timer runs meanwhile, as when all of the process stands still.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_500);
    const refused = assert.rejects(upstream.request({ method: 'DELETE', path: '/' }), /not renewed in time/);
    assert.equal(leadership.lost.aborted, true);
    await refused;
  });

  it('has one leader after a restart of etcd', async () => {
    const first = await run(one, 'one', 10);
    const waiting = run(two, 'two', 10);
    await etcd.kill();
    await etcd.start();
    await one.create(sampleTenant('demo01'));
    await one.update(sampleTenant('demo01'), first.fence);
    assert.equal(first.lost.aborted, false);
    await first.resign();
    const second = await waiting;
    await assert.rejects(
      one.update(sampleTenant('demo01'), first.fence),
      (error) => error instanceof StoreError && error.reason === 'Conflict',
    );
    await one.update(sampleTenant('demo01'), second.fence);
    await second.resign();
  });

  it('is lost when somebody deletes the key', async () => {
    const leadership = await run(one, 'one', 60);
    const lost = once(leadership.lost, 'abort');
    const client = connectEtcd([etcd.endpoint]);
    await client.delete().key(leadership.fence.key);
    client.close();
    await lost;
    assert.match(String(leadership.lost.reason), /changed the key/);
  });

  it('can be waited for while etcd is not there yet', async () => {
    await etcd.kill();
    const waiting = run(one, 'one');
    await etcd.start();
    await (await waiting).resign();
  });

  it('stops campaigning when told to', async () => {
    const leadership = await run(one, 'one', 60);
    const waiting = run(two, 'two', 60);
    stop.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
    assert.equal(leadership.lost.aborted, false);
    await leadership.resign();
  });
});
