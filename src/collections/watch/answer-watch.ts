import { methodNotAllowed } from '../../errors.ts';
import { BadResourceVersionError, checkListOptions, type ListOptions } from '../../kube/list-options.ts';
import { watchTimeoutMs } from '../../kube/watch-timeout.ts';
import { hasProtobuf } from '../../translate/protobuf/has-protobuf.ts';
import { latestRevision } from '../../upstream/latest-revision.ts';
import { isAllowed, letUpstreamRefuse } from '../authorize.ts';
import { pathOfCollection } from '../collection.ts';
import type { CollectionExchange } from '../collection-exchange.ts';
import { chooseForm } from '../form.ts';
import { hasShared } from '../list/list-items.ts';
import { expiredWatch, isPast } from '../past.ts';
import { selectionOf } from '../selection.ts';
import { beginWatch } from './begin-watch.ts';
import { createEventTranslator } from './event-translator.ts';
import type { HubStream } from './hub-stream.ts';
import { bookmarkFrame, errorFrame } from './made-frames.ts';
import { responseSink } from './response-sink.ts';
import { createSharing } from './shared-events.ts';
import { streamKeyOf } from './stream-key.ts';
import { Subscriber } from './subscriber.ts';
import { tellInitialEvents, type WatchStart } from './tell-initial-events.ts';

const NOTHING_SELECTED = { labelSelector: undefined, fieldSelector: undefined };

/**
 * A watch over all of a tenant's namespaces, or of a cluster-scoped kind. What is there already is told from a list of the tenant's own
 * objects, what comes then from the shared watch. Resolves when it is over. @throws KubeError, UpstreamRefusal, UpstreamError
 */
export async function answerWatch(exchange: CollectionExchange): Promise<void> {
  const { collection, request, response, deps } = exchange;
  const { row, context } = collection;
  if (row.isAggregated) throw methodNotAllowed();
  const options = await readOptions(exchange);
  if (!options) return;
  const form = chooseForm(request.headers.accept, 'watch', hasProtobuf(row));
  const selection = selectionOf(collection, 'watch', request.query);
  const deadline = performance.now() + watchTimeoutMs(options.timeoutSeconds);
  if (!(await isAllowed(exchange, 'watch', selection))) {
    if (await letUpstreamRefuse(exchange, selection, briefWatch(options.resourceVersion || '0'))) return;
  }
  const from = options.sendInitialEvents ? 0 : Number(options.resourceVersion);
  const beginning = deps.beginningOf(context.tenantId);
  if (await isPast(from, beginning, () => latestRevision(deps.transport, pathOfCollection(collection)))) {
    beginWatch(response, form);
    response.end(errorFrame(form, expiredWatch(from, beginning).status()));
    return;
  }
  // Before anything is listed: nobody who was let in for a tenant that is gone may go on.
  const tenantUid = deps.tenantUidOf(context.tenantId);
  const start = await tellInitialEvents(exchange, form, selection, options);
  if (start === undefined) return;
  const stream = await deps.hub.open(
    {
      key: streamKeyOf(collection, form, selection),
      collection,
      form,
      createTranslator: () => createEventTranslator(row, form, deps.contextOf),
      createSharing: hasShared(collection) ? () => createSharing(collection, deps.sharing) : undefined,
    },
    start.revision,
  );
  beginWatch(response, form);
  const subscriber = new Subscriber(context.tenantId, tenantUid, options.allowWatchBookmarks, responseSink(response));
  subscriber.hasColumns = start.hasColumns;
  await follow(exchange, stream, subscriber, start, deadline, (position) =>
    options.allowWatchBookmarks && start.kind.kind !== '*' ? bookmarkFrame(form, start.kind, String(position)) : undefined,
  );
}

/** Undefined: it has been answered. @throws KubeError */
async function readOptions(exchange: CollectionExchange): Promise<ListOptions | undefined> {
  const { query } = exchange.request;
  try {
    return checkListOptions('watch', query);
  } catch (error) {
    // Upstream has words of its own for that, other than a list's.
    const isRefused =
      error instanceof BadResourceVersionError &&
      (await letUpstreamRefuse(exchange, NOTHING_SELECTED, briefWatch(query.get('resourceVersion') ?? '')));
    if (isRefused) return undefined;
    throw error;
  }
}

function briefWatch(resourceVersion: string): { watch: string; resourceVersion: string; timeoutSeconds: number } {
  return { watch: 'true', resourceVersion, timeoutSeconds: 1 };
}

/**
 * Resolves when the watch is over.
 * @param deadline by performance.now()
 * @param lastWord for a client that has been told everything up to that revision: it goes on from there, not from its last event
 */
function follow(
  { request, response, deps }: CollectionExchange,
  stream: HubStream,
  subscriber: Subscriber,
  { revision }: WatchStart,
  deadline: number,
  lastWord: (position: number) => Buffer | undefined,
): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(
      () => {
        const { position } = subscriber;
        subscriber.end(position ? lastWord(position) : undefined);
      },
      Math.max(0, deadline - performance.now()),
    );
    const gone = (): void => subscriber.end();
    const over = (): void => {
      clearTimeout(timer);
      request.signal.removeEventListener('abort', gone);
      subscriber.detach();
      resolve();
    };
    request.signal.addEventListener('abort', gone, { once: true });
    response.once('close', over);
    if (request.signal.aborted) gone();
    // The tenant may have been deleted while this was being prepared.
    else if (deps.tenantUidOf(subscriber.tenantId) !== subscriber.tenantUid) subscriber.end();
    else stream.add(subscriber, revision);
    if (response.closed) over();
  });
}
