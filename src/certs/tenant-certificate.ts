import { type KeyObject, X509Certificate } from 'node:crypto';
import { problemOfCertifiedName } from '../names/certified-name.ts';
import { TENANT_ADMINS_GROUP } from '../names/identity.ts';
import { isReservedTenantId, isTenantId } from '../names/tenant-id.ts';
import { type Authority, type KeyedCertificate, readIssuer } from './authority.ts';
import { generateKey } from './build-certificate.ts';
import { newCertificateNumber, serialNumberOf } from './certificate-number.ts';
import { certify } from './issue-certificate.ts';

export const TENANT_ADMIN_USER = 'admin';
const DAY_MS = 86_400_000;
export const TENANT_CERTIFICATE_VALIDITY_MS = 365 * DAY_MS;

export interface TenantUser {
  readonly tenantId: string;
  /** `metadata.uid` of the Tenant: the certificate ends with it, although another tenant may get the id. */
  readonly tenantUid?: string;
  /** In the tenant's own words. */
  readonly user: string;
  readonly groups: readonly string[];
}

export interface IssueOptions {
  /** Milliseconds, a year by default; cut short where the CA ends earlier. */
  readonly validityMs?: number;
  /** What the certificate says of when it was made, in milliseconds of the epoch. */
  readonly issuedAt?: number;
}

export interface IssuedCertificate {
  readonly certificatePem: string;
  /** By which it can be revoked; undefined for a tenant without uid. */
  readonly number: string | undefined;
  readonly notAfter: Date;
}

export function tenantAdmin(tenantId: string, tenantUid?: string): TenantUser {
  return { tenantId, ...(tenantUid && { tenantUid }), user: TENANT_ADMIN_USER, groups: [TENANT_ADMINS_GROUP] };
}

/**
 * OU names the tenant, the serial number which one of that id, and which certificate this is. CN and O carry `<id>:` before each name: where the
 * CA is also upstream's, they are what upstream would see if the certificate were used there directly, and must match no subject it knows.
 * Throws an Error for an id that is none, or is reserved (`system:…` is what upstream trusts), and for names that no certificate may have.
 */
export function tenantSubject(
  { tenantId, tenantUid, user, groups }: TenantUser,
  number?: string,
): {
  commonName: string;
  organizations: string[];
  organizationalUnit: string;
  serialNumber?: string;
} {
  if (!isTenantId(tenantId) || isReservedTenantId(tenantId)) throw new Error(`${JSON.stringify(tenantId)} cannot be a tenant`);
  for (const name of [user, ...groups]) {
    const problem = problemOfCertifiedName(name);
    if (problem !== undefined) throw new Error(`a user or group cannot be named ${JSON.stringify(name)}: ${problem}`);
  }
  return {
    commonName: `${tenantId}:${user}`,
    organizations: groups.map((group) => `${tenantId}:${group}`),
    organizationalUnit: tenantId,
    ...(tenantUid && { serialNumber: number === undefined ? tenantUid : serialNumberOf(tenantUid, number) }),
  };
}

/** A client certificate for the holder of that key, with which the gateway takes him for `user`. */
export function certifyTenantUser(
  authority: Authority,
  user: TenantUser,
  publicKey: KeyObject,
  options: IssueOptions = {},
): IssuedCertificate {
  const { validityMs = TENANT_CERTIFICATE_VALIDITY_MS, issuedAt = Date.now() } = options;
  const expiresAt = Math.min(Date.now() + validityMs, readIssuer(authority).notAfter.getTime());
  const number = user.tenantUid === undefined ? undefined : newCertificateNumber({ issuedAt, expiresAt });
  const request = { ...tenantSubject(user, number), client: true, days: validityMs / DAY_MS };
  const certificatePem = certify(authority, request, publicKey);
  return { certificatePem, number, notAfter: new X509Certificate(certificatePem).validToDate };
}

/** The same with a new key. */
export async function issueTenantCertificate(
  authority: Authority,
  user: TenantUser,
  options: IssueOptions = {},
): Promise<IssuedCertificate & KeyedCertificate> {
  const key = await generateKey();
  return { ...certifyTenantUser(authority, user, key.publicKey, options), keyPem: key.privateKeyPem };
}
