import type { RemovalStatus, Tenant } from '../../tenants/tenant.ts';

/** What is known of the removal after one more step. An object counts as found once, so of two looks the larger number stays. */
export function mergeRemoval(known: RemovalStatus | undefined, seen: RemovalStatus | undefined): RemovalStatus | undefined {
  if (!seen) return known;
  const found = { ...known?.found };
  for (const [kind, count] of Object.entries(seen.found ?? {})) found[kind] = Math.max(found[kind] ?? 0, count);
  const cleared = (known?.finalizersCleared ?? 0) + (seen.finalizersCleared ?? 0);
  return { ...known, ...seen, found, finalizersCleared: cleared };
}

/** The very same object when that changes nothing. */
export function withRemoval(tenant: Tenant, removal: RemovalStatus | undefined): Tenant {
  if (!removal || JSON.stringify(removal) === JSON.stringify(tenant.status?.removal)) return tenant;
  return { ...tenant, status: { ...tenant.status, removal } };
}
