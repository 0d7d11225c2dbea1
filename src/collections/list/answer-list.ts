import { KubeError } from '../../errors.ts';
import { checkListOptions, type ListOptions } from '../../kube/list-options.ts';
import { isForPeople } from '../../local/answer.ts';
import { hasProtobuf } from '../../translate/protobuf/has-protobuf.ts';
import type { ListPlace } from '../../upstream/continue-token.ts';
import { latestRevision } from '../../upstream/latest-revision.ts';
import { sendWarnings } from '../answer-refusal.ts';
import { UpstreamRefusal } from '../ask-upstream.ts';
import { isAllowed, letUpstreamRefuse } from '../authorize.ts';
import { type Collection, nameOfCollection, pathOfCollection } from '../collection.ts';
import type { CollectionExchange } from '../collection-exchange.ts';
import type { CursorScope, CursorSealer } from '../cursor.ts';
import { chooseForm, type Form } from '../form.ts';
import { checkFreshness } from '../freshness.ts';
import { expiredList, isPast } from '../past.ts';
import { selectionOf } from '../selection.ts';
import { JsonListWriter } from './json-list-writer.ts';
import { listItems } from './list-items.ts';
import { type ListJob, newListState } from './list-job.ts';
import { apiVersionOf } from './list-range.ts';
import { ListTooLargeError, ProtobufListWriter } from './protobuf-list-writer.ts';

/** A list over all of a tenant's namespaces, or of a cluster-scoped kind. @throws KubeError, UpstreamRefusal, UpstreamError */
export async function answerList(exchange: CollectionExchange): Promise<void> {
  const { collection, request, response, deps, asTenant, asGateway } = exchange;
  const { row, context } = collection;
  const options = checkListOptions('list', request.query);
  const form = chooseForm(request.headers.accept, 'list', hasProtobuf(row));
  const selection = selectionOf(collection, 'list', request.query);
  const scope = { tenantId: context.tenantId, collection: nameOfCollection(collection) };
  const cursor = options.continueToken === '' ? undefined : deps.cursors.open(options.continueToken, scope);
  // Of a list in several parts each is allowed, so it is asked for the whole first.
  if (!(await isAllowed(exchange, 'list', selection)) && (await letUpstreamRefuse(exchange, selection))) return;
  const job: ListJob = {
    collection,
    form,
    selection,
    ask: asTenant,
    askAsGateway: asGateway,
    signal: request.signal,
    revision: cursor?.revision ?? revisionOf(options),
    start: cursor?.start ?? '',
    // Version 0 is served from upstream's cache, which has no pages.
    limit: options.limit > 0 && options.resourceVersion !== '0' ? options.limit : Number.POSITIVE_INFINITY,
    memory: deps.memory,
    onBytes: deps.metrics.onListBytes,
  };
  const latest = () => latestRevision(deps.transport, pathOfCollection(collection));
  if (await isPast(job.revision, deps.beginningOf(context.tenantId), latest)) throw expired(deps.cursors, cursor, scope);
  deps.metrics.onList();
  try {
    await writeList(job, options, exchange);
  } catch (error) {
    if (response.headersSent) throw error;
    if (error instanceof UpstreamRefusal && error.isExpired) throw expired(deps.cursors, cursor, scope);
    if (!(error instanceof ListTooLargeError)) throw error;
    if (!String(request.headers.accept ?? '').includes('json')) {
      if (error.isForNow) {
        throw new KubeError('TooManyRequests', 'too many lists in protobuf are under way, please try again later', {
          retryAfterSeconds: 1,
        });
      }
      throw new KubeError('RequestEntityTooLarge', 'the list is too large for protobuf, please ask for it in pages, or for JSON');
    }
    await writeList({ ...job, form: { ...form, isProtobuf: false } }, options, exchange);
  }
}

async function writeList(job: ListJob, options: ListOptions, { request, response, deps }: CollectionExchange): Promise<void> {
  const { collection, form } = job;
  const { tenantId } = collection.context;
  const state = newListState();
  const writer = form.isProtobuf
    ? new ProtobufListWriter(response, { form, tenantId, held: deps.held })
    : new JsonListWriter(response, {
        form,
        state,
        listKind: listKindOf(collection, form),
        apiVersion: listVersionOf(collection, form),
        isForPeople: isForPeople(request),
        signal: job.signal,
        tenantId,
        stalled: deps.stalled,
      });
  for await (const items of listItems(job, state)) {
    if (state.resourceVersion !== '') checkFreshness(options, state.resourceVersion);
    sendWarnings(response, tenantId, state.warnings);
    await writer.add(items);
  }
  const { resourceVersion, next } = state;
  checkFreshness(options, resourceVersion);
  sendWarnings(response, tenantId, state.warnings);
  const cursor = next && deps.cursors.seal(next, { tenantId, collection: nameOfCollection(collection) });
  writer.end(state, { ...(resourceVersion !== '' && { resourceVersion }), ...(cursor !== undefined && { continue: cursor }) });
}

/** Exact, or as it was before there was `resourceVersionMatch`: a limit with a revision. All else is satisfied by the latest. */
function revisionOf({ resourceVersion, resourceVersionMatch, limit }: ListOptions): number {
  const isExact = resourceVersionMatch === 'Exact' || (resourceVersionMatch === '' && limit > 0);
  return isExact && resourceVersion !== '' && resourceVersion !== '0' ? Number(resourceVersion) : -1;
}

/** With a cursor, the client is told another by which it can go on at the latest revision. */
function expired(cursors: CursorSealer, cursor: ListPlace | undefined, scope: CursorScope): KubeError {
  return expiredList(cursor && cursors.seal({ revision: -1, start: cursor.start }, scope));
}

function listKindOf({ row }: Collection, { shape }: Form): string {
  return shape === 'table' ? 'Table' : shape === 'partial' ? 'PartialObjectMetadataList' : `${row.kind}List`;
}

function listVersionOf(collection: Collection, { shape, version }: Form): string {
  return shape === 'object' ? apiVersionOf(collection) : `meta.k8s.io/${version}`;
}
