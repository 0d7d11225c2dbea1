import { sharedCustomResources } from '../translate/table/custom.ts';
import type { SharedGroups } from './owner-of-group.ts';
import type { PolicyTable } from './policy-table.ts';

/** The table, with a row for each resource of the platform's CRDs that tenants share. */
export function withSharedResources(table: PolicyTable, shared: SharedGroups | undefined): PolicyTable {
  if (!shared) return table;
  return {
    allRows: () => table.allRows(),
    isSharedGroup: (group) => shared.isSharedGroup(group),
    sharedKey: shared.sharedKey,
    findResource(group, version, resource) {
      if (!shared.isSharedGroup(group)) return table.findResource(group, version, resource);
      const scope = shared.sharedScope?.(group, resource);
      return scope && sharedCustomResources(scope);
    },
  };
}
