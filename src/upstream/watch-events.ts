import type { Readable } from 'node:stream';
import type { KubeObject, ListOptions, UpstreamTransport, WatchEvent } from './upstream-client.ts';
import { UpstreamError, upstreamErrorFrom, upstreamErrorOfStatus } from './upstream-error.ts';

const METADATA_EVENTS = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';
/** Upstream ends the watch after 5 to 10 minutes (random: not all watchers at once); what is silent beyond that is dead. */
const WATCH_SECONDS = 300;
const GRACE_MS = 30_000;

/** See UpstreamClient.watch. */
export async function* watchEvents<T extends KubeObject>(
  transport: UpstreamTransport,
  path: string,
  options: ListOptions = {},
): AsyncGenerator<WatchEvent<T>> {
  const timeoutSeconds = Math.round(WATCH_SECONDS * (1 + Math.random()));
  const overdue = new AbortController();
  const timer = setTimeout(
    () => overdue.abort(new UpstreamError(504, 'Timeout', `watch ${path}: silent beyond its end`)),
    timeoutSeconds * 1000 + GRACE_MS,
  );
  const signal = options.signal ? AbortSignal.any([options.signal, overdue.signal]) : overdue.signal;
  try {
    const { status, body } = await transport.stream({
      method: 'GET',
      path,
      query: { allowWatchBookmarks: true, timeoutSeconds, ...options.query, watch: true },
      ...(options.metadataOnly && { headers: { accept: METADATA_EVENTS } }),
      signal,
    });
    if (status !== 200) throw upstreamErrorFrom(status, Buffer.concat(await body.toArray()));
    for await (const line of lines(body)) {
      const event = JSON.parse(line) as WatchEvent<T> | { type: 'ERROR'; object: object };
      if (event.type === 'ERROR') throw upstreamErrorOfStatus(event.object);
      yield event;
    }
  } catch (thrown) {
    if (options.signal?.aborted) return;
    if (overdue.signal.aborted) throw overdue.signal.reason;
    if (thrown instanceof UpstreamError) throw thrown;
    throw new UpstreamError(503, 'Unreachable', `watch ${path} broke off`, { cause: thrown });
  } finally {
    clearTimeout(timer);
  }
}

/** Lines of a UTF-8 stream; a last line without its newline was cut off and is not one. */
async function* lines(body: Readable): AsyncGenerator<string> {
  const pending: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Buffer>) {
    let start = 0;
    for (let newline = chunk.indexOf(10); newline !== -1; newline = chunk.indexOf(10, start)) {
      pending.push(chunk.subarray(start, newline));
      const line = Buffer.concat(pending.splice(0)).toString('utf8');
      if (line) yield line;
      start = newline + 1;
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
  }
}
