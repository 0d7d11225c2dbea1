import { TENANT_ADMINS_GROUP } from '../names/identity.ts';
import { isReservedTenantId, isTenantId } from '../names/tenant-id.ts';
import type { Authority, KeyedCertificate } from './authority.ts';
import { issueCertificate } from './issue-certificate.ts';

export const TENANT_ADMIN_USER = 'admin';
export const TENANT_CERTIFICATE_DAYS = 365;

export interface TenantUser {
  readonly tenantId: string;
  /** `metadata.uid` of the Tenant: the certificate ends with it, although another tenant may get the id. */
  readonly tenantUid?: string;
  /** In the tenant's own words. */
  readonly user: string;
  readonly groups: readonly string[];
}

export function tenantAdmin(tenantId: string, tenantUid?: string): TenantUser {
  return { tenantId, ...(tenantUid && { tenantUid }), user: TENANT_ADMIN_USER, groups: [TENANT_ADMINS_GROUP] };
}

/**
 * OU names the tenant, the serial number which one of that id. CN and O carry `<id>:` before each name: where the CA is also upstream's, they are what
 * upstream would see if the certificate were used there directly, and must match no subject it knows.
 * Throws an Error for an id that is none, or is reserved (`system:…` is what upstream trusts).
 */
export function tenantSubject({ tenantId, tenantUid, user, groups }: TenantUser): {
  commonName: string;
  organizations: string[];
  organizationalUnit: string;
  serialNumber?: string;
} {
  if (!isTenantId(tenantId) || isReservedTenantId(tenantId)) throw new Error(`${JSON.stringify(tenantId)} cannot be a tenant`);
  if (!user || groups.some((group) => !group)) throw new Error('a user or group has no name');
  return {
    commonName: `${tenantId}:${user}`,
    organizations: groups.map((group) => `${tenantId}:${group}`),
    organizationalUnit: tenantId,
    ...(tenantUid && { serialNumber: tenantUid }),
  };
}

/** A client certificate with which the gateway takes the bearer for `user`. */
export function issueTenantCertificate(authority: Authority, user: TenantUser, days = TENANT_CERTIFICATE_DAYS): Promise<KeyedCertificate> {
  return issueCertificate(authority, { ...tenantSubject(user), client: true, days });
}
