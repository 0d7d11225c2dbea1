import type { ClientHttp2Stream } from 'node:http2';
import { setTimeout as delay } from 'node:timers/promises';
import type { Http2Client } from './http2-client.ts';
import { LineSplitter } from './line-splitter.ts';

const BUSY = [429, 503];
const TRIES = 30;
const VERSION = '"resourceVersion":"';
const ERROR = '{"type":"ERROR"';

export interface InformerEvents {
  /** @param line an event in JSON, bookmarks included; @param arrivedAt by process.hrtime */
  onEvent(line: Buffer, arrivedAt: bigint): void;
  /** The watch has come to an end, which nobody asked for; it goes on from where it was. */
  onEnd(): void;
  /** Where it was is too long ago: it goes on from a new list, and what happened between is lost. */
  onExpired(): void;
  /** It does not go on. */
  onDead(thrown: unknown): void;
}

/**
 * What an informer does: lists the collection at `path`, and watches from there for as long as the connection lives. Resolves when
 * the first watch has begun. As with client-go, a list may come from a cache, and a server that is busy is asked again.
 */
export async function startInformer(client: Http2Client, path: string, events: InformerEvents): Promise<void> {
  let resourceVersion = await list(client, path);
  const first = await watch(client, path, resourceVersion);
  const follow = async () => {
    for (let stream = first; ; stream = await watch(client, path, resourceVersion)) {
      const end = await readWatch(stream, events, resourceVersion);
      events.onEnd();
      if (end.isExpired) events.onExpired();
      resourceVersion = end.isExpired ? await list(client, path) : end.resourceVersion;
    }
  };
  follow().catch((thrown: unknown) => events.onDead(thrown));
}

/** Resolves with the list's resourceVersion. */
async function list(client: Http2Client, path: string): Promise<string> {
  for (let tries = 1; ; tries++) {
    const { status, headers, body } = await client.request('GET', `${path}?limit=500&resourceVersion=0`);
    if (status === 200) return (JSON.parse(body) as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
    if (!BUSY.includes(status) || tries === TRIES) throw new Error(`${path} (${status}): ${body}`);
    await delay(1000 * Number(headers['retry-after'] ?? 1));
  }
}

/** Resolves with the body of a watch that has begun. */
async function watch(client: Http2Client, path: string, resourceVersion: string): Promise<ClientHttp2Stream> {
  for (let tries = 1; ; tries++) {
    const { status, stream } = await client.stream(`${path}?watch=true&allowWatchBookmarks=true&resourceVersion=${resourceVersion}`);
    if (status === 200) return stream;
    stream.resume();
    if (!BUSY.includes(status) || tries === TRIES) throw new Error(`watch ${path}: ${status}`);
    await delay(1000);
  }
}

/** Reads to the end, however that comes about; resolves with how far it got. */
function readWatch(
  stream: ClientHttp2Stream,
  events: InformerEvents,
  from: string,
): Promise<{ resourceVersion: string; isExpired: boolean }> {
  const lines = new LineSplitter();
  let resourceVersion = from;
  let isExpired = false;
  return new Promise((resolve) => {
    stream.on('data', (chunk: Buffer) => {
      const arrivedAt = process.hrtime.bigint();
      for (const line of lines.push(chunk)) {
        if (line.indexOf(ERROR) === 0) {
          isExpired = true;
          continue;
        }
        resourceVersion = versionIn(line) ?? resourceVersion;
        events.onEvent(line, arrivedAt);
      }
    });
    // A cut answer is an error first.
    stream.on('error', () => {}).once('close', () => resolve({ resourceVersion, isExpired }));
  });
}

/** Of the event's object: upstream writes it before all that could hold another. */
function versionIn(line: Buffer): string | undefined {
  const begin = line.indexOf(VERSION);
  if (begin < 0) return undefined;
  return line.toString('latin1', begin + VERSION.length, line.indexOf('"', begin + VERSION.length));
}
