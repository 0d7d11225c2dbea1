import type { ListOptions } from '../../kube/list-options.ts';
import { sendWarnings } from '../answer-refusal.ts';
import type { Collection } from '../collection.ts';
import type { CollectionExchange } from '../collection-exchange.ts';
import type { Form } from '../form.ts';
import { tooLarge } from '../freshness.ts';
import { listItems } from '../list/list-items.ts';
import { type ListState, newListState } from '../list/list-job.ts';
import { apiVersionOf } from '../list/list-range.ts';
import { drained } from '../list/list-writer.ts';
import type { Selection } from '../selection.ts';
import { beginWatch } from './begin-watch.ts';
import { addedFrame, bookmarkFrame, errorFrame, type FrameKind } from './made-frames.ts';
import { withColumns } from './read-events.ts';

/** Where the shared watch is to be followed from. */
export interface WatchStart {
  readonly revision: number;
  /** Of a Table: the client knows them. */
  readonly hasColumns: boolean;
  readonly kind: FrameKind;
}

/**
 * Tells what there is, from a list of the tenant's own objects, where that is asked for: by `sendInitialEvents` (KEP-3157), or by beginning
 * at no version. Undefined: the watch is over. @throws KubeError, UpstreamRefusal, UpstreamError
 */
export async function tellInitialEvents(
  { collection, request, response, deps, asGateway }: CollectionExchange,
  form: Form,
  selection: Selection,
  options: ListOptions,
): Promise<WatchStart | undefined> {
  const isFromNow = options.resourceVersion === '' || options.resourceVersion === '0';
  const isTold = options.sendInitialEvents ?? isFromNow;
  if (!isTold && !isFromNow) {
    return { revision: Number(options.resourceVersion), hasColumns: false, kind: frameKindOf(collection, form) };
  }
  const state = newListState();
  const job = {
    collection,
    form,
    selection,
    // Who may watch need not be allowed to list.
    ask: asGateway,
    askAsGateway: asGateway,
    signal: request.signal,
    revision: -1,
    start: '',
    // Of a watch that begins now, nothing but when that is has to be known.
    limit: isTold ? Number.POSITIVE_INFINITY : 0,
    memory: deps.memory,
    onBytes: deps.metrics.onListBytes,
  };
  let hasColumns = false;
  /** Of a later version than upstream has, as of another cluster's: it is over. */
  const isTooLarge = (): boolean => options.sendInitialEvents === true && Number(options.resourceVersion) > Number(state.resourceVersion);
  const refuse = (): undefined => {
    beginWatch(response, form);
    response.end(errorFrame(form, tooLarge(options.resourceVersion, state.resourceVersion).status()));
  };
  for await (const items of listItems(job, state)) {
    // Before anything of it is told: a list says first what it shows.
    if (state.resourceVersion !== '' && isTooLarge()) return refuse();
    sendWarnings(response, collection.context.tenantId, state.warnings);
    beginWatch(response, form);
    const kind = frameKindOf(collection, form, state);
    const frames = items.map((item) => addedFrame(form, kind, item));
    if (!hasColumns && form.shape === 'table' && state.columns !== undefined && frames[0]) {
      frames[0] = withColumns(frames[0], state.columns);
      hasColumns = true;
    }
    if (!response.write(Buffer.concat(frames))) await drained(response, request.signal, deps.stalled, collection.context.tenantId);
  }
  sendWarnings(response, collection.context.tenantId, state.warnings);
  const { resourceVersion } = state;
  if (isTooLarge()) return refuse();
  const kind = frameKindOf(collection, form, state);
  if (isTold && options.allowWatchBookmarks) {
    beginWatch(response, form);
    response.write(bookmarkFrame(form, kind, resourceVersion, true));
  }
  return { revision: Number(resourceVersion), hasColumns, kind };
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
