import type { ServerResponse } from 'node:http';
import { KubeError } from '../../errors.ts';
import { checkListOptions, type ListOptions } from '../../kube/list-options.ts';
import { isForPeople } from '../../local/answer.ts';
import type { LocalRequest } from '../../local/local-request.ts';
import { hasProtobuf } from '../../translate/protobuf/has-protobuf.ts';
import { sendWarnings } from '../answer-refusal.ts';
import { type Ask, UpstreamRefusal } from '../ask-upstream.ts';
import { isAllowed, letUpstreamRefuse } from '../authorize.ts';
import { type Collection, nameOfCollection } from '../collection.ts';
import type { CollectionDeps } from '../collections-handler.ts';
import { type Cursor, type CursorScope, ExpiredCursorError } from '../cursor.ts';
import { chooseForm, type Form } from '../form.ts';
import { selectionOf } from '../selection.ts';
import { JsonListWriter } from './json-list-writer.ts';
import { listItems } from './list-items.ts';
import { type ListJob, newListState } from './list-job.ts';
import { apiVersionOf } from './list-range.ts';
import { ListTooLargeError, ProtobufListWriter } from './protobuf-list-writer.ts';

/** As upstream words them (k8s.io/apiserver/pkg/storage/etcd3/errors.go). */
const LIST_EXPIRED = 'The resourceVersion for the provided list is too old.';
const CONTINUE_EXPIRED =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

/** A list over all of a tenant's namespaces, or of a cluster-scoped kind. @throws KubeError, UpstreamRefusal, UpstreamError */
export async function answerList(
  collection: Collection,
  request: LocalRequest,
  response: ServerResponse,
  deps: CollectionDeps,
  ask: { readonly asTenant: Ask; readonly asGateway: Ask },
): Promise<void> {
  const { row, context } = collection;
  const options = checkListOptions('list', request.query);
  const form = chooseForm(request.headers.accept, 'list', hasProtobuf(row));
  const selection = selectionOf(collection, 'list', request.query);
  const scope = { tenantId: context.tenantId, collection: nameOfCollection(collection) };
  const cursor = options.continueToken === '' ? undefined : deps.cursors.open(options.continueToken, scope);
  // Of a list in several parts each is allowed, so it is asked for the whole first.
  if (
    !(await isAllowed(deps, request, collection, 'list', selection)) &&
    (await letUpstreamRefuse(collection, response, ask.asTenant, request, selection))
  ) {
    return;
  }
  const job: ListJob = {
    collection,
    form,
    selection,
    ask: ask.asTenant,
    askAsGateway: ask.asGateway,
    signal: request.signal,
    revision: cursor?.revision ?? revisionOf(options),
    start: cursor?.start ?? '',
    // Version 0 is served from upstream's cache, which has no pages.
    limit: options.limit > 0 && options.resourceVersion !== '0' ? options.limit : Number.POSITIVE_INFINITY,
    memory: deps.memory,
    onBytes: deps.metrics.onListBytes,
  };
  deps.metrics.onList();
  try {
    await writeList(job, options, request, response, deps);
  } catch (error) {
    if (response.headersSent) throw error;
    if (error instanceof ListTooLargeError) {
      const takesJson = String(request.headers.accept ?? '').includes('json');
      if (!takesJson)
        throw new KubeError('RequestEntityTooLarge', 'the list is too large for protobuf, please ask for it in pages, or for JSON');
      await writeList({ ...job, form: { ...form, isProtobuf: false } }, options, request, response, deps);
    } else if (error instanceof UpstreamRefusal && error.isExpired) throw expired(deps, cursor, scope);
    else throw error;
  }
}

async function writeList(
  job: ListJob,
  options: ListOptions,
  request: LocalRequest,
  response: ServerResponse,
  { cursors }: CollectionDeps,
): Promise<void> {
  const { collection, form } = job;
  const { tenantId } = collection.context;
  const state = newListState();
  const writer = form.isProtobuf
    ? new ProtobufListWriter(response, form)
    : new JsonListWriter(response, {
        form,
        state,
        listKind: listKindOf(collection, form),
        apiVersion: listVersionOf(collection, form),
        isForPeople: isForPeople(request),
        signal: job.signal,
      });
  for await (const items of listItems(job, state)) {
    if (state.resourceVersion !== '') checkFreshness(options, state.resourceVersion);
    sendWarnings(response, tenantId, state.warnings);
    await writer.add(items);
  }
  checkFreshness(options, state.resourceVersion);
  sendWarnings(response, tenantId, state.warnings);
  const cursor = state.next && cursors.seal(state.next, { tenantId, collection: nameOfCollection(collection) });
  writer.end(state, {
    ...(state.resourceVersion !== '' && { resourceVersion: state.resourceVersion }),
    ...(cursor !== undefined && { continue: cursor }),
  });
}

/** Exact, or as it was before there was `resourceVersionMatch`: a limit with a revision. All else is satisfied by the latest. */
function revisionOf({ resourceVersion, resourceVersionMatch, limit }: ListOptions): number {
  const isExact = resourceVersionMatch === 'Exact' || (resourceVersionMatch === '' && limit > 0);
  return isExact && resourceVersion !== '' && resourceVersion !== '0' ? Number(resourceVersion) : -1;
}

/** @throws KubeError Timeout where the client knows of a later revision than upstream, as of another cluster's */
export function checkFreshness({ resourceVersion }: ListOptions, shown: string): void {
  if (resourceVersion === '' || Number(resourceVersion) <= Number(shown)) return;
  throw tooLarge(resourceVersion, shown);
}

/** In upstream's words; it waits three seconds before it says so. */
export function tooLarge(resourceVersion: string, current: string): KubeError {
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
  const message = `Timeout: Too large resource version: ${resourceVersion}, current: ${current}`;
  return new KubeError('Timeout', message, { causes, retryAfterSeconds: 1 });
}

/** With a cursor, the client is told another by which it can go on at the latest revision. */
function expired({ cursors }: CollectionDeps, cursor: Cursor | undefined, scope: CursorScope): KubeError {
  if (!cursor) return new KubeError('Expired', LIST_EXPIRED);
  return new ExpiredCursorError(CONTINUE_EXPIRED, cursors.seal({ revision: -1, start: cursor.start }, scope));
}

function listKindOf({ row }: Collection, { shape }: Form): string {
  return shape === 'table' ? 'Table' : shape === 'partial' ? 'PartialObjectMetadataList' : `${row.kind}List`;
}

function listVersionOf(collection: Collection, { shape, version }: Form): string {
  return shape === 'object' ? apiVersionOf(collection) : `meta.k8s.io/${version}`;
}
