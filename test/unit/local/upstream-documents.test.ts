import assert from 'node:assert/strict';
import { type DocumentSource, type UpstreamAnswer, UpstreamDocuments, type UpstreamFetch } from '../../../src/local/upstream-documents.ts';

const SOURCE: DocumentSource<{ text: string }> = {
  path: '/a',
  accept: 'application/json',
  build: ({ body }) => ({ text: body.toString() }),
  size: ({ text }) => text.length,
};

function ok(text: string, etag?: string): UpstreamAnswer {
  return { status: 200, headers: etag === undefined ? {} : { etag }, body: Buffer.from(text) };
}

describe('upstream documents', () => {
  let now = 0;
  let asked: { path: string; headers: Record<string, string> }[] = [];
  let failures: unknown[] = [];
  let answer: UpstreamFetch = async () => ok('one');

  function create(more: { maxBytes?: number; patienceMs?: number } = {}): UpstreamDocuments {
    const fetch: UpstreamFetch = (path, headers) => {
      asked.push({ path, headers: { ...headers } });
      return answer(path, headers);
    };
    return new UpstreamDocuments({ fetch, onFailure: (_path, error) => failures.push(error), freshForMs: 100, now: () => now, ...more });
  }

  beforeEach(() => {
    now = 0;
    asked = [];
    failures = [];
  });

  it('asks once for all that ask at the same time, and not again while fresh', async () => {
    answer = async () => ok('one');
    const documents = create();
    const [a, b] = await Promise.all([documents.read(SOURCE), documents.read(SOURCE)]);
    now = 99;
    assert.equal(await documents.read(SOURCE), a);
    assert.equal(a, b);
    assert.equal(asked.length, 1);
  });

  it('asks again by ETag, and keeps what is built when nothing changed', async () => {
    answer = async (_path, headers) =>
      headers['if-none-match'] === '"1"' ? { status: 304, headers: {}, body: Buffer.alloc(0) } : ok('one', '"1"');
    const documents = create();
    const first = await documents.read(SOURCE);
    now = 100;
    assert.equal(await documents.read(SOURCE), first);
    assert.deepEqual(asked[1]?.headers, { accept: 'application/json', 'if-none-match': '"1"' });
    answer = async () => ok('two', '"2"');
    now = 200;
    assert.deepEqual(await documents.read(SOURCE), { text: 'two' });
  });

  it('keeps what is built when a document without ETag comes again', async () => {
    answer = async () => ok('one');
    const documents = create();
    const first = await documents.read(SOURCE);
    now = 100;
    assert.equal(await documents.read(SOURCE), first);
    assert.equal(asked.length, 2);
  });

  it('keeps media types of one path apart', async () => {
    answer = async (_path, { accept }) => ok(accept!);
    const documents = create();
    await documents.read(SOURCE);
    assert.deepEqual(await documents.read({ ...SOURCE, accept: 'text/plain' }), { text: 'text/plain' });
  });

  it('serves the old document while upstream fails, and the new one after that', async () => {
    answer = async () => ok('one', '"1"');
    const documents = create();
    await documents.read(SOURCE);
    for (const broken of [
      async () => Promise.reject(new Error('refused')),
      async () => ({ status: 503, headers: {}, body: Buffer.alloc(0) }),
    ]) {
      answer = broken;
      now += 100;
      assert.deepEqual(await documents.read(SOURCE), { text: 'one' });
    }
    assert.equal(failures.length, 2);
    answer = async () => ok('two', '"2"');
    now += 100;
    assert.deepEqual(await documents.read(SOURCE), { text: 'two' });
  });

  it('throws ServiceUnavailable when there is nothing old, without the cause in its text', async () => {
    answer = async () => Promise.reject(new Error('10.0.0.1 refused'));
    const documents = create();
    await assert.rejects(
      documents.read(SOURCE),
      (error: { code: number; message: string }) => error.code === 503 && !error.message.includes('10.0'),
    );
    answer = async () => ok('one');
    assert.deepEqual(await documents.read(SOURCE), { text: 'one' });
  });

  it('waits for a hanging upstream only so long, and only once', async () => {
    answer = async () => ok('one');
    const documents = create({ patienceMs: 1 });
    await documents.read(SOURCE);
    answer = () => new Promise(() => {});
    now = 100;
    assert.deepEqual(await documents.read(SOURCE), { text: 'one' });
    assert.deepEqual(await documents.read(SOURCE), { text: 'one' });
    assert.equal(asked.length, 2);
  });

  it('knows of documents that upstream does not have, until it has them', async () => {
    answer = async () => ({ status: 404, headers: {}, body: Buffer.alloc(0) });
    const documents = create();
    assert.equal(await documents.read(SOURCE), undefined);
    assert.equal(await documents.read(SOURCE), undefined);
    assert.equal(asked.length, 1);
    answer = async () => ok('one');
    now = 100;
    assert.deepEqual(await documents.read(SOURCE), { text: 'one' });
  });

  it('builds a document anew that comes back after it was gone', async () => {
    answer = async () => ok('one');
    const documents = create();
    await documents.read(SOURCE);
    answer = async () => ({ status: 404, headers: {}, body: Buffer.alloc(0) });
    now = 100;
    assert.equal(await documents.read(SOURCE), undefined);
    answer = async () => ok('one');
    now = 200;
    assert.deepEqual(await documents.read(SOURCE), { text: 'one' });
  });

  it('drops what was read longest ago when it holds too much', async () => {
    answer = async () => ok('x'.repeat(40));
    const documents = create({ maxBytes: 1_200 });
    for (const path of ['/a', '/b', '/a', '/c']) await documents.read({ ...SOURCE, path });
    assert.ok(documents.bytes <= 1_200);
    asked = [];
    await documents.read({ ...SOURCE, path: '/a' });
    assert.equal(asked.length, 0);
    await documents.read({ ...SOURCE, path: '/b' });
    assert.equal(asked.length, 1);
  });

  it('does not keep without end what upstream does not have', async () => {
    answer = async () => ({ status: 404, headers: {}, body: Buffer.alloc(0) });
    const documents = create({ maxBytes: 10_000 });
    for (let index = 0; index < 200; index++) await documents.read({ ...SOURCE, path: `/${index}` });
    assert.ok(documents.bytes <= 10_000);
  });

  it('gives what was built before to the next build', async () => {
    answer = async () => ok('one');
    const documents = create();
    const source: DocumentSource<string[]> = {
      path: '/a',
      accept: 'text/plain',
      build: ({ body }, previous = []) => [...previous, body.toString()],
      size: () => 0,
    };
    await documents.read(source);
    answer = async () => ok('two');
    now = 100;
    assert.deepEqual(await documents.read(source), ['one', 'two']);
  });

  it('asks less often for what takes long', async () => {
    answer = async () => {
      now += 100;
      return ok('one', '"1"');
    };
    const documents = create();
    await documents.read(SOURCE);
    now += 399;
    await documents.read(SOURCE);
    assert.equal(asked.length, 1);
    await documents.read(SOURCE, 50);
    assert.equal(asked.length, 2);
    now += 400;
    await documents.read(SOURCE);
    assert.equal(asked.length, 3);
  });

  it('keeps the last one however large, so that it is not fetched for every request', async () => {
    answer = async () => ok('x'.repeat(400));
    const documents = create({ maxBytes: 100 });
    await documents.read(SOURCE);
    await documents.read(SOURCE);
    assert.equal(asked.length, 1);
  });
});
