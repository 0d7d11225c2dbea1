import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { MAX_INFLIGHT_ANNOTATION } from '../../../src/tenants/tenant.ts';
import { ApiClient, AS_TABLE } from './api-client.ts';

const NOW = new Date('2026-05-05T05:05:05Z');
const namesOf = (body: { items: { metadata: { name: string } }[] }) => body.items.map(({ metadata }) => metadata.name);

describe('Tenant API: reads', () => {
  let api: ApiClient;
  beforeEach(async () => {
    api = await new ApiClient().start({ now: () => NOW });
    for (const name of ['demo01', 'demo02', 'demo03', 'demo04', 'demo05']) await api.created(name, { labels: { n: name.slice(-1) } });
  });
  afterEach(() => api.server.close());

  it('lists all of them at one revision', async () => {
    const { body } = await api.get('');
    assert.deepEqual([body.kind, namesOf(body)], ['TenantList', ['demo01', 'demo02', 'demo03', 'demo04', 'demo05']]);
    assert.equal(body.metadata.resourceVersion, body.items[4].metadata.resourceVersion);
  });

  it('lists in pages that do not change while they are turned', async () => {
    const first = (await api.get('?limit=2')).body;
    await api.request('DELETE', 'demo03');
    await api.created('demo00');
    const second = (await api.get(`?limit=2&continue=${first.metadata.continue}`)).body;
    const third = (await api.get(`?limit=2&continue=${second.metadata.continue}`)).body;
    assert.deepEqual([namesOf(first), namesOf(second), namesOf(third)], [['demo01', 'demo02'], ['demo03', 'demo04'], ['demo05']]);
    assert.deepEqual(
      [first.metadata.remainingItemCount, second.metadata.remainingItemCount, third.metadata],
      [3, 1, { resourceVersion: first.metadata.resourceVersion }],
    );
  });

  it('fills its pages with what is selected', async () => {
    const first = (await api.get('?limit=2&labelSelector=n+in+(1,3,5)')).body;
    const second = (await api.get(`?limit=2&labelSelector=n+in+(1,3,5)&continue=${first.metadata.continue}`)).body;
    assert.deepEqual([namesOf(first), namesOf(second)], [['demo01', 'demo03'], ['demo05']]);
    assert.equal(first.metadata.remainingItemCount, undefined);
  });

  it('says Expired when a page is turned too late', async () => {
    const first = (await api.get('?limit=2')).body;
    await api.request('DELETE', 'demo03');
    api.store.compact();
    const { code, body } = await api.get(`?limit=2&continue=${first.metadata.continue}`);
    assert.deepEqual([code, body.reason], [410, 'Expired']);
  });

  it('selects by label and by name', async () => {
    assert.deepEqual(namesOf((await api.get('?labelSelector=n%21%3D1')).body), ['demo02', 'demo03', 'demo04', 'demo05']);
    assert.deepEqual(namesOf((await api.get('?fieldSelector=metadata.name%3Ddemo02')).body), ['demo02']);
    assert.deepEqual(namesOf((await api.get('?fieldSelector=metadata.name%3Ddemo02&labelSelector=n%3D1')).body), []);
  });

  it('shows an old revision to whom asks for just that one', async () => {
    const { body } = await api.get('?limit=1');
    await api.request('DELETE', 'demo01');
    assert.deepEqual(
      namesOf((await api.get(`?resourceVersion=${body.metadata.resourceVersion}&resourceVersionMatch=Exact`)).body).length,
      5,
    );
    assert.deepEqual(namesOf((await api.get(`?resourceVersion=${body.metadata.resourceVersion}`)).body).length, 4);
  });

  it('does not serve the future', async () => {
    for (const path of ['?resourceVersion=99999', 'demo01?resourceVersion=99999']) {
      const { code, body } = await api.get(path);
      assert.deepEqual([code, body.details.causes[0].reason], [504, 'ResourceVersionTooLarge']);
    }
  });

  for (const query of [
    'resourceVersion=abc',
    'limit=x',
    'continue=abc',
    'continue=eyJ2IjoyfQ',
    'labelSelector=a+b',
    'fieldSelector=foo',
    'includeObject=Some',
    `continue=${encodeURIComponent('eyJ2IjoxfQ')}&resourceVersion=5`,
  ]) {
    it(`refuses ?${query} with 400`, async () => {
      assert.equal((await api.get(`?${query}`, AS_TABLE)).code, 400);
    });
  }

  it('shows a table, with the state as the operator wants to see it', async () => {
    await api.patch('demo01/status', {
      status: {
        phase: 'Ready',
        conditions: [{ type: 'Ready', status: 'True', reason: 'AllMade', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }],
      },
    });
    await api.patch('demo02', { metadata: { finalizers: ['a/b'], annotations: { [MAX_INFLIGHT_ANNOTATION]: '7' } } });
    await api.request('DELETE', 'demo02');
    const { body } = await api.get('?limit=3', AS_TABLE);
    assert.deepEqual(
      body.columnDefinitions.map(({ name, priority }: { name: string; priority: number }) => [name, priority]),
      [
        ['Name', 0],
        ['Status', 0],
        ['Age', 0],
        ['Reason', 1],
        ['Max In Flight', 1],
      ],
    );
    assert.deepEqual(
      body.rows.map(({ cells }: { cells: unknown[] }) => cells),
      [
        ['demo01', 'Ready', '0s', 'AllMade', '<none>'],
        ['demo02', 'Terminating', '0s', '', '7'],
        ['demo03', 'Pending', '0s', '', '<none>'],
      ],
    );
    assert.deepEqual([body.rows[0].object.kind, body.metadata.remainingItemCount], ['PartialObjectMetadata', 2]);
    assert.ok(body.metadata.continue);
  });

  it('shows only the metadata to whom needs no more', async () => {
    const one = await api.get('demo01', 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io');
    assert.deepEqual([one.body.kind, one.body.spec, one.body.metadata.name], ['PartialObjectMetadata', undefined, 'demo01']);
    const list = await api.get('', 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io');
    assert.deepEqual([list.body.kind, list.body.items[0].kind], ['PartialObjectMetadataList', 'PartialObjectMetadata']);
  });

  it('writes YAML that every parser reads alike', async () => {
    const { text, headers } = await api.get('demo01', 'application/yaml');
    assert.equal(headers.get('content-type'), 'application/yaml');
    assert.deepEqual(parse(text, { version: '1.1' }), (await api.get('demo01')).body);
  });

  it('refuses a form that it does not have', async () => {
    for (const accept of ['application/vnd.kubernetes.protobuf', 'text/html', 'application/json;as=Foo;v=v1;g=x'])
      assert.equal((await api.get('', accept)).code, 406);
  });

  it('answers HEAD without a body', async () => {
    const { code, text } = await api.request('HEAD', 'demo01');
    assert.deepEqual([code, text], [200, '']);
  });
});
