import type { TenantSnapshot } from '../tenants/snapshot.ts';

/** Why the tenants that are known may not be those that there are; undefined: they are. */
export function tenantsBehind(tenants: TenantSnapshot): string | undefined {
  return tenants.behindSince === undefined ? undefined : 'tenants: etcd has not been heard of lately\n';
}

export const LEAVING = 'shutdown: this replica is leaving\n';

/** The first of what is missing whose name, which stands before its colon, is not excluded. */
export function firstMissing(missing: readonly (string | undefined)[], excluded: ReadonlySet<string>): string | undefined {
  return missing.find((text) => text !== undefined && !excluded.has(text.split(':', 1)[0]!));
}
