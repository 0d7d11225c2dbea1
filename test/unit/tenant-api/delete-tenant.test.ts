import assert from 'node:assert/strict';
import { ApiClient } from './api-client.ts';

describe('Tenant API: deletion', () => {
  let api: ApiClient;
  beforeEach(async () => {
    api = await new ApiClient().start();
  });
  afterEach(() => api.server.close());

  it('takes a tenant away that nobody has to clean up', async () => {
    const { metadata } = await api.created('demo01');
    const { code, body } = await api.request('DELETE', 'demo01');
    assert.deepEqual(
      [code, body.status, body.details],
      [200, 'Success', { name: 'demo01', group: 'tenant.kubezoo.io', kind: 'tenants', uid: metadata.uid }],
    );
    assert.equal((await api.get('demo01')).code, 404);
    assert.equal((await api.request('DELETE', 'demo01')).code, 404);
  });

  it('waits for the finalizers, and takes the tenant away with the last of them', async () => {
    await api.created('demo01', { finalizers: ['a/b', 'c/d'] });
    const first = await api.request('DELETE', 'demo01');
    assert.equal(first.code, 200);
    assert.match(first.body.metadata.deletionTimestamp, /^\d{4}-.*Z$/);
    assert.deepEqual([first.body.metadata.deletionGracePeriodSeconds, first.body.metadata.generation], [0, 2]);
    assert.deepEqual((await api.request('DELETE', 'demo01')).body, first.body);
    const added = await api.patch('demo01', { metadata: { finalizers: ['a/b', 'c/d', 'e/f'] } });
    assert.deepEqual([added.code, added.body.details.causes[0].field], [422, 'metadata.finalizers']);
    const revived = await api.patch('demo01', { metadata: { deletionTimestamp: null, labels: { a: 'b' } } });
    assert.equal(revived.body.metadata.deletionTimestamp, first.body.metadata.deletionTimestamp);
    await api.patch('demo01', { metadata: { finalizers: ['c/d'] } });
    assert.equal((await api.get('demo01')).code, 200);
    assert.equal((await api.patch('demo01', { metadata: { finalizers: null } })).code, 200);
    assert.equal((await api.get('demo01')).code, 404);
  });

  it('deletes nothing in a dry run, from the query or the body', async () => {
    await api.created('demo01', { finalizers: ['a/b'] });
    await api.created('demo02');
    for (const answer of [await api.request('DELETE', 'demo01?dryRun=All'), await api.request('DELETE', 'demo02', { dryRun: ['All'] })])
      assert.equal(answer.code, 200);
    const { body } = await api.get('');
    assert.deepEqual(
      body.items.map((item: { metadata: object }) => 'deletionTimestamp' in item.metadata),
      [false, false],
    );
  });

  const refusals: [what: string, body: object, code: number, message: RegExp][] = [
    ['another uid', { preconditions: { uid: 'x' } }, 409, /the UID in the precondition \(x\) does not match/],
    ['another version', { preconditions: { resourceVersion: '1' } }, 409, /the ResourceVersion in the precondition \(1\) does not match/],
    ['another propagation', { propagationPolicy: 'Sideways' }, 422, /propagationPolicy: Unsupported value: "Sideways"/],
    ['another kind of body', { kind: 'Pod' }, 400, /must be DeleteOptions/],
    ['another dry run', { dryRun: ['Some'] }, 422, /dryRun: Unsupported value/],
  ];
  for (const [what, body, code, message] of refusals) {
    it(`refuses ${what}`, async () => {
      await api.created('demo01');
      const answer = await api.request('DELETE', 'demo01', body);
      assert.deepEqual([answer.code, message.test(answer.body.message)], [code, true], answer.text);
      assert.equal((await api.get('demo01')).code, 200);
    });
  }

  it('lets preconditions through that hold', async () => {
    const { metadata } = await api.created('demo01');
    const { uid, resourceVersion } = metadata;
    assert.equal(
      (await api.request('DELETE', 'demo01', { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid, resourceVersion } })).code,
      200,
    );
  });

  it('tries again when somebody writes in between', async () => {
    const created = await api.created('demo01');
    api.store.beforeWrite = async () =>
      void (await api.store.update({ ...created, metadata: { ...created.metadata, finalizers: ['a/b'] } }));
    const { body } = await api.request('DELETE', 'demo01');
    assert.ok(body.metadata.deletionTimestamp);
    assert.equal((await api.get('demo01')).code, 200);
  });

  it('deletes all that are selected, and no other', async () => {
    await api.created('demo01', { labels: { old: 'yes' } });
    await api.created('demo02', { labels: { old: 'yes' }, finalizers: ['a/b'] });
    await api.created('demo03');
    const { code, body } = await api.request('DELETE', '?labelSelector=old%3Dyes');
    assert.deepEqual([code, body.kind, body.items.length], [200, 'TenantList', 2]);
    const left = (await api.get('')).body.items.map(({ metadata }: { metadata: { name: string; deletionTimestamp?: string } }) => [
      metadata.name,
      metadata.deletionTimestamp !== undefined,
    ]);
    assert.deepEqual(left, [
      ['demo02', true],
      ['demo03', false],
    ]);
  });

  it('has no deletion of a status', async () => {
    await api.created('demo01');
    assert.equal((await api.request('DELETE', 'demo01/status')).code, 405);
  });
});
