import { PREFIX_LENGTH, TENANT_ID_LENGTH } from './tenant-id.ts';

/** Upstream names are the tenant's names behind `<id>-`; nothing else about a name changes. */
export function prefixOf(tenantId: string): string {
  return `${tenantId}-`;
}

export function toUpstreamName(tenantId: string, tenantName: string): string {
  return `${tenantId}-${tenantName}`;
}

/** Whether `upstreamName` belongs to the tenant: the separator counts, `demo012x` is not `demo01`'s. */
export function ownsUpstreamName(tenantId: string, upstreamName: string): boolean {
  return upstreamName.length > PREFIX_LENGTH && upstreamName.startsWith(`${tenantId}-`);
}

/** The tenant's spelling; a name without the tenant's prefix is a reference written by the platform and stays as it is. */
export function toTenantName(tenantId: string, upstreamName: string): string {
  return ownsUpstreamName(tenantId, upstreamName) ? upstreamName.slice(PREFIX_LENGTH) : upstreamName;
}

/** The id that an upstream name begins with, by its fixed length; says nothing about whether such a tenant exists. */
export function tenantIdOfUpstreamName(upstreamName: string): string | undefined {
  if (upstreamName.length <= PREFIX_LENGTH || upstreamName[TENANT_ID_LENGTH] !== '-') return undefined;
  return upstreamName.slice(0, TENANT_ID_LENGTH);
}
