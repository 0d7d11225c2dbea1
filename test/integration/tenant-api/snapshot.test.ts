import assert from 'node:assert/strict';
import { connectEtcd } from '../../../src/tenants/etcd-client.ts';
import { type EtcdTenantStore, openEtcdStore } from '../../../src/tenants/etcd-store.ts';
import { TenantSnapshot } from '../../../src/tenants/snapshot.ts';
import { EtcdProcess } from './support/etcd-process.ts';
import { eventually } from './support/eventually.ts';
import { sampleTenant } from './support/sample-tenant.ts';

describe('the tenant snapshot over etcd', function () {
  this.timeout(60_000);
  let etcd: EtcdProcess;
  let store: EtcdTenantStore;
  let snapshot: TenantSnapshot;

  beforeEach(async () => {
    etcd = await EtcdProcess.start();
    store = openEtcdStore({ endpoints: [etcd.endpoint], prefix: '/k/' });
    snapshot = new TenantSnapshot(store);
    await snapshot.ready;
  });
  afterEach(async () => {
    await snapshot.close();
    await store.close();
    await etcd.remove();
  });

  it('shows a change well within a second', async () => {
    await store.create(sampleTenant('demo00'));
    await eventually(() => assert.ok(snapshot.get('demo00')));
    const times: number[] = [];
    for (let n = 1; n <= 20; n++) {
      const arrived = new Promise<number>((resolve) => snapshot.onChange(() => resolve(performance.now())));
      const startedAt = performance.now();
      await store.create(sampleTenant(`demo${String(n).padStart(2, '0')}`));
      times.push((await arrived) - startedAt);
    }
    assert.ok(Math.max(...times) < 500, `slowest: ${Math.max(...times)} ms`);
  });

  it('serves what it knows while etcd is away, says so, and catches up', async () => {
    await store.create(sampleTenant('demo01'));
    await eventually(() => assert.ok(snapshot.get('demo01')));
    assert.equal(snapshot.behindSince, undefined);
    await etcd.kill();
    await eventually(() => assert.ok(snapshot.behindSince));
    assert.ok(snapshot.get('demo01'));
    await etcd.start();
    await store.create(sampleTenant('demo02'));
    await eventually(() => assert.ok(snapshot.get('demo02')));
    await eventually(() => assert.equal(snapshot.behindSince, undefined));
  });

  it('lists again when etcd comes back without its data', async () => {
    await store.create(sampleTenant('demo01'));
    await store.create(sampleTenant('demo02'));
    await eventually(() => assert.equal(snapshot.all().length, 2));
    await etcd.loseData();
    await store.create(sampleTenant('demo02'));
    await eventually(() =>
      assert.deepEqual(
        snapshot.all().map((tenant) => tenant.metadata.name),
        ['demo02'],
      ),
    );
  });

  it('stays up to date and takes no harm from compactions', async () => {
    const client = connectEtcd([etcd.endpoint]);
    for (let n = 0; n < 10; n++) {
      const { metadata } = await store.create(sampleTenant(`demo0${n}`));
      await client.kv.compact({ revision: String(metadata.resourceVersion) });
    }
    client.close();
    await eventually(() => assert.equal(snapshot.all().length, 10));
  });
});
