import type { Representation } from '../kube/negotiate.ts';
import { jsonText, type Text } from './answer.ts';
import {
  type AggregatedDiscovery,
  filterAggregated,
  filterResourceList,
  type GroupDiscovery,
  type ResourceList,
} from './filter-discovery.ts';
import type { PolicyTable } from './policy-table.ts';
import type { DocumentSource, UpstreamAnswer } from './upstream-documents.ts';

/** Aggregated discovery comes from two places: the core group from `/api`, all others from `/apis`. */
export type AggregatedPath = '/api' | '/apis';

/** The versions of aggregated discovery, the better one first: `v2beta1` is all that servers older than 1.30 have. */
export const AGGREGATED_VERSIONS = ['v2', 'v2beta1'] as const;
export type AggregatedVersion = (typeof AGGREGATED_VERSIONS)[number];

export interface Aggregated {
  readonly items: readonly GroupDiscovery[];
  readonly text: Text;
}

/** As clients ask for it. */
export function aggregatedRepresentation(version: AggregatedVersion): Representation {
  return { group: 'apidiscovery.k8s.io', version, kind: 'APIGroupDiscoveryList' };
}

/** The media type, spelt as the apiserver spells it. */
export function aggregatedType(version: AggregatedVersion): string {
  return `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
}

/** What tenants may see of upstream's aggregated discovery. */
export function aggregatedSource(path: AggregatedPath, version: AggregatedVersion, table: PolicyTable): DocumentSource<Aggregated> {
  const mediaType = aggregatedType(version);
  return {
    path,
    accept: mediaType,
    build(answer) {
      const filtered = filterAggregated(parseAs<AggregatedDiscovery>(answer, 'APIGroupDiscoveryList'), table);
      return { items: filtered.items, text: jsonText(filtered, mediaType) };
    },
    // The parsed items take about as much again, twice over.
    size: ({ text }) => 3 * text.bytes.length,
  };
}

/**
 * What tenants may see of the resources of one version, in the legacy form.
 * @param group '' for core
 */
export function resourceListSource(group: string, version: string, table: PolicyTable): DocumentSource<Text> {
  return {
    path: group === '' ? `/api/${version}` : `/apis/${group}/${version}`,
    accept: 'application/json',
    build: (answer) => jsonText(filterResourceList(parseAs<ResourceList>(answer, 'APIResourceList'), group, version, table)),
    size: ({ bytes }) => bytes.length,
  };
}

function parseAs<T extends { kind: string }>(answer: UpstreamAnswer, kind: T['kind']): T {
  const parsed = JSON.parse(answer.body.toString('utf8')) as T;
  if (parsed.kind !== kind) throw new Error(`upstream answered with a ${parsed.kind} where a ${kind} was asked for`);
  return parsed;
}
