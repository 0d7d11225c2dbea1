/** Discovery documents as upstream gives them, as one tenant is to see them. Pure. */
import { advertisedVerbs, type PolicyTable } from './policy-table.ts';

/** apidiscovery.k8s.io/v2 (and v2beta1, of the same form): the members that are read here; all others are kept. */
export interface AggregatedDiscovery {
  kind: 'APIGroupDiscoveryList';
  apiVersion: string;
  items: GroupDiscovery[];
}

export interface GroupDiscovery {
  metadata?: { name?: string };
  versions: VersionDiscovery[];
}

export interface VersionDiscovery {
  version: string;
  resources: ResourceDiscovery[];
}

interface ResourceDiscovery {
  resource: string;
  verbs: string[];
  responseKind?: ResponseKind;
  subresources?: SubresourceDiscovery[];
}

interface SubresourceDiscovery {
  subresource: string;
  verbs: string[];
  responseKind?: ResponseKind;
}

interface ResponseKind {
  group: string;
}

/** metav1.APIResourceList. */
export interface ResourceList {
  kind: 'APIResourceList';
  groupVersion: string;
  /** `group` is only there where it is not the list's own. */
  resources: { name: string; verbs: string[]; group?: string }[];
}

/** A group of the platform's, less what tenants are not offered; undefined when nothing is left, as if upstream had never had it. */
export function filterGroup(item: GroupDiscovery, table: PolicyTable): GroupDiscovery | undefined {
  const group = item.metadata?.name ?? '';
  const versions = (item.versions ?? []).map((entry) => ({ ...entry, resources: filterResources(entry, group, table) }));
  const kept = versions.filter(({ resources }) => resources.length > 0);
  return kept.length > 0 ? { ...item, versions: kept } : undefined;
}

function filterResources({ version, resources }: VersionDiscovery, group: string, table: PolicyTable): ResourceDiscovery[] {
  return (resources ?? []).flatMap((entry) => {
    const verbs = advertisedVerbs(table, group, version, entry.resource, entry.verbs);
    if (verbs.length === 0) return [];
    const { subresources = [], ...rest } = entry;
    const kept = subresources.flatMap((sub) => {
      const subVerbs = advertisedVerbs(table, group, version, `${entry.resource}/${sub.subresource}`, sub.verbs);
      return subVerbs.length > 0 ? [{ ...sub, verbs: subVerbs }] : [];
    });
    return [{ ...rest, verbs, ...(kept.length > 0 && { subresources: kept }) }];
  });
}

/** @param group '' for core */
export function filterResourceList(list: ResourceList, group: string, version: string, table: PolicyTable): ResourceList {
  const parents = new Set<string>();
  const resources = list.resources.flatMap((entry) => {
    const verbs = advertisedVerbs(table, group, version, entry.name, entry.verbs);
    if (verbs.length > 0 && !entry.name.includes('/')) parents.add(entry.name);
    return verbs.length > 0 ? [{ ...entry, verbs }] : [];
  });
  return { ...list, resources: resources.filter(({ name }) => parents.has(name.split('/')[0]!)) };
}
