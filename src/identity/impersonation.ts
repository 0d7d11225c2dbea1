/** The identity that upstream sees: a gateway-only name that nobody can log in as (see names/identity.ts). */
import type { TenantIdentity } from '../local/local-request.ts';
import { ANONYMOUS_USER, AUTHENTICATED_GROUP, toUpstreamIdentity, UNAUTHENTICATED_GROUP } from '../names/identity.ts';

/** As a SubjectAccessReview's spec has them. */
export interface UpstreamUser {
  readonly user: string;
  readonly groups: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Who a tenant's user is upstream. What a cluster grants to `system:authenticated` every tenant has, as every user of a
 * cluster has; the tenant's own spelling of that group comes along for bindings the tenant writes. Whoever is impersonated
 * as unauthenticated has what the cluster grants to those: without a word upstream would add the other group.
 */
export function impersonationOf({ tenantId, user, groups, uid, extra }: TenantIdentity): UpstreamUser {
  const isAnonymous = user === ANONYMOUS_USER || groups.includes(UNAUTHENTICATED_GROUP);
  const everybody = isAnonymous ? UNAUTHENTICATED_GROUP : AUTHENTICATED_GROUP;
  const tenantGroups = groups.includes(everybody) ? groups : [...groups, everybody];
  return {
    user: toUpstreamIdentity(tenantId, user),
    groups: [
      ...tenantGroups.map((group) => toUpstreamIdentity(tenantId, group)),
      ...[AUTHENTICATED_GROUP, UNAUTHENTICATED_GROUP].filter((group) => tenantGroups.includes(group)),
    ],
    ...(uid !== undefined && { uid }),
    ...(extra && { extra }),
  };
}

/** The same as request headers: names in lower case, one value a line. */
export function impersonationHeaders(identity: TenantIdentity): Record<string, string[]> {
  const { user, groups, uid, extra = {} } = impersonationOf(identity);
  const headers: Record<string, string[]> = { 'impersonate-user': [user], 'impersonate-group': [...groups] };
  if (uid !== undefined) headers['impersonate-uid'] = [uid];
  for (const [key, values] of Object.entries(extra)) {
    if (values.length > 0) headers[`impersonate-extra-${escapeExtraKey(key)}`] = [...values];
  }
  return headers;
}

/** Everything that cannot stand in a header's name is percent-encoded, as client-go does it and the apiserver undoes it. */
function escapeExtraKey(key: string): string {
  return key.replace(/[^a-z0-9!#$&'*+\-.^_`|~]/g, (character) => {
    return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  });
}
