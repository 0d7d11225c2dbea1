import type { ServerResponse } from 'node:http';
import { KubeError } from '../errors.ts';
import { negotiate } from '../kube/negotiate.ts';
import { isBuiltInGroup } from '../translate/groups.ts';
import { PRIVATE, sendJson, sendPlain, sendText } from './answer.ts';
import {
  AGGREGATED_VERSIONS,
  type Aggregated,
  type AggregatedPath,
  type AggregatedVersion,
  aggregatedOfTenant,
  aggregatedRepresentation,
  aggregatedSource,
  resourceListSource,
} from './discovery-documents.ts';
import { apiGroup, apiGroupList, apiVersions } from './legacy-groups.ts';
import type { LocalHandler, LocalRequest } from './local-request.ts';
import { type DiscoverySources, readDiscoveredGroups } from './read-discovered-groups.ts';
import { requireRead } from './require-read.ts';

export interface DiscoveryDeps extends DiscoverySources {
  /** `host:port` at which tenants reach the gateway. */
  readonly gatewayAddress: string;
}

interface Asking {
  readonly request: LocalRequest;
  readonly response: ServerResponse;
  readonly tenantId: string;
}

const JSON_ONLY = ['application/json'];
const DISCOVERY_PATH = /^\/(?:(api)|apis)(?:\/([^/]+))?(?:\/([^/]+))?\/?$/;

/**
 * `/api`, `/apis` and what is below them down to a version: upstream's own documents, less what tenants are not offered, with the
 * tenant's own groups as the tenant calls them.
 */
export function createDiscoveryHandler(deps: DiscoveryDeps): LocalHandler {
  return async (request, response) => {
    const { identity } = request;
    if (identity.role !== 'tenant') return false;
    const asking = { request, response, tenantId: identity.tenantId };
    const match = DISCOVERY_PATH.exec(request.path);
    if (!match) return false;
    const [, core, first, second] = match;
    if (core && second !== undefined) return false;
    requireRead(request);
    if (first === undefined) await answerRoot(core ? '/api' : '/apis', asking, deps);
    else if (core) await answerVersion('', first, asking, deps);
    else if (second === undefined) await answerGroup(first, asking, deps);
    else await answerVersion(first, second, asking, deps);
    return true;
  };
}

async function answerRoot(path: AggregatedPath, asking: Asking, deps: DiscoveryDeps): Promise<void> {
  const { request, response, tenantId } = asking;
  response.setHeader('vary', 'Accept');
  const aggregated = await readAskedAggregated(path, asking, deps);
  if (aggregated) {
    sendText(request, response, aggregated.text, { 'cache-control': 'public' });
    return;
  }
  const items = await readDiscoveredGroups(path, tenantId, deps);
  sendJson(request, response, 200, path === '/api' ? apiVersions(items, deps.gatewayAddress) : apiGroupList(items));
}

/** The aggregated form, if the client likes it better than the legacy one. Which versions there are, upstream says. */
async function readAskedAggregated(
  path: AggregatedPath,
  { request, tenantId }: Asking,
  { documents, results, table }: DiscoveryDeps,
): Promise<Aggregated | undefined> {
  let versions: AggregatedVersion[] = [...AGGREGATED_VERSIONS];
  for (;;) {
    const { as } = negotiate(request.headers.accept, { mediaTypes: JSON_ONLY, as: versions.map(aggregatedRepresentation) });
    const asked = versions.find((version) => version === as?.version);
    if (!asked) return undefined;
    const partition = await documents.read(aggregatedSource(path, asked, table));
    if (partition) return aggregatedOfTenant(partition, path, asked, tenantId, results);
    versions = versions.filter((version) => version !== asked);
  }
}

async function answerGroup(group: string, { request, response, tenantId }: Asking, deps: DiscoveryDeps): Promise<void> {
  const items = await readDiscoveredGroups('/apis', tenantId, deps);
  const found = apiGroup(items, group);
  if (!found) return sendPlain(response, 404, '404 page not found\n');
  negotiate(request.headers.accept, { mediaTypes: JSON_ONLY, as: [] });
  sendJson(request, response, 200, found);
}

async function answerVersion(group: string, version: string, { request, response, tenantId }: Asking, deps: DiscoveryDeps): Promise<void> {
  const items = await readDiscoveredGroups(group === '' ? '/api' : '/apis', tenantId, deps);
  const item = items.find(({ metadata }) => (metadata?.name ?? '') === group);
  const isThere = item?.versions.some((entry) => entry.version === version);
  const text = isThere ? await deps.documents.read(resourceListSource(group, version, tenantId, deps.table)) : undefined;
  if (!text) {
    // So does the apiserver: a group that it does not know is no API path at all, nor is a version of a CRD's group.
    if (!item || !isBuiltInGroup(group)) return sendPlain(response, 404, '404 page not found\n');
    throw new KubeError('NotFound', 'the server could not find the requested resource', {});
  }
  negotiate(request.headers.accept, { mediaTypes: JSON_ONLY, as: [] });
  sendText(request, response, text, { 'cache-control': PRIVATE });
}
