import assert from 'node:assert/strict';
import { createJsonClient } from '../../../src/upstream/json-client.ts';
import { listByPrefix } from '../../../src/upstream/list-by-prefix.ts';
import type { UpstreamClient } from '../../../src/upstream/upstream-client.ts';
import { isUpstreamError } from '../../../src/upstream/upstream-error.ts';

const NAMES = ['aaa', 'demo01', 'demo01-a', 'demo01-b', 'demo01-c', 'demo012-a', 'demo01x', 'zzz'].sort();
const OWNED = ['demo01-a', 'demo01-b', 'demo01-c'];

/** A collection in pages of two. `cursors`: what it makes of a cursor that it did not give out itself. */
function server(cursors: 'honours' | 'ignores' | 'refuses', names = NAMES): { upstream: UpstreamClient; pages: () => number } {
  let pages = 0;
  const upstream = createJsonClient({
    async request({ query }) {
      pages++;
      const cursor = query?.continue as string | undefined;
      const foreign = cursor !== undefined && !cursor.startsWith('at:');
      if (foreign && cursors === 'refuses') return reply(400, { kind: 'Status', reason: 'BadRequest', code: 400 });
      const from = foreign ? (cursors === 'honours' ? startOf(cursor) : '') : (cursor?.slice(3) ?? '');
      const rest = names.filter((name) => name >= from);
      const items = rest.slice(0, 2).map((name) => ({ metadata: { name } }));
      return reply(200, { items, metadata: { ...(rest[2] && { continue: `at:${rest[2]}` }) } });
    },
    stream: () => Promise.reject(new Error('no')),
    close: () => undefined,
  });
  return { upstream, pages: () => pages };
}

const reply = (status: number, body: object) => ({ status, headers: {}, body: Buffer.from(JSON.stringify(body)) });
const startOf = (cursor: string) => (JSON.parse(Buffer.from(cursor, 'base64url').toString()) as { start: string }).start;

describe('listByPrefix', () => {
  for (const cursors of ['honours', 'ignores', 'refuses'] as const) {
    it(`finds the owned objects and no look-alike where upstream ${cursors} the made-up cursor`, async () => {
      const { upstream } = server(cursors);
      const names = (await listByPrefix(upstream, '/x', 'demo01-')).map(({ metadata }) => metadata.name);
      assert.deepEqual(names, OWNED);
    });
  }

  it('does not read on behind the last owned object', async () => {
    const { upstream, pages } = server('honours');
    await listByPrefix(upstream, '/x', 'demo01-');
    assert.equal(pages(), 2);
    const nothing = server('honours');
    assert.deepEqual(await listByPrefix(nothing.upstream, '/x', 'demo00-'), []);
    assert.equal(nothing.pages(), 1);
  });

  it('throws what is no question of cursors', async () => {
    const upstream = createJsonClient({
      request: async () => reply(403, { kind: 'Status', reason: 'Forbidden', message: 'no', code: 403 }),
      stream: () => Promise.reject(new Error('no')),
      close: () => undefined,
    });
    await assert.rejects(listByPrefix(upstream, '/x', 'demo01-'), (thrown) => isUpstreamError(thrown, 'Forbidden'));
  });
});
