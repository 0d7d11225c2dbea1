import type { ClientHttp2Stream } from 'node:http2';
import { setTimeout as delay } from 'node:timers/promises';
import type { Http2Client } from './http2-client.ts';

const BUSY = [429, 503];
const TRIES = 30;

/**
 * What an informer does at its start: lists the collection at `path`, and watches on from there. Resolves with the watch's body when
 * it has begun. As client-go does, a list may come from a cache, and a server that is busy is asked again when it says.
 */
export async function listAndWatch(client: Http2Client, path: string): Promise<ClientHttp2Stream> {
  for (let tries = 1; ; tries++) {
    const listed = await client.request('GET', `${path}?limit=500&resourceVersion=0`);
    if (BUSY.includes(listed.status) && tries < TRIES) {
      await delay(1000 * Number(listed.headers['retry-after'] ?? 1));
      continue;
    }
    if (listed.status !== 200) throw new Error(`${path} (${listed.status}): ${listed.body}`);
    const { resourceVersion } = (JSON.parse(listed.body) as { metadata: { resourceVersion: string } }).metadata;
    const { status, stream } = await client.stream(`${path}?watch=true&allowWatchBookmarks=true&resourceVersion=${resourceVersion}`);
    if (status === 200) return stream;
    stream.resume();
    if (!BUSY.includes(status) || tries === TRIES) throw new Error(`watch ${path}: ${status}`);
    await delay(1000);
  }
}
