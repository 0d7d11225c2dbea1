import { tenantIdOfUpstreamName, toTenantName } from '../names/prefix.ts';
import { TENANT_ID_PATTERN } from '../names/tenant-id.ts';
import type { SharedNames } from '../translate/context.ts';
import { isBuiltInGroup } from '../translate/groups.ts';

/** As owner of a group: Kubernetes' own, or shared with all tenants. No tenant's id is as long. */
export const PLATFORM = 'platform';

export interface SharedGroups extends Pick<SharedNames, 'isSharedGroup' | 'sharedScope'> {
  /** The same while the same is shared: documents that clients keep for a year depend on it. */
  readonly sharedKey?: string;
}

/**
 * Who is told of an upstream API group: everybody (`PLATFORM`), the tenant with that id, whether it exists or not, or nobody:
 * CRDs that the platform keeps to itself.
 * @param upstreamGroup '' for core
 */
export function ownerOfGroup(upstreamGroup: string, shared?: SharedGroups): string | undefined {
  if (isBuiltInGroup(upstreamGroup) || shared?.isSharedGroup(upstreamGroup)) return PLATFORM;
  const tenantId = tenantIdOfUpstreamName(upstreamGroup);
  if (tenantId === undefined || !TENANT_ID_PATTERN.test(tenantId)) return undefined;
  const tenantGroup = toTenantName(tenantId, upstreamGroup);
  // Its tenant would be led to another group by that name: see translate/groups.ts.
  return isBuiltInGroup(tenantGroup) || shared?.isSharedGroup(tenantGroup) ? undefined : tenantId;
}
