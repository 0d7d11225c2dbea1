import type { ServerResponse } from 'node:http';
import { KubeError } from '../../errors.ts';
import { checkListOptions, type ListOptions } from '../../kube/list-options.ts';
import { watchTimeoutMs } from '../../kube/watch-timeout.ts';
import { PRIVATE } from '../../local/answer.ts';
import type { LocalRequest } from '../../local/local-request.ts';
import { hasProtobuf } from '../../translate/protobuf/has-protobuf.ts';
import { sendWarnings } from '../answer-refusal.ts';
import type { Ask } from '../ask-upstream.ts';
import { isAllowed, letUpstreamRefuse } from '../authorize.ts';
import type { Collection } from '../collection.ts';
import type { CollectionDeps } from '../collections-handler.ts';
import { chooseForm, contentTypeOf, type Form } from '../form.ts';
import { tooLarge } from '../list/answer-list.ts';
import { hasShared, listItems } from '../list/list-items.ts';
import { type ListState, newListState } from '../list/list-job.ts';
import { apiVersionOf } from '../list/list-range.ts';
import { drained } from '../list/list-writer.ts';
import { type Selection, selectionOf } from '../selection.ts';
import { createEventTranslator } from './event-translator.ts';
import type { HubStream } from './hub-stream.ts';
import { addedFrame, bookmarkFrame, errorFrame, type FrameKind } from './made-frames.ts';
import { withColumns } from './read-events.ts';
import { responseSink } from './response-sink.ts';
import { createSharing } from './shared-events.ts';
import { streamKeyOf } from './stream-key.ts';
import { Subscriber } from './subscriber.ts';

const NOTHING_SELECTED = { labelSelector: undefined, fieldSelector: undefined };

/**
 * A watch over all of a tenant's namespaces, or of a cluster-scoped kind. What is there already is told from a list of the tenant's own
 * objects, what comes then from the shared watch. Resolves when it is over. @throws KubeError, UpstreamRefusal, UpstreamError
 */
export async function answerWatch(
  collection: Collection,
  request: LocalRequest,
  response: ServerResponse,
  deps: CollectionDeps,
  ask: { readonly asTenant: Ask; readonly asGateway: Ask },
): Promise<void> {
  const { row, context } = collection;
  if (row.isAggregated) throw new KubeError('MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
  if (!/^\d*$/.test(request.query.get('resourceVersion') ?? '')) {
    // Upstream has words of its own for that, other than a list's.
    const query = { watch: 'true', resourceVersion: request.query.get('resourceVersion') ?? '', timeoutSeconds: 1 };
    if (await letUpstreamRefuse(collection, response, ask.asTenant, request, NOTHING_SELECTED, query)) return;
  }
  const options = checkListOptions('watch', request.query);
  const form = chooseForm(request.headers.accept, 'watch', hasProtobuf(row));
  const selection = selectionOf(collection, 'watch', request.query);
  const deadline = performance.now() + watchTimeoutMs(options.timeoutSeconds);
  if (!(await isAllowed(deps, request, collection, 'watch', selection))) {
    const query = { watch: 'true', resourceVersion: options.resourceVersion || '0', timeoutSeconds: 1 };
    if (await letUpstreamRefuse(collection, response, ask.asTenant, request, selection, query)) return;
  }
  // Told to the hub before anything is listed: nobody who was let in for a tenant that is gone may go on.
  const tenantUid = deps.tenantUidOf(context.tenantId);
  const start = await listFirst(collection, form, selection, options, request, response, deps, ask.asGateway);
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
  begin(response, form);
  await follow(stream, start, { collection, form, options, request, response, deadline, deps, tenantUid });
}

interface Start {
  readonly revision: number;
  readonly hasColumns: boolean;
  readonly kind: FrameKind;
}

/**
 * Where the shared watch is to be followed from; what there is has been told before, if that was asked for. Undefined: the watch is over.
 */
async function listFirst(
  collection: Collection,
  form: Form,
  selection: Selection,
  options: ListOptions,
  request: LocalRequest,
  response: ServerResponse,
  deps: CollectionDeps,
  asGateway: Ask,
): Promise<Start | undefined> {
  const { context } = collection;
  const isFromNow = options.resourceVersion === '' || options.resourceVersion === '0';
  const sendsInitial = options.sendInitialEvents ?? isFromNow;
  if (!sendsInitial && !isFromNow)
    return { revision: Number(options.resourceVersion), hasColumns: false, kind: frameKindOf(collection, form) };

  const state = newListState();
  const job = {
    collection,
    form,
    selection,
    ask: asGateway,
    askAsGateway: asGateway,
    signal: request.signal,
    revision: -1,
    start: '',
    // Of a watch that begins now, nothing but when that is has to be known.
    limit: sendsInitial ? Number.POSITIVE_INFINITY : 0,
    memory: deps.memory,
    onBytes: deps.metrics.onListBytes,
  };
  let hasColumns = false;
  for await (const items of listItems(job, state)) {
    sendWarnings(response, context.tenantId, state.warnings);
    begin(response, form);
    const kind = frameKindOf(collection, form, state);
    const frames = items.map((item) => addedFrame(form, kind, item));
    if (!hasColumns && form.shape === 'table' && state.columns !== undefined && frames[0]) {
      frames[0] = withColumns(frames[0], state.columns);
      hasColumns = true;
    }
    if (!response.write(Buffer.concat(frames))) await drained(response, request.signal);
  }
  sendWarnings(response, context.tenantId, state.warnings);
  const { resourceVersion } = state;
  if (options.sendInitialEvents && Number(options.resourceVersion) > Number(resourceVersion)) {
    begin(response, form);
    response.end(errorFrame(form, tooLarge(options.resourceVersion, resourceVersion).status()));
    return undefined;
  }
  const kind = frameKindOf(collection, form, state);
  if (sendsInitial && options.allowWatchBookmarks) {
    begin(response, form);
    response.write(bookmarkFrame(form, kind, resourceVersion, true));
  }
  return { revision: Number(resourceVersion), hasColumns, kind };
}

interface Followed {
  readonly collection: Collection;
  readonly form: Form;
  readonly options: ListOptions;
  readonly request: LocalRequest;
  readonly response: ServerResponse;
  /** By performance.now(). */
  readonly deadline: number;
  readonly deps: CollectionDeps;
  readonly tenantUid: string | undefined;
}

function follow(stream: HubStream, start: Start, followed: Followed): Promise<void> {
  const { collection, form, options, request, response, deadline, deps, tenantUid } = followed;
  const { tenantId } = collection.context;
  return new Promise((resolve) => {
    const subscriber = new Subscriber(tenantId, tenantUid, options.allowWatchBookmarks, responseSink(response));
    subscriber.hasColumns = start.hasColumns;
    const timer = setTimeout(
      () => {
        // A client that has been told everything goes on from here, not from its last event.
        const { position } = subscriber;
        const canTell = position !== undefined && position > 0 && options.allowWatchBookmarks && start.kind.kind !== '*';
        subscriber.end(canTell ? bookmarkFrame(form, start.kind, String(position)) : undefined);
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
    else if (deps.tenantUidOf(tenantId) !== tenantUid) subscriber.end();
    else stream.add(subscriber, start.revision);
    if (response.closed) over();
  });
}

function begin(response: ServerResponse, form: Form): void {
  if (response.headersSent) return;
  response.writeHead(200, { 'content-type': contentTypeOf(form, 'watch'), 'cache-control': PRIVATE }).flushHeaders();
}

/** The kind of a custom resource of the platform's is told by its list. */
function frameKindOf(collection: Collection, form: Form, state?: ListState): FrameKind {
  const { row } = collection;
  const isPartial = form.shape === 'partial';
  const told = row.custom ? (state?.kind.replace(/List$/, '') ?? '*') : row.kind;
  return {
    kind: isPartial ? 'PartialObjectMetadata' : told,
    apiVersion: isPartial ? `meta.k8s.io/${form.version}` : apiVersionOf(collection),
    isTold: isPartial || row.custom !== undefined,
  };
}
