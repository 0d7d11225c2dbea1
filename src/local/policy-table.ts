import type { Policy, ResourceRow } from '../translate/table/row.ts';

/** The policy table, as far as the local API asks it. */
export interface PolicyTable {
  findResource(group: string, version: string, resource: string): ResourceRow | undefined;
  allRows(): readonly ResourceRow[];
  /** Whether the group is of CRDs of the platform's that tenants share. What of it they do, `findResource` says. */
  isSharedGroup?(group: string): boolean;
  /** The same while the same is shared. */
  readonly sharedKey?: string | undefined;
}

const READ_VERBS: ReadonlySet<string> = new Set(['get', 'list', 'watch']);

/**
 * What a tenant is told it may do with a resource.
 * @param name          plural, or `plural/subresource`, as legacy discovery spells it
 * @param upstreamVerbs the verbs upstream offers
 * @returns the verbs to advertise; empty: the resource is not to be mentioned
 */
export function advertisedVerbs(
  table: PolicyTable,
  group: string,
  version: string,
  name: string,
  upstreamVerbs: readonly string[],
): string[] {
  const policy = policyOf(table, group, version, name);
  if (policy === undefined || policy === 'refused') return [];
  return policy === 'served' ? [...upstreamVerbs] : upstreamVerbs.filter((verb) => READ_VERBS.has(verb));
}

/** Whether a tenant is told of anything in that group and version. */
export function isListedVersion(table: PolicyTable, group: string, version: string): boolean {
  if (table.isSharedGroup?.(group)) return true;
  return table.allRows().some((row) => row.group === group && row.policy !== 'refused' && row.versions.includes(version));
}

/** Whether a tenant is told of anything in that group. */
export function isListedGroup(table: PolicyTable, group: string): boolean {
  if (table.isSharedGroup?.(group)) return true;
  return table.allRows().some((row) => row.group === group && row.policy !== 'refused' && row.versions.length > 0);
}

/** The policy that holds for a resource or sub-resource: a sub-resource is never more open than its parent. */
function policyOf(table: PolicyTable, group: string, version: string, name: string): Policy | undefined {
  const [resource, subresource] = name.split('/') as [string, string?];
  const row = table.findResource(group, version, resource);
  if (!row || subresource === undefined || row.policy === 'refused') return row?.policy;
  const subresourceRow = Object.hasOwn(row.subresources, subresource) ? row.subresources[subresource] : undefined;
  if (!subresourceRow || subresourceRow.policy === 'refused') return undefined;
  return row.policy === 'served' ? subresourceRow.policy : row.policy;
}
