/** Who a token of the configured OIDC issuer is. That it is one, Envoy has verified: signature, issuer, audience, time. */
import type { OidcConfig } from '../config/settings/oidc.ts';
import type { TenantIdentity } from '../local/local-request.ts';
import { isHeaderSafe } from '../names/certified-name.ts';
import { isTenantId } from '../names/tenant-id.ts';

/** A token's payload, by claim. */
export type Claims = Readonly<Record<string, unknown>>;

export interface OidcIdentity {
  readonly identity: TenantIdentity;
  /** `iat`, in milliseconds since 1970, by the issuer's clock. */
  readonly issuedAtMs: number;
  /** `iat`, in milliseconds since 1970, as late as the issuer's clock may have meant it. */
  readonly issuedBeforeMs: number;
}

/** Each is a header's line upstream. */
const MAX_GROUPS = 200;

/**
 * @returns the identity in the tenant's spelling; undefined for claims that are missing, of a wrong type, or name what only Kubernetes names
 * (`system:…`) or what cannot stand in a header
 */
export function identityOfClaims(claims: Claims, oidc: OidcConfig): OidcIdentity | undefined {
  const { iss, iat, email_verified: isVerified } = claims;
  // Envoy has checked this already. But whose claims these are, is everything.
  if (iss !== oidc.issuer || typeof iat !== 'number') return undefined;
  const tenantId = claims[oidc.tenantClaim];
  const name = claims[oidc.usernameClaim];
  const groupNames = groupsIn(claims[oidc.groupsClaim]);
  if (typeof tenantId !== 'string' || !isTenantId(tenantId)) return undefined;
  if (typeof name !== 'string' || name === '' || !groupNames || groupNames.length > MAX_GROUPS) return undefined;
  // As kube-apiserver has it: an address that its owner has not confirmed is anybody's.
  if (oidc.usernameClaim === 'email' && isVerified !== undefined && isVerified !== true) return undefined;
  const user = oidc.usernamePrefix + name;
  const groups = groupNames.map((group) => oidc.groupsPrefix + group);
  if (![user, ...groups].every((text) => isHeaderSafe(text) && !text.startsWith('system:'))) return undefined;
  return {
    identity: { role: 'tenant', tenantId, user, groups },
    issuedAtMs: iat * 1000,
    issuedBeforeMs: (iat + oidc.clockSkewSeconds) * 1000,
  };
}

/** One text or several; undefined for anything else. */
function groupsIn(claim: unknown): string[] | undefined {
  if (claim === undefined) return [];
  const groups = typeof claim === 'string' ? [claim] : claim;
  if (!Array.isArray(groups) || !groups.every((group) => typeof group === 'string' && group !== '')) return undefined;
  return groups;
}
