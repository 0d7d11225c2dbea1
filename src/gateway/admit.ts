import { KubeError, methodNotAllowed } from '../errors.ts';
import type { Caller } from '../identity/identify.ts';
import { type RequestInfo, type ResourceRequest, WRITE_VERBS } from '../kube/request-info.ts';
import type { SharedNames } from '../translate/context.ts';
import { findRow } from '../translate/find-row.ts';
import type { ResourceRow } from '../translate/table/row.ts';

/** The apiserver's own NamespaceLifecycle plugin refuses these under their real names only. */
const IMMORTAL_NAMESPACES: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public']);

/**
 * Whether the request may go upstream at all, by the policy table: what it does not name is not found.
 *
 * @param shared what of the platform's own objects is shown to tenants: they cannot be written
 * @returns the row by which to translate; undefined when the local API has the answer
 * @throws KubeError NotFound, Forbidden, MethodNotAllowed
 */
export function admit(request: RequestInfo, caller: Caller, shared?: SharedNames): ResourceRow | undefined {
  if (request.type === 'nonResource') return undefined;
  const row = findRow(request.group, request.version, request.resource, { shared });
  if (!row) throw notFound();
  const { policy, reason } = policyOf(row, request);
  if (policy === 'hidden') return undefined;
  if (policy === 'refused') throw forbidden(request, reason ?? 'this is not offered to tenants');
  const isShared = policy === 'shared' || shared?.isSharedObject(request.group, row.kind, request.name ?? '');
  if (isShared && WRITE_VERBS.has(request.verb)) throw forbidden(request, 'this belongs to the platform and is read-only');
  checkForm(request, row);
  checkLifecycle(request, caller);
  // Reviews: the local API asks upstream, and says what the gateway itself would refuse.
  return row.nameless ? undefined : row;
}

function policyOf(row: ResourceRow, request: ResourceRequest): { policy: string; reason?: string | undefined } {
  const { subresource } = request;
  if (subresource === undefined || row.policy !== 'served') return row;
  const sub = Object.hasOwn(row.subresources, subresource) ? row.subresources[subresource] : undefined;
  if (!sub) throw row.custom ? objectNotFound(request) : notFound();
  return sub;
}

/** Only the forms of path that upstream has routes for: the others must not be a way around the namespace's prefix. */
function checkForm(request: ResourceRequest, row: ResourceRow): void {
  const { verb, namespace, name } = request;
  // What stands in namespaces and what does not, upstream knows; in the tenant's own group there is nothing else to be reached.
  if (row.custom === 'own') {
    // Upstream takes what follows `namespaces` for a namespace too, and it would be one without a prefix.
    if (request.resource === 'namespaces' && namespace === undefined && name !== undefined) throw notFound();
    return;
  }
  if (row.scope === 'Cluster') {
    if (namespace !== undefined) throw notFound();
  } else if (namespace === undefined) {
    if (name !== undefined) throw notFound();
    if (verb !== 'list' && verb !== 'watch') throw methodNotAllowed();
  }
  // A create names its object in the body; a sub-resource's (eviction, token) in the path.
  if (verb === 'create' && name !== undefined && request.subresource === undefined) throw methodNotAllowed();
  if ((verb === 'update' || verb === 'patch') && name === undefined) throw methodNotAllowed();
}

function checkLifecycle(request: ResourceRequest, { tenant }: Caller): void {
  if (tenant?.metadata.deletionTimestamp && WRITE_VERBS.has(request.verb)) throw forbidden(request, 'the tenant is being deleted');
  if (
    request.resource === 'namespaces' &&
    request.group === '' &&
    request.verb === 'delete' &&
    IMMORTAL_NAMESPACES.has(request.name ?? '')
  ) {
    throw forbidden(request, 'this namespace may not be deleted');
  }
}

function forbidden(request: ResourceRequest, reason: string): KubeError {
  const resource = request.group ? `${request.resource}.${request.group}` : request.resource;
  const target = request.subresource ? `${resource}/${request.subresource}` : resource;
  const named = request.name ? `${target} "${request.name}"` : target;
  return new KubeError('Forbidden', `${named} is forbidden: ${reason}`, {
    ...(request.name && { name: request.name }),
    ...(request.group && { group: request.group }),
    kind: request.resource,
  });
}

function notFound(): KubeError {
  return new KubeError('NotFound', 'the server could not find the requested resource', {});
}

/** What upstream says of a sub-resource that a CRD does not have. */
function objectNotFound({ group, resource, name = '' }: ResourceRequest): KubeError {
  return new KubeError('NotFound', `${resource}.${group} ${JSON.stringify(name)} not found`, { name, group, kind: resource });
}
