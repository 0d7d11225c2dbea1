/** Discovery documents as sorted lines, one for each resource and sub-resource, so that their two forms can be compared. */

interface Entry {
  verbs: string[];
  singularName?: string;
  singularResource?: string;
  shortNames?: string[];
  categories?: string[];
}

export interface AggregatedList {
  items: {
    metadata: { name?: string };
    versions: {
      version: string;
      resources: (Entry & {
        resource: string;
        scope: string;
        responseKind: Kind;
        subresources?: (Entry & { subresource: string; responseKind: Kind })[];
      })[];
    }[];
  }[];
}

interface Kind {
  group: string;
  version: string;
  kind: string;
}

export interface LegacyList {
  groupVersion: string;
  resources: (Entry & { name: string; namespaced: boolean; kind: string; group?: string; version?: string })[];
}

export function flattenAggregated(list: AggregatedList): string[] {
  return list.items
    .flatMap(({ metadata: { name: group = '' }, versions }) =>
      versions.flatMap(({ version, resources }) =>
        resources.flatMap((entry) => {
          const groupVersion = group === '' ? version : `${group}/${version}`;
          const namespaced = entry.scope === 'Namespaced';
          const parent = line(groupVersion, entry.resource, namespaced, entry.responseKind, entry);
          const subs = (entry.subresources ?? []).map((sub) =>
            line(groupVersion, `${entry.resource}/${sub.subresource}`, namespaced, sub.responseKind, sub),
          );
          return [parent, ...subs];
        }),
      ),
    )
    .sort();
}

export function flattenLegacy(lists: readonly LegacyList[]): string[] {
  return lists
    .flatMap(({ groupVersion, resources }) =>
      resources.map((entry) => {
        const { name, namespaced, kind, group = '', version = '' } = entry;
        return line(groupVersion, name, namespaced, { group, version, kind }, entry);
      }),
    )
    .sort();
}

function line(groupVersion: string, name: string, namespaced: boolean, kind: Kind, entry: Entry): string {
  const singular = entry.singularName ?? entry.singularResource ?? '';
  return [
    groupVersion,
    name,
    namespaced,
    `${kind.group}/${kind.version}/${kind.kind}`,
    singular,
    entry.verbs.join(),
    entry.shortNames?.join(),
    entry.categories?.join(),
  ].join(' ');
}
