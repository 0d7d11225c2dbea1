import type { TenantSnapshot } from '../tenants/snapshot.ts';

/** Why the tenants that are known may not be those that there are; undefined: they are. */
export function tenantsBehind(tenants: TenantSnapshot): string | undefined {
  return tenants.behindSince === undefined ? undefined : 'tenants: etcd has not been heard of lately\n';
}
