import type { ServerResponse } from 'node:http';
import type { ListOptions } from '../kube/list-options.ts';
import { JSON_TYPE, PROTOBUF_TYPE } from '../kube/negotiate.ts';
import { watchTimeoutMs } from '../kube/watch-timeout.ts';
import { encodeFrame } from '../translate/protobuf/encode-object.ts';
import type { ResourceRow } from '../translate/table/row.ts';
import { PRIVATE } from './answer.ts';
import { bookmark, RESOURCE_VERSION, type Shape } from './empty-list.ts';
import type { LocalRequest } from './local-request.ts';

/** How often a client is told that it has missed nothing, in ms; the apiserver does so about once a minute. */
const BOOKMARK_EVERY_MS = 60_000;
const INITIAL_EVENTS_END = { 'k8s.io/initial-events-end': 'true' };

/** A watch in which nothing happens. Resolves when its time is over or the client is gone. */
export async function streamSilentWatch(
  kind: { readonly group: string; readonly version: string },
  row: ResourceRow,
  { form, isProtobuf }: Shape,
  options: ListOptions,
  { signal }: LocalRequest,
  response: ServerResponse,
): Promise<void> {
  // A client that comes back later must not be sent back in time.
  const resourceVersion = Number(options.resourceVersion) > 0 ? options.resourceVersion : RESOURCE_VERSION;
  const sendBookmark = (annotations?: Record<string, string>): void => {
    // A client that does not read has no use for more of the same.
    if (response.writableNeedDrain || response.writableEnded) return;
    const object = bookmark(form, kind, row.kind, { resourceVersion, ...(annotations && { annotations }) });
    response.write(isProtobuf ? encodeFrame('BOOKMARK', object) : `${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
  };
  const contentType = isProtobuf ? `${PROTOBUF_TYPE};stream=watch` : JSON_TYPE;
  response.writeHead(200, { 'content-type': contentType, 'cache-control': PRIVATE }).flushHeaders();
  if (options.sendInitialEvents && options.allowWatchBookmarks) sendBookmark(INITIAL_EVENTS_END);
  const bookmarks = options.allowWatchBookmarks ? setInterval(sendBookmark, BOOKMARK_EVERY_MS) : undefined;
  await endOf(watchTimeoutMs(options.timeoutSeconds), signal);
  clearInterval(bookmarks);
  response.end();
}

function endOf(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
