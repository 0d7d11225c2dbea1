import type { ServerResponse } from 'node:http';
import type { AccessChecker } from '../identity/check-access.ts';
import type { LocalRequest, TenantIdentity } from '../local/local-request.ts';
import type { Query } from '../upstream/upstream-client.ts';
import { sendRefusal } from './answer-refusal.ts';
import { type Ask, UpstreamRefusal } from './ask-upstream.ts';
import { type Collection, pathOfCollection } from './collection.ts';
import type { Selection } from './selection.ts';

/**
 * Whether the tenant's own RBAC lets its user list or watch the kind in all namespaces. Asked upstream, a yes counts for ten seconds.
 * What the gateway itself may read is more, so nothing is read for anybody without it.
 */
export async function isAllowed(
  { checkAccess }: { readonly checkAccess: AccessChecker },
  request: LocalRequest,
  { group, version, resource }: Collection,
  verb: 'list' | 'watch',
  { tenantName }: Selection,
): Promise<boolean> {
  // A right may be to some names only; upstream takes the one that is selected for the request's.
  const named = tenantName === undefined ? {} : { name: tenantName };
  const review = await checkAccess(request.identity as TenantIdentity, {
    resourceAttributes: { verb, group, version, resource, ...named },
  });
  return review.allowed === true;
}

/**
 * Answers in upstream's own words, by letting it refuse. Returns false, having sent nothing, where it does not: a right may have been
 * granted meanwhile.
 */
export async function letUpstreamRefuse(
  collection: Collection,
  response: ServerResponse,
  asTenant: Ask,
  { headers, signal }: LocalRequest,
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
