import { ownerOfGroup, PLATFORM } from '../owner-of-group.ts';
import type { PolicyTable } from '../policy-table.ts';
import { groupOfDefinition, groupOfPath } from './group-names.ts';

/** Id of the tenant in whose own group a path stands, whether it exists or not; undefined for what is no tenant's. */
export function tenantOfPath(path: string, table: PolicyTable): string | undefined {
  return tenantOf(groupOfPath(path)?.group, table);
}

/** The same of a definition, `io.<id>-acme.v1.Widget`. */
export function tenantOfDefinition(name: string, table: PolicyTable): string | undefined {
  return tenantOf(groupOfDefinition(name), table);
}

function tenantOf(upstreamGroup: string | undefined, table: PolicyTable): string | undefined {
  if (upstreamGroup === undefined) return undefined;
  const owner = ownerOfGroup(upstreamGroup, { isSharedGroup: (group) => table.isSharedGroup?.(group) ?? false });
  return owner === PLATFORM ? undefined : owner;
}
