/** GET …/tenants?watch=true. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { KubeError } from '../errors.ts';
import { checkListOptions, type ListOptions } from '../kube/list-options.ts';
import { PRIVATE } from '../local/answer.ts';
import type { LocalRequest } from '../local/local-request.ts';
import { StoreError } from '../tenants/store.ts';
import { readSelection, refuseFuture, type Selection } from './list-tenants.ts';
import { JSON_TYPE } from './read-body.ts';
import { readView } from './show-tenants.ts';
import type { TenantApiContext } from './tenant-api-context.ts';
import { WatchFrames } from './watch-frames.ts';

/** A watch without a time limit gets one between these, in seconds, so that clients do not all come back at once; as the apiserver's. */
const [SHORTEST_S, LONGEST_S] = [1_800, 3_600];
/** What a timer takes is more, what a client needs is less. */
const MAX_S = 86_400;
const BOOKMARK_EVERY_MS = 60_000;

interface Watch {
  readonly context: TenantApiContext;
  readonly options: ListOptions;
  readonly selection: Selection;
  readonly frames: WatchFrames;
  /** Aborted when the client is gone or its time is over. */
  readonly until: AbortSignal;
  readonly write: (frame: string) => Promise<void>;
}

/** Streams frames until the client goes, the time is over, or the revision is too old (an ERROR frame with 410). */
export async function watchTenants(context: TenantApiContext, request: LocalRequest, response: ServerResponse): Promise<void> {
  const view = readView(request, 'watch');
  const options = checkListOptions('watch', request.query);
  const selection = readSelection(request.query);
  if (options.sendInitialEvents) await refuseFuture(context.store, options.resourceVersion);
  const seconds = options.timeoutSeconds || SHORTEST_S + Math.random() * (LONGEST_S - SHORTEST_S);
  const until = AbortSignal.any([request.signal, AbortSignal.timeout(Math.round(Math.min(Math.max(seconds, 0), MAX_S) * 1000))]);
  const write = async (frame: string): Promise<void> => {
    if (!response.write(frame) && !response.destroyed) await once(response, 'drain', { signal: request.signal });
  };
  const frames = new WatchFrames(view, context.now);
  response.writeHead(200, { 'content-type': JSON_TYPE, 'cache-control': PRIVATE });
  response.flushHeaders();
  try {
    const revision = await stream({ context, options, selection, frames, until, write });
    if (!request.signal.aborted && options.allowWatchBookmarks && revision !== undefined) await write(frames.bookmark(revision));
  } catch (thrown) {
    if (request.signal.aborted) return;
    await write(frames.error(toWatchError(thrown)));
  }
  response.end();
}

/** The revision up to which the client knows everything. */
async function stream(watch: Watch): Promise<string | undefined> {
  const { context, options, selection, frames, until, write } = watch;
  let revision = options.resourceVersion;
  if (options.sendInitialEvents || revision === '' || revision === '0') revision = await sendInitialEvents(watch);
  let bookmarkDueAt = Date.now() + BOOKMARK_EVERY_MS;
  for await (const event of context.store.watch(revision, until)) {
    revision = event.revision;
    const frame = event.type === 'BOOKMARK' ? undefined : frames.event(event, selection);
    if (frame !== undefined) await write(frame);
    else if (options.allowWatchBookmarks && Date.now() >= bookmarkDueAt) {
      await write(frames.bookmark(revision));
      bookmarkDueAt = Date.now() + BOOKMARK_EVERY_MS;
    }
  }
  return revision;
}

async function sendInitialEvents({ context, options, selection, frames, write }: Watch): Promise<string> {
  const { tenants, revision } = await context.store.list();
  for (const tenant of tenants.filter(selection.selects)) await write(frames.added(tenant));
  // A client that asked for no beginning, and understands bookmarks, is told too: as the apiserver does.
  if (options.allowWatchBookmarks && (options.sendInitialEvents || options.resourceVersion === ''))
    await write(frames.endOfInitialEvents(revision));
  return revision;
}

function toWatchError(thrown: unknown): KubeError {
  if (thrown instanceof StoreError && thrown.reason === 'Expired') {
    return new KubeError('Expired', 'The resourceVersion for the provided watch is too old.', undefined, { cause: thrown });
  }
  return new KubeError('ServiceUnavailable', 'the tenants cannot be watched now', { retryAfterSeconds: 1 }, { cause: thrown });
}
