/** THE CHOICE: of which of upstream's lists a tenant's list is made. */
import { ownsUpstreamName, prefixOf } from '../../names/prefix.ts';
import { nameOfCollection } from '../collection.ts';
import { isSelected } from '../selection.ts';
import type { Items, ListJob, ListState } from './list-job.ts';
import { listLabelled } from './list-labelled.ts';
import { listNamed } from './list-named.ts';
import { listNamespaces } from './list-namespaces.ts';
import { listRange, RangeIgnoredError } from './list-range.ts';
import { probeRange } from './probe-range.ts';
import { tenantNamespaces } from './tenant-namespaces.ts';

/** Kinds that clusters keep in an etcd of their own (--etcd-servers-overrides): its revisions are no other's. */
const KEPT_APART: ReadonlySet<string> = new Set(['events', 'events.events.k8s.io']);
/** In front of the name of a shared object, in a cursor: no object's name begins so. */
const SHARED = '~';

/** Items up to the job's limit; `state` tells the rest. @throws UpstreamRefusal, UpstreamError, KubeError */
export async function* listItems(job: ListJob, state: ListState): Items {
  const { collection, selection, start } = job;
  await probeRange(job);
  if (collection.row.scope === 'Namespaced') yield* listNamespaced(job, state);
  else if (selection.name !== undefined) yield* listNamed(job, state, selection.name);
  else if (!hasShared(collection)) yield* listOwn(job, state);
  else {
    const counted = { left: job.limit };
    if (!start.startsWith(SHARED)) yield* count(listOwn(job, state), counted);
    if (state.next === undefined) yield* listShared({ ...job, limit: counted.left }, state);
  }
}

/** Whether the platform may have objects of the kind that all tenants see: classes, and CRDs that are shared by configuration. */
export function hasShared({ row, group, context }: ListJob['collection']): boolean {
  if (row.shareable) return true;
  const [first] = context.shared?.sharedObjects?.(group, row.kind) ?? [];
  return first !== undefined;
}

function listOwn(job: ListJob, state: ListState): Items {
  const { collection, selection, memory } = job;
  const isRange = collection.row.nameFormat !== 'definition' && memory.hasRange(nameOfCollection(collection));
  return isRange && !isSelected(selection) ? listRange(job, state) : listLabelled(job, state);
}

/** The platform's own objects that all tenants see, behind the tenant's. */
async function* listShared(job: ListJob, state: ListState): Items {
  const { group, row, context } = job.collection;
  const from = job.start.startsWith(SHARED) ? job.start.slice(SHARED.length) : '';
  const names = [...(context.shared?.sharedObjects?.(group, row.kind) ?? [])]
    // Those in the tenant's range have been listed.
    .filter((name) => name >= from && !ownsUpstreamName(context.tenantId, name))
    .sort();
  let { limit } = job;
  // Where nothing else has been read, or will be.
  if (state.resourceVersion === '' && job.revision >= 0) state.resourceVersion = String(job.revision);
  for (const name of names) {
    if (limit === 0) {
      state.next = { revision: Number(state.resourceVersion), start: SHARED + name };
      return;
    }
    const counted = { left: limit };
    yield* count(listNamed(job, state, name), counted);
    limit = counted.left;
  }
}

async function* listNamespaced(job: ListJob, state: ListState): Items {
  const { collection, selection, memory } = job;
  const name = nameOfCollection(collection);
  if (selection.namespace !== undefined) {
    const limit = memory.hasRange(name) ? job.limit : Number.POSITIVE_INFINITY;
    yield* listNamespaces({ ...job, limit }, state, [selection.namespace], job.revision);
    return;
  }
  const { tenantId } = collection.context;
  // With one namespace at least, it is worth to ask how many there are.
  const isDear = !KEPT_APART.has(name) && memory.isRangeDearer(tenantId, name, 1);
  if (!isSelected(selection) && memory.hasRange(name) && !isDear) {
    try {
      yield* listRange(job, state);
      return;
    } catch (error) {
      if (!(error instanceof RangeIgnoredError)) throw error;
      memory.noteProbed(name, false);
      Object.assign(state, { resourceVersion: '', columns: undefined, next: undefined });
    }
  }
  const { names, revision } = await tenantNamespaces(KEPT_APART.has(name) ? { ...job, revision: -1 } : job);
  const useRange = !isSelected(selection) && memory.hasRange(name) && !memory.isRangeDearer(tenantId, name, names.length);
  // A server that does not go on where it is asked to gives all there is: a list may always be answered in one piece.
  const whole = memory.hasRange(name) ? job : { ...job, limit: Number.POSITIVE_INFINITY };
  if (useRange) {
    yield* listRange(job, state);
    return;
  }
  memory.ageBehind(tenantId, name);
  // Of a namespace that cannot be: upstream says what an empty list of the kind is.
  if (names.length === 0) yield* listNamespaces(whole, state, [prefixOf(tenantId)], job.revision);
  else yield* listNamespaces(whole, state, names, KEPT_APART.has(name) || !memory.hasRange(name) ? job.revision : revision);
}

async function* count(items: Items, counted: { left: number }): Items {
  for await (const batch of items) {
    counted.left -= batch.length;
    yield batch;
  }
}
