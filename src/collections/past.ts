/**
 * An id may have been another tenant's, and upstream remembers for some minutes what that one had: a list at an old resourceVersion, a
 * watch from one or a list that goes on would show it. From before the tenant's own beginning nothing is shown. See decision 48.
 */
import { KubeError } from '../errors.ts';
import { checkListOptions, type ListOptions } from '../kube/list-options.ts';
import type { ResourceRequest } from '../kube/request-info.ts';
import { toUpstreamName } from '../names/prefix.ts';
import type { ResourceRow } from '../translate/table/row.ts';
import { fromUpstreamToken, type ListPlace } from '../upstream/continue-token.ts';
import { nameOfCollection, pathOfCollection } from './collection.ts';
import { type CursorSealer, ExpiredCursorError } from './cursor.ts';

/** As upstream words them (k8s.io/apiserver/pkg/storage/etcd3/errors.go). */
const LIST_EXPIRED = 'The resourceVersion for the provided list is too old.';
const CONTINUE_EXPIRED =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

/** @param next by which the client can go on at the latest revision; undefined: the list was not under way */
export function expiredList(next?: string): KubeError {
  return next === undefined ? new KubeError('Expired', LIST_EXPIRED) : new ExpiredCursorError(CONTINUE_EXPIRED, next);
}

/** @param beginning from which on one may watch */
export function expiredWatch(revision: number, beginning: number): KubeError {
  return new KubeError('Expired', `too old resource version: ${revision}${Number.isFinite(beginning) ? ` (${beginning})` : ''}`);
}

/**
 * Whether the revision, of that collection, is from before the tenant's beginning (tenants/beginning.ts). A kind that is kept in another etcd has numbers of its own,
 * and so has all of upstream after it was restored from a backup: what is behind the beginning even now cannot be compared with it, and who was refused
 * could never come to an end of it.
 *
 * @param revision 0 or less: the latest
 * @param latest what upstream's collection shows now; undefined, or rejected: nobody can say
 */
export function isPast(revision: number, beginning: number, latest: () => Promise<number | undefined>): false | Promise<boolean> {
  if (revision <= 0 || revision >= beginning) return false;
  if (beginning === Number.POSITIVE_INFINITY) return Promise.resolve(true);
  return latest().then(
    (now) => now === undefined || now >= beginning,
    () => true,
  );
}

export interface PastQuestion {
  readonly tenantId: string;
  readonly request: ResourceRequest;
  readonly row: ResourceRow;
  readonly query: URLSearchParams;
  readonly cursors: CursorSealer;
}

/** Where a list or watch that upstream answers itself is to begin. */
export interface AskedRevision {
  readonly revision: number;
  /** By which one goes on at the latest; only of a list that was under way. */
  readonly next?: string;
}

/** Undefined: it has nothing to do with the past. @throws KubeError BadRequest for a token that cannot be read */
export function askedRevision({ tenantId, request, row, query, cursors }: PastQuestion): AskedRevision | undefined {
  const { verb } = request;
  if (verb !== 'list' && verb !== 'watch' && verb !== 'deletecollection') return undefined;
  // What is the platform's was nobody else's before, and an aggregated API counts for itself.
  if (row.policy !== 'served' || row.isAggregated) return undefined;
  const options = optionsOf(verb, query);
  if (!options) return undefined;
  const token = options.continueToken;
  if (token === '' || verb === 'watch') return isFromNow(verb, options) ? undefined : { revision: Number(options.resourceVersion) };
  const scope = { tenantId, collection: nameOfCollection(request) };
  const isSealed = row.custom === 'own' && request.namespace === undefined;
  const place = isSealed ? cursors.open(token, scope) : readUpstreams(token);
  const latest: ListPlace = { ...place, revision: -1 };
  return { revision: place.revision, next: isSealed ? cursors.seal(latest, scope) : toUpstreamTokenOf(token) };
}

/** Undefined: upstream refuses them, in words of its own. */
function optionsOf(verb: 'list' | 'watch' | 'deletecollection', query: URLSearchParams): ListOptions | undefined {
  try {
    return checkListOptions(verb === 'watch' ? 'watch' : 'list', query);
  } catch (error) {
    if (error instanceof KubeError) return undefined;
    throw error;
  }
}

/** Not older than a version is as it is now, and without a word a version means that, unless there is a limit. */
function isFromNow(verb: string, { resourceVersionMatch: match, sendInitialEvents, limit }: ListOptions): boolean {
  if (verb === 'watch') return sendInitialEvents === true;
  return match === 'NotOlderThan' || (match === '' && limit === 0);
}

/** Anybody can make one up: what cannot be read here, upstream might. @throws KubeError BadRequest */
function readUpstreams(token: string): ListPlace {
  try {
    return fromUpstreamToken(token);
  } catch (cause) {
    throw new KubeError('BadRequest', 'invalid continue token: continue key is not valid', undefined, { cause });
  }
}

/** The same place at the latest revision, every other field as it was. */
function toUpstreamTokenOf(token: string): string {
  const fields = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as object;
  return Buffer.from(JSON.stringify({ ...fields, rv: -1 })).toString('base64url');
}

/** Of the whole cluster: upstream's path. */
export function upstreamCollectionPath(tenantId: string, { group, version, resource }: ResourceRequest, row: ResourceRow): string {
  return pathOfCollection({ group: row.custom === 'own' ? toUpstreamName(tenantId, group) : group, version, resource });
}
