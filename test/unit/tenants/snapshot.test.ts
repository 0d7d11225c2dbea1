import assert from 'node:assert/strict';
import { TenantSnapshot } from '../../../src/tenants/snapshot.ts';
import { StoreError } from '../../../src/tenants/store.ts';
import { eventually } from '../../integration/tenant-api/support/eventually.ts';
import { sampleTenant } from '../../integration/tenant-api/support/sample-tenant.ts';
import { MemoryStore } from './memory-store.ts';

describe('TenantSnapshot', () => {
  let store: MemoryStore;
  let snapshot: TenantSnapshot;
  let errors: unknown[];

  const start = (options = {}) => {
    errors = [];
    snapshot = new TenantSnapshot(store, { onError: (cause) => errors.push(cause), ...options });
  };

  beforeEach(() => {
    store = new MemoryStore();
  });
  afterEach(() => snapshot.close());

  it('holds what there is when it is ready', async () => {
    const created = await store.create(sampleTenant('demo01'));
    start();
    await snapshot.ready;
    assert.deepEqual(snapshot.get('demo01'), created);
    assert.deepEqual(snapshot.all(), [created]);
    assert.equal(snapshot.revision, created.metadata.resourceVersion);
    assert.equal(snapshot.get('demo02'), undefined);
  });

  it('follows every kind of change, and tells its listeners', async () => {
    start();
    await snapshot.ready;
    const heard: [string, string | undefined][] = [];
    const stop = snapshot.onChange((tenantId, tenant) => heard.push([tenantId, tenant?.metadata.labels?.v]));
    const created = await store.create(sampleTenant('demo01', { v: '1' }));
    await store.update({ ...created, metadata: { ...created.metadata, labels: { v: '2' } } });
    await eventually(() => assert.equal(snapshot.get('demo01')?.metadata.labels?.v, '2'));
    await store.delete('demo01');
    await eventually(() => assert.equal(snapshot.get('demo01'), undefined));
    assert.deepEqual(heard, [
      ['demo01', '1'],
      ['demo01', '2'],
      ['demo01', undefined],
    ]);
    stop();
    await store.create(sampleTenant('demo02'));
    await eventually(() => assert.ok(snapshot.get('demo02')));
    assert.equal(heard.length, 3);
  });

  it('lists again after a compaction, and reports only the difference', async () => {
    await store.create(sampleTenant('stays0'));
    await store.create(sampleTenant('leaves'));
    start();
    await snapshot.ready;
    const heard: string[] = [];
    snapshot.onChange((tenantId, tenant) => heard.push(`${tenantId} ${tenant ? 'is' : 'gone'}`));
    store.failure = new StoreError('Expired', 'compacted');
    store.compact();
    await eventually(() => assert.ok(errors.length > 0));
    store.failure = undefined;
    await store.delete('leaves');
    await store.create(sampleTenant('comes0'));
    await eventually(() => assert.deepEqual(heard.sort(), ['comes0 is', 'leaves gone']));
  });

  it('goes on serving while the store is away, and says since when', async () => {
    await store.create(sampleTenant('demo01'));
    start({ staleAfterMs: 50 });
    await snapshot.ready;
    assert.equal(snapshot.behindSince, undefined);
    store.failure = new StoreError('Unavailable', 'down');
    store.compact();
    await eventually(() => assert.ok(snapshot.behindSince! <= Date.now()));
    assert.ok(snapshot.get('demo01'));
    store.failure = undefined;
    await store.create(sampleTenant('demo02'));
    await eventually(() => assert.ok(snapshot.get('demo02')));
    assert.equal(snapshot.behindSince, undefined);
  });

  it('becomes ready when the store does, and is behind until then', async () => {
    store.failure = new StoreError('Unavailable', 'down');
    start();
    await eventually(() => assert.ok(errors.length > 0));
    assert.ok(snapshot.behindSince);
    store.failure = undefined;
    await snapshot.ready;
    assert.equal(snapshot.behindSince, undefined);
  });

  it('survives a listener that throws', async () => {
    start();
    await snapshot.ready;
    snapshot.onChange(() => {
      throw new Error('mine');
    });
    await store.create(sampleTenant('demo01'));
    await store.create(sampleTenant('demo02'));
    await eventually(() => assert.equal(snapshot.all().length, 2));
    assert.match(String(errors[0]), /mine/);
  });
});
