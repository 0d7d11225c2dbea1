import type { CacheCounts } from '../telemetry/cache-metrics.ts';
import { createDiscoveryHandler } from './discovery.ts';
import { createHealthHandler, type HealthDeps } from './health.ts';
import { createHiddenHandler } from './hidden.ts';
import type { LocalHandler } from './local-request.ts';
import { createOpenApiHandler } from './openapi.ts';
import type { SharedGroups } from './owner-of-group.ts';
import type { PolicyTable } from './policy-table.ts';
import { createRootPathsHandler } from './root-paths.ts';
import { withSharedResources } from './share-resources.ts';
import { TenantDocuments } from './tenant-documents.ts';
import { UpstreamDocuments, type UpstreamFetch } from './upstream-documents.ts';
import { createVersionHandler } from './version.ts';

export interface LocalHandlersOptions extends HealthDeps {
  readonly table: PolicyTable;
  /** Undefined: tenants share no CRDs of the platform's. */
  readonly shared?: SharedGroups | undefined;
  readonly fetch: UpstreamFetch;
  /** Gets each failure to fetch a document from upstream. */
  readonly onFailure: (path: string, error: unknown) => void;
  readonly documentCounts?: CacheCounts;
  /** `host:port` at which tenants reach the gateway. */
  readonly gatewayAddress: string;
}

/** What the gateway itself answers to every tenant, in the order in which it is tried. */
export function createLocalHandlers(options: LocalHandlersOptions): LocalHandler[] {
  const { fetch, onFailure, documentCounts, gatewayAddress, isReady } = options;
  const table = withSharedResources(options.table, options.shared);
  const documents = new UpstreamDocuments({ fetch, onFailure, ...(documentCounts && { counts: documentCounts }) });
  const sources = { documents, results: new TenantDocuments(), table };
  return [
    createHealthHandler({ isReady }),
    createVersionHandler(sources),
    createDiscoveryHandler({ ...sources, gatewayAddress }),
    createHiddenHandler(sources),
    createOpenApiHandler(sources),
    createRootPathsHandler(sources),
  ];
}
