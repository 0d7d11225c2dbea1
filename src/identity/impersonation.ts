/** The identity that upstream sees: a gateway-only name that nobody can log in as (see names/identity.ts). */
import type { Identity } from '../local/local-request.ts';
import { AUTHENTICATED_GROUP, toUpstreamIdentity } from '../names/identity.ts';

/** Whether a name can stand in a header as it is, byte for byte (RFC 9110, section 5.5), with nothing trimmed. */
export function isHeaderSafe(text: string): boolean {
  return /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text);
}

/**
 * Values of `Impersonate-User` and `Impersonate-Group` for a tenant's user. What a cluster grants to
 * `system:authenticated` every tenant has, as every user of a cluster has; the tenant's own spelling of that group
 * comes along for bindings the tenant writes.
 */
export function impersonationOf(identity: Extract<Identity, { role: 'tenant' }>): { user: string; groups: string[] } {
  const { tenantId, user, groups } = identity;
  const tenantGroups = groups.includes(AUTHENTICATED_GROUP) ? groups : [...groups, AUTHENTICATED_GROUP];
  return {
    user: toUpstreamIdentity(tenantId, user),
    groups: [...tenantGroups.map((group) => toUpstreamIdentity(tenantId, group)), AUTHENTICATED_GROUP],
  };
}
