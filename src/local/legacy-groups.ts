/** The unaggregated lists of groups and versions, made of the aggregated one, so that both always say the same. Pure. */
import type { GroupDiscovery } from './filter-discovery.ts';

/** metav1.APIVersions of `/api`. `serverAddress`: `host:port` at which tenants reach the gateway, never upstream's own. */
export function apiVersions(items: readonly GroupDiscovery[], serverAddress: string): object {
  const core = items.find((item) => !item.metadata?.name);
  return {
    kind: 'APIVersions',
    versions: (core?.versions ?? []).map(({ version }) => version),
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  };
}

/** metav1.APIGroupList of `/apis`. */
export function apiGroupList(items: readonly GroupDiscovery[]): object {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: items.map(groupOf) };
}

/** metav1.APIGroup of `/apis/{group}`, or undefined. */
export function apiGroup(items: readonly GroupDiscovery[], group: string): object | undefined {
  const item = items.find(({ metadata }) => metadata?.name === group);
  return item && { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(item) };
}

/** Aggregated discovery lists a group's versions in order of preference. */
function groupOf(item: GroupDiscovery): object {
  const name = item.metadata?.name ?? '';
  const versions = item.versions.map(({ version }) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions, preferredVersion: versions[0] };
}
