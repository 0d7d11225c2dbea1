import assert from 'node:assert/strict';
import { follow } from '../../../src/upstream/follow.ts';
import type { KubeObject, UpstreamClient, WatchEvent } from '../../../src/upstream/upstream-client.ts';
import { UpstreamError } from '../../../src/upstream/upstream-error.ts';

const object = (name: string, resourceVersion: string): KubeObject => ({ metadata: { name, resourceVersion } });

type Round = { list?: KubeObject[]; events?: WatchEvent<KubeObject>[]; end?: UpstreamError };

/** Plays rounds: a list, where one is asked for, then a watch; after the last, it stops. */
async function play(rounds: Round[]): Promise<{ seen: string[]; watchedFrom: unknown[]; errors: string[] }> {
  const stop = new AbortController();
  const seen: string[] = [];
  const errors: string[] = [];
  const watchedFrom: unknown[] = [];
  let round = -1;
  const upstream = {
    async list() {
      const { list = [] } = rounds[round + 1] ?? {};
      return { items: list, resourceVersion: '100' };
    },
    async *watch(_path: string, options: { query: { resourceVersion: unknown } }) {
      watchedFrom.push(options.query.resourceVersion);
      const { events = [], end } = rounds[++round] ?? {};
      yield* events;
      if (round === rounds.length - 1) stop.abort();
      else if (end) throw end;
    },
  } as unknown as UpstreamClient;
  await follow(upstream, '/x', {
    signal: stop.signal,
    onEvent: (type, { metadata }) => seen.push(`${type} ${metadata.name}`),
    onError: (thrown) => errors.push(String(thrown)),
  });
  return { seen, watchedFrom, errors };
}

describe('follow', () => {
  it('tells of what is there, then of what changes, and goes on where an ended watch had come to', async () => {
    const { seen, watchedFrom, errors } = await play([
      { list: [object('a', '1')], events: [{ type: 'ADDED', object: object('b', '101') }] },
      { events: [{ type: 'BOOKMARK', object: object('', '110') }] },
      { events: [{ type: 'DELETED', object: object('a', '111') }] },
    ]);
    assert.deepEqual(seen, ['ADDED a', 'ADDED b', 'DELETED a']);
    assert.deepEqual(watchedFrom, ['100', '101', '110']);
    assert.deepEqual(errors, []);
  });

  it('after a gap tells of what it missed: added, changed, deleted; not of what stayed', async () => {
    const { seen, errors } = await play([
      { list: [object('stays', '1'), object('changes', '1'), object('goes', '1')], end: new UpstreamError(410, 'Expired', 'too old') },
      { list: [object('stays', '1'), object('changes', '2'), object('comes', '3')] },
    ]);
    assert.deepEqual(seen.slice(3), ['MODIFIED changes', 'ADDED comes', 'DELETED goes']);
    assert.deepEqual(errors, [], 'a watch that is too old is no error');
  });

  it('goes on from where it was when the connection breaks, and says so', async () => {
    const { watchedFrom, errors } = await play([{ end: new UpstreamError(503, 'Unreachable', 'broke') }, {}]);
    assert.deepEqual(watchedFrom, ['100', '100']);
    assert.deepEqual(errors, ['UpstreamError: broke']);
  });
});
