/** Who is asking. Anything that is not certainly somebody is 401: nothing fails open. */

import type { OidcConfig } from '../config/settings/oidc.ts';
import { KubeError } from '../errors.ts';
import type { Identity } from '../local/local-request.ts';
import { isTenantId } from '../names/tenant-id.ts';
import { type Credential, isRevoked } from '../tenants/revocations.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { bearerTokenOf } from './bearer-token.ts';
import { identityOfCertificate } from './certificate-identity.ts';
import { type Claims, identityOfClaims } from './oidc-identity.ts';

/** A ServiceAccount of a tenant, as upstream's token review named it, in the tenant's spelling. */
export type TokenReviewer = (token: string) => Promise<Extract<Identity, { role: 'tenant' }> | undefined>;

export interface IdentifyDeps {
  readonly operatorGroup: string;
  readonly tenantOf: (tenantId: string) => Tenant | undefined;
  readonly reviewToken: TokenReviewer;
  /** Milliseconds of the epoch. */
  readonly now?: () => number;
  /** Whose tokens Envoy verifies; undefined: nobody's. */
  readonly oidc?: OidcConfig | undefined;
}

export interface Credentials {
  /** Whether the client proved possession of a certificate that the gateway's CA signed. */
  readonly mtls: boolean;
  /** RFC 2253 subject of that certificate. */
  readonly subject: string;
  /** All Authorization headers. */
  readonly authorization: readonly string[];
  /** Of a token that Envoy has verified; it has taken the token off. */
  readonly claims?: Claims | undefined;
}

export interface Caller {
  readonly identity: Identity;
  /** The tenant's record; undefined for the operator. */
  readonly tenant: Tenant | undefined;
  /** The certificate or ID token of a tenant's user. Absent: a ServiceAccount's token, which ends with what it is bound to, or the operator. */
  readonly credential?: Credential | undefined;
}

/**
 * A certificate goes before a token, as in the apiserver. Answers at once for certificates, so that the common case
 * costs no turn of the event loop.
 *
 * @throws (or rejects with) KubeError Unauthorized
 */
export function identify(credentials: Credentials, deps: IdentifyDeps): Caller | Promise<Caller> {
  if (credentials.mtls) {
    const certified = identityOfCertificate(credentials.subject, deps.operatorGroup);
    // TLS looks at a certificate's end only when a connection is made, and that may last for days.
    if (!certified || certified.expiresAt <= (deps.now ?? Date.now)()) throw unauthorized();
    const caller = withTenant(certified.identity, deps);
    // A certificate does not outlive its tenant, although another may have got the id.
    if (certified.tenantUid !== undefined && certified.tenantUid !== caller.tenant?.metadata.uid) throw unauthorized();
    assertNotRevoked(certified.credential, caller.tenant);
    return { ...caller, credential: certified.credential };
  }
  if (credentials.claims) return claimant(credentials.claims, deps);
  const token = bearerTokenOf(credentials.authorization);
  if (token === undefined) throw unauthorized();
  return deps.reviewToken(token).then((identity) => {
    if (!identity) throw unauthorized();
    return withTenant(identity, deps);
  });
}

function claimant(claims: Claims, deps: IdentifyDeps): Caller {
  const known = deps.oidc && identityOfClaims(claims, deps.oidc);
  if (!known) throw unauthorized();
  const caller = withTenant(known.identity, deps);
  // As a certificate, it does not outlive its tenant, although another may have got the id.
  const tenantSince = Date.parse(caller.tenant?.metadata.creationTimestamp ?? '');
  if (!(known.issuedBeforeMs >= tenantSince)) throw unauthorized();
  // And it is revoked as one: by whose it is, and by when it was made.
  const credential = { user: known.identity.user, issuedAt: known.issuedAtMs };
  assertNotRevoked(credential, caller.tenant);
  return { ...caller, credential };
}

function withTenant(identity: Identity, deps: IdentifyDeps): Caller {
  if (identity.role === 'operator') return { identity, tenant: undefined };
  const tenant = isTenantId(identity.tenantId) ? deps.tenantOf(identity.tenantId) : undefined;
  // The same answer as for no credential at all: whether a tenant exists is nobody else's business.
  if (!tenant) throw unauthorized();
  return { identity, tenant };
}

/** @throws KubeError Unauthorized */
export function assertNotRevoked(credential: Credential | undefined, tenant: Tenant | undefined): void {
  if (credential && isRevoked(tenant, credential)) throw unauthorized();
}

function unauthorized(): KubeError {
  return new KubeError('Unauthorized', 'Unauthorized');
}
