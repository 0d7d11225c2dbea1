import { parseSerialNumber, UNKNOWN_LIFE } from '../certs/certificate-number.ts';
import { parseSubject } from '../certs/subject.ts';
import type { Identity } from '../local/local-request.ts';
import { problemOfCertifiedName } from '../names/certified-name.ts';
import { isTenantId } from '../names/tenant-id.ts';
import type { Credential } from '../tenants/revocations.ts';

/** Subjects seen lately: a certificate says the same thing on every request. Bounded; when full, begun anew. */
const CACHE_SIZE = 10_000;
const cache = new Map<string, CertifiedIdentity | undefined>();

export interface CertifiedIdentity {
  readonly identity: Identity;
  /** Uid of the Tenant that the certificate was made for; undefined where the platform signed one by hand, for the id alone. */
  readonly tenantUid: string | undefined;
  /** Of a tenant's user: what can be revoked. */
  readonly credential: Credential | undefined;
  /** Milliseconds of the epoch; infinite where the certificate does not say. */
  readonly expiresAt: number;
}

/**
 * Tenants: `OU=<id>, CN=<id>:<user>, O=<id>:<group>…`, every CN and O under the id, so that where upstream trusts the
 * same CA the certificate names nobody there; the serial number is the Tenant's uid, and which certificate it is. The operator: the configured group as O, and no OU.
 *
 * @param subject RFC 2253 text
 * @returns the identity in the tenant's spelling; undefined for any other certificate
 */
export function identityOfCertificate(subject: string, operatorGroup: string): CertifiedIdentity | undefined {
  const key = `${operatorGroup}\n${subject}`;
  if (cache.has(key)) return cache.get(key);
  const certified = readSubject(subject, operatorGroup);
  if (cache.size >= CACHE_SIZE) cache.clear();
  cache.set(key, certified);
  return certified;
}

function readSubject(subject: string, operatorGroup: string): CertifiedIdentity | undefined {
  let parsed: ReturnType<typeof parseSubject>;
  try {
    parsed = parseSubject(subject);
  } catch {
    // A subject that cannot be read names nobody.
    return undefined;
  }
  const { commonName, organizations, organizationalUnits, serialNumbers = [] } = parsed;
  if (!commonName || serialNumbers.length > 1) return undefined;
  if (organizationalUnits.length === 0) {
    if (!organizations.includes(operatorGroup)) return undefined;
    return {
      identity: { role: 'operator', user: commonName, groups: organizations },
      tenantUid: undefined,
      credential: undefined,
      expiresAt: UNKNOWN_LIFE.expiresAt,
    };
  }
  const [tenantId] = organizationalUnits;
  if (organizationalUnits.length !== 1 || !tenantId || !isTenantId(tenantId)) return undefined;
  const user = underTenant(tenantId, commonName);
  const groups = organizations.map((organization) => underTenant(tenantId, organization));
  if (user === undefined || !groups.every((group) => group !== undefined)) return undefined;
  // One that the platform signed by hand says nothing of when: it counts as made at the beginning of time.
  const serial =
    serialNumbers[0] === undefined ? { number: undefined, tenantUid: undefined, ...UNKNOWN_LIFE } : parseSerialNumber(serialNumbers[0]);
  if (!serial) return undefined;
  const { number, issuedAt, expiresAt, tenantUid } = serial;
  const credential = { user, ...(number !== undefined && { number }), issuedAt };
  return { identity: { role: 'tenant', tenantId, user, groups: groups as string[] }, tenantUid, credential, expiresAt };
}

/** The name behind `<id>:`; undefined where that does not stand before it, or what follows is no name for a certificate. */
function underTenant(tenantId: string, name: string): string | undefined {
  const own = name.startsWith(`${tenantId}:`) ? name.slice(tenantId.length + 1) : '';
  return problemOfCertifiedName(own) === undefined ? own : undefined;
}
