import { KubeError } from '../errors.ts';
import { AGGREGATED_VERSIONS, type AggregatedPath, aggregatedOfTenant, aggregatedSource } from './discovery-documents.ts';
import type { GroupDiscovery } from './filter-discovery.ts';
import type { PolicyTable } from './policy-table.ts';
import type { TenantDocuments } from './tenant-documents.ts';
import type { UpstreamDocuments } from './upstream-documents.ts';

/** What a tenant's discovery is made of. */
export interface DiscoverySources {
  readonly documents: UpstreamDocuments;
  readonly results: TenantDocuments;
  readonly table: PolicyTable;
}

/**
 * The groups that a tenant is told of, with their versions in order of preference: the core group under `/api`, all
 * others under `/apis`.
 * @throws KubeError ServiceUnavailable
 */
export async function readDiscoveredGroups(
  path: AggregatedPath,
  tenantId: string,
  { documents, results, table }: DiscoverySources,
): Promise<readonly GroupDiscovery[]> {
  for (const version of AGGREGATED_VERSIONS) {
    const partition = await documents.read(aggregatedSource(path, version, table));
    if (partition) return aggregatedOfTenant(partition, path, version, tenantId, results).items;
  }
  const cause = new Error('upstream does not offer aggregated discovery (Kubernetes 1.27 or newer does)');
  throw new KubeError('ServiceUnavailable', 'the server is currently unable to handle the request', undefined, { cause });
}
