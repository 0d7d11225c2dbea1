import { KubeError } from '../errors.ts';
import { AGGREGATED_VERSIONS, type AggregatedPath, aggregatedSource } from './discovery-documents.ts';
import type { GroupDiscovery } from './filter-discovery.ts';
import type { PolicyTable } from './policy-table.ts';
import type { UpstreamDocuments } from './upstream-documents.ts';

/** What a tenant's discovery is made of. */
export interface DiscoverySources {
  readonly documents: UpstreamDocuments;
  readonly table: PolicyTable;
}

/**
 * The groups that a tenant is told of, with their versions in order of preference: the core group under `/api`, all
 * others under `/apis`.
 * @throws KubeError ServiceUnavailable
 */
export async function readDiscoveredGroups(
  path: AggregatedPath,
  { documents, table }: DiscoverySources,
): Promise<readonly GroupDiscovery[]> {
  for (const version of AGGREGATED_VERSIONS) {
    const aggregated = await documents.read(aggregatedSource(path, version, table));
    if (aggregated) return aggregated.items;
  }
  const cause = new Error('upstream does not offer aggregated discovery (Kubernetes 1.27 or newer does)');
  throw new KubeError('ServiceUnavailable', 'the server is currently unable to handle the request', undefined, { cause });
}
