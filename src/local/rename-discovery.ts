/** Discovery of a tenant's own groups, in the tenant's spelling. Pure. */
import type { GroupDiscovery, ResourceList } from './filter-discovery.ts';

/** @param tenantGroup how the tenant calls the group of the item */
export function renameGroup(item: GroupDiscovery, tenantGroup: string): GroupDiscovery {
  const upstreamGroup = item.metadata?.name;
  const rename = <T extends { responseKind?: { group: string } }>(entry: T): T =>
    entry.responseKind?.group === upstreamGroup ? { ...entry, responseKind: { ...entry.responseKind, group: tenantGroup } } : entry;
  const versions = (item.versions ?? []).map((version) => ({
    ...version,
    resources: (version.resources ?? []).map(({ subresources, ...rest }) => ({
      ...rename(rest),
      ...(subresources && { subresources: subresources.map(rename) }),
    })),
  }));
  return { ...item, metadata: { ...item.metadata, name: tenantGroup }, versions };
}

export function renameResourceList(list: ResourceList, upstreamGroup: string, tenantGroup: string): ResourceList {
  return {
    ...list,
    groupVersion: tenantGroup + list.groupVersion.slice(upstreamGroup.length),
    resources: list.resources.map((entry) => (entry.group === upstreamGroup ? { ...entry, group: tenantGroup } : entry)),
  };
}
