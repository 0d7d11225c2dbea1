import { SCALE, STATUS } from '../translate/table/make-row.ts';
import type { ResourceRow, Scope } from '../translate/table/row.ts';
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
      return scope && sharedRow(group, version, resource, scope);
    },
  };
}

/** In the tenant's namespaces the objects are the tenant's; cluster-scoped ones are the platform's, to be read. */
function sharedRow(group: string, version: string, resource: string, scope: Scope): ResourceRow {
  const policy = scope === 'Namespaced' ? 'served' : 'shared';
  return { group, versions: [version], resource, kind: '', scope, policy, fields: {}, subresources: { status: STATUS, scale: SCALE } };
}
