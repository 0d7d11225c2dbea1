import assert from 'node:assert/strict';
import { StoreError } from '../../../src/tenants/store.ts';
import { eventually } from '../../integration/tenant-api/support/eventually.ts';
import { ApiClient, AS_TABLE } from './api-client.ts';

// biome-ignore lint/suspicious/noExplicitAny: frames of any kind are looked into
type Frame = { type: string; object: any };

describe('Tenant API: watches', () => {
  let api: ApiClient;
  beforeEach(async () => {
    api = await new ApiClient().start();
  });
  afterEach(() => api.server.close());

  const summary = (frames: Frame[]) => frames.map(({ type, object }) => [type, object.metadata?.name ?? object.rows?.[0].cells[0]]);

  it('begins with what there is, and goes on with what happens', async () => {
    await api.created('demo01');
    const watch = await open(api, '?watch=true');
    await watch.until(1);
    await api.created('demo02');
    await api.patch('demo01', { metadata: { labels: { a: 'b' } } });
    await api.request('DELETE', 'demo01');
    assert.deepEqual(summary(await watch.until(4)), [
      ['ADDED', 'demo01'],
      ['ADDED', 'demo02'],
      ['MODIFIED', 'demo01'],
      ['DELETED', 'demo01'],
    ]);
    watch.close();
  });

  it('begins behind the revision it is given', async () => {
    await api.created('demo01');
    const { metadata } = await api.created('demo02');
    await api.created('demo03');
    const watch = await open(api, `?watch=1&resourceVersion=${metadata.resourceVersion}`);
    await api.created('demo04');
    assert.deepEqual(summary(await watch.until(2)), [
      ['ADDED', 'demo03'],
      ['ADDED', 'demo04'],
    ]);
    watch.close();
  });

  it('shows to a selector who comes to match, and who ceases to', async () => {
    await api.created('demo01');
    const { resourceVersion } = (await api.get('')).body.metadata;
    const watch = await open(api, `?watch=true&labelSelector=team%3Da&resourceVersion=${resourceVersion}`);
    await api.created('demo02');
    await api.patch('demo01', { metadata: { labels: { team: 'a' } } });
    await api.patch('demo01', { metadata: { labels: { team: 'a', x: 'y' } } });
    const last = await api.patch('demo01', { metadata: { labels: { team: 'b' } } });
    const frames = await watch.until(3);
    assert.deepEqual(summary(frames), [
      ['ADDED', 'demo01'],
      ['MODIFIED', 'demo01'],
      ['DELETED', 'demo01'],
    ]);
    assert.deepEqual(
      [frames[2]!.object.metadata.labels.team, frames[2]!.object.metadata.resourceVersion],
      ['a', last.body.metadata.resourceVersion],
    );
    watch.close();
  });

  it('watches one by its name', async () => {
    const watch = await open(api, '?watch=true&fieldSelector=metadata.name%3Ddemo02');
    await api.created('demo01');
    await api.created('demo02');
    assert.deepEqual(summary(await watch.until(1)), [['ADDED', 'demo02']]);
    watch.close();
  });

  it('marks the end of the beginning', async () => {
    const { metadata } = await api.created('demo01');
    const watch = await open(api, '?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true');
    const [, bookmark] = await watch.until(2);
    const marked = { annotations: { 'k8s.io/initial-events-end': 'true' }, resourceVersion: metadata.resourceVersion };
    assert.deepEqual(bookmark, {
      type: 'BOOKMARK',
      object: { apiVersion: 'tenant.kubezoo.io/v1alpha1', kind: 'Tenant', metadata: marked },
    });
    watch.close();
  });

  it('ends when its time is over, cleanly and with a bookmark for whom wants one', async () => {
    const { metadata } = await api.created('demo01');
    const query = `?watch=true&timeoutSeconds=1&resourceVersion=${metadata.resourceVersion}`;
    const [plain, marked] = await Promise.all([api.get(query), api.get(`${query}&allowWatchBookmarks=true`)]);
    assert.deepEqual([plain.code, plain.text], [200, '']);
    assert.deepEqual([marked.body.type, marked.body.object.metadata], ['BOOKMARK', { resourceVersion: metadata.resourceVersion }]);
  });

  it('says Expired in a frame when the revision is too old', async () => {
    await api.created('demo01');
    await api.created('demo02');
    api.store.compact();
    const { code, body } = await api.get('?watch=true&resourceVersion=1');
    assert.deepEqual([code, body.type, body.object.code, body.object.reason], [200, 'ERROR', 410, 'Expired']);
  });

  it('says in a frame that the store is lost', async () => {
    const { metadata } = await api.created('demo01');
    const watch = await open(api, `?watch=true&resourceVersion=${metadata.resourceVersion}`);
    api.store.failure = new StoreError('Unavailable', 'secret host');
    api.store.compact();
    const [frame] = await watch.until(1);
    assert.deepEqual([frame?.type, frame?.object.code], ['ERROR', 503]);
    assert.doesNotMatch(JSON.stringify(frame), /secret host/);
  });

  it('shows rows of a table, and names the columns once', async () => {
    await api.created('demo01');
    await api.created('demo02');
    const watch = await open(api, '?watch=true', AS_TABLE);
    const frames = await watch.until(2);
    assert.deepEqual(summary(frames), [
      ['ADDED', 'demo01'],
      ['ADDED', 'demo02'],
    ]);
    assert.deepEqual(
      frames.map(({ object }) => object.columnDefinitions?.length ?? null),
      [5, null],
    );
    watch.close();
  });

  it('shows only the metadata to whom needs no more', async () => {
    await api.created('demo01');
    const watch = await open(api, '?watch=true', 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io');
    const [frame] = await watch.until(1);
    assert.deepEqual([frame?.object.kind, frame?.object.spec], ['PartialObjectMetadata', undefined]);
    watch.close();
  });

  it('lets go of the store when its client goes', async () => {
    let watching = 0;
    const watchStore = api.store.watch.bind(api.store);
    api.store.watch = async function* (revision, signal) {
      watching++;
      try {
        yield* watchStore(revision, signal);
      } finally {
        watching--;
      }
    };
    const watch = await open(api, '?watch=true');
    await eventually(() => assert.equal(watching, 1));
    watch.close();
    await eventually(() => assert.equal(watching, 0));
    assert.deepEqual(api.server.failures, []);
  });

  for (const [query, code] of [
    ['resourceVersion=abc', 400],
    ['timeoutSeconds=x', 400],
    ['sendInitialEvents=true', 422],
    ['resourceVersionMatch=NotOlderThan', 422],
    ['labelSelector=a+b', 400],
    ['sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=99999', 504],
  ] as const) {
    it(`refuses ?watch=true&${query} with ${code}`, async () => {
      assert.equal((await api.get(`?watch=true&${query}`)).code, code);
    });
  }

  it('streams JSON only', async () => {
    assert.equal((await api.get('?watch=true', 'application/yaml')).code, 406);
  });
});

async function open(api: ApiClient, query: string, accept = 'application/json') {
  const abort = new AbortController();
  const response = await fetch(api.url(query), { headers: { accept }, signal: abort.signal });
  assert.equal(response.status, 200);
  const frames: Frame[] = [];
  void (async () => {
    let rest = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      frames.push(...lines.map((line) => JSON.parse(line) as Frame));
    }
  })().catch(() => undefined);
  return {
    until: (count: number) =>
      eventually(() => {
        assert.equal(frames.length, count);
        return frames;
      }, 5_000),
    close: () => abort.abort(),
  };
}
