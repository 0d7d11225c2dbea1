import type { TenantIdentity } from '../local/local-request.ts';
import type { Query } from '../upstream/upstream-client.ts';
import { sendRefusal } from './answer-refusal.ts';
import { UpstreamRefusal } from './ask-upstream.ts';
import { pathOfCollection } from './collection.ts';
import type { CollectionExchange } from './collection-exchange.ts';
import type { Selection } from './selection.ts';

/**
 * Whether the tenant's own RBAC lets its user list or watch the kind in all namespaces. Asked upstream, a yes counts for ten seconds.
 * What the gateway itself may read is more, so nothing is read for anybody without it.
 */
export async function isAllowed(
  { collection: { group, version, resource }, request, deps }: CollectionExchange,
  verb: 'list' | 'watch',
  { tenantName }: Selection,
): Promise<boolean> {
  // A right may be to some names only; upstream takes the one that is selected for the request's.
  const named = tenantName === undefined ? {} : { name: tenantName };
  const resourceAttributes = { verb, group, version, resource, ...named };
  return (await deps.checkAccess(request.identity as TenantIdentity, { resourceAttributes })).allowed === true;
}

/**
 * Answers in upstream's own words, by letting it refuse. Returns false, having sent nothing, where it does not: a right may have been
 * granted meanwhile.
 */
export async function letUpstreamRefuse(
  { collection, request: { headers, signal }, response, asTenant }: CollectionExchange,
  { labelSelector, fieldSelector }: Pick<Selection, 'labelSelector' | 'fieldSelector'>,
  query: Query = {},
): Promise<boolean> {
  try {
    const asked = { limit: 1, labelSelector, fieldSelector, ...query };
    const question = { path: pathOfCollection(collection), query: asked, accept: String(headers.accept ?? '*/*') };
    const { body } = await asTenant(question, signal);
    body.destroy();
    return false;
  } catch (error) {
    if (!(error instanceof UpstreamRefusal)) throw error;
    sendRefusal(response, collection, error);
    return true;
  }
}
