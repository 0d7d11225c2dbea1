import type { Representation } from '../kube/negotiate.ts';
import { type GroupContext, toTenantGroup, toUpstreamGroup } from '../translate/groups.ts';
import { jsonText, lengthOf, type Text, textOf } from './answer.ts';
import { type AggregatedDiscovery, filterResourceList, type GroupDiscovery, type ResourceList } from './filter-discovery.ts';
import { type DiscoveryPartition, groupsOfTenant, partitionDiscovery } from './partition-discovery.ts';
import type { PolicyTable } from './policy-table.ts';
import { renameResourceList } from './rename-discovery.ts';
import type { TenantDocuments } from './tenant-documents.ts';
import type { DocumentSource, UpstreamAnswer } from './upstream-documents.ts';

/** Aggregated discovery comes from two places: the core group from `/api`, all others from `/apis`. */
export type AggregatedPath = '/api' | '/apis';

/** The versions of aggregated discovery, the better one first: `v2beta1` is all that servers older than 1.30 have. */
export const AGGREGATED_VERSIONS = ['v2', 'v2beta1'] as const;
export type AggregatedVersion = (typeof AGGREGATED_VERSIONS)[number];

/** What one tenant is told. */
export interface Aggregated {
  readonly items: readonly GroupDiscovery[];
  readonly text: Text;
}

const COMMA = Buffer.from(',');
const END = Buffer.from(']}\n');

/** As clients ask for it. */
export function aggregatedRepresentation(version: AggregatedVersion): Representation {
  return { group: 'apidiscovery.k8s.io', version, kind: 'APIGroupDiscoveryList' };
}

/** The media type, spelt as the apiserver spells it. */
export function aggregatedType(version: AggregatedVersion): string {
  return `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
}

/** Upstream's aggregated discovery, once for all tenants. */
export function aggregatedSource(path: AggregatedPath, version: AggregatedVersion, table: PolicyTable): DocumentSource<DiscoveryPartition> {
  return {
    path,
    accept: aggregatedType(version),
    build: (answer) => partitionDiscovery(parseAs<AggregatedDiscovery>(answer, 'APIGroupDiscoveryList'), table),
    // Parsed items take about twice their text.
    size: (_, { body }) => 3 * body.length,
  };
}

/** What of it one tenant is told. Those without groups of their own share one document. */
export function aggregatedOfTenant(
  partition: DiscoveryPartition,
  path: AggregatedPath,
  version: AggregatedVersion,
  tenantId: string,
  results: TenantDocuments,
): Aggregated {
  const own = partition.own.get(tenantId);
  return results.read(
    `${aggregatedType(version)} ${path} ${own ? tenantId : ''}`,
    `${partition.platformKey} ${own?.key}`,
    () => {
      const groups = groupsOfTenant(partition, tenantId);
      const head = JSON.stringify({ ...partition.head, items: [] }).slice(0, -']}'.length);
      const items = groups.flatMap(({ bytes }, index) => (index === 0 ? [bytes] : [COMMA, bytes]));
      const text = textOf([Buffer.from(head), ...items, END], aggregatedType(version), true);
      return { items: groups.map(({ item }) => item), text };
    },
    // The platform's parts are everybody's.
    () => 3 * JSON.stringify(own?.items ?? []).length + 32 * (partition.builtIn.length + partition.shared.length),
  );
}

/**
 * What tenants may see of the resources of one version, in the legacy form.
 * @param group as the tenant spells it; '' for core
 */
export function resourceListSource(group: string, version: string, tenantId: string, table: PolicyTable): DocumentSource<Text> {
  const upstreamGroup = toUpstreamGroup(group, contextOf(tenantId, table));
  return {
    path: group === '' ? `/api/${version}` : `/apis/${upstreamGroup}/${version}`,
    accept: 'application/json',
    build(answer) {
      const list = parseAs<ResourceList>(answer, 'APIResourceList');
      if (upstreamGroup === group) return jsonText(filterResourceList(list, group, version, table));
      return jsonText(renameResourceList(list, upstreamGroup, toTenantGroup(upstreamGroup, contextOf(tenantId, table))));
    },
    size: lengthOf,
  };
}

function contextOf(tenantId: string, table: PolicyTable): GroupContext {
  return { tenantId, shared: { isSharedGroup: (group) => table.isSharedGroup?.(group) ?? false } };
}

function parseAs<T extends { kind: string }>(answer: UpstreamAnswer, kind: T['kind']): T {
  const parsed = JSON.parse(answer.body.toString('utf8')) as T;
  if (parsed.kind !== kind) throw new Error(`upstream answered with a ${parsed.kind} where a ${kind} was asked for`);
  return parsed;
}
