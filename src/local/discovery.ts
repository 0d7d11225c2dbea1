import type { ServerResponse } from 'node:http';
import { KubeError } from '../errors.ts';
import { negotiate } from '../kube/negotiate.ts';
import { PRIVATE, sendJson, sendPlain, sendText } from './answer.ts';
import {
  AGGREGATED_VERSIONS,
  type Aggregated,
  type AggregatedPath,
  type AggregatedVersion,
  aggregatedRepresentation,
  aggregatedSource,
  resourceListSource,
} from './discovery-documents.ts';
import type { GroupDiscovery } from './filter-discovery.ts';
import { apiGroup, apiGroupList, apiVersions } from './legacy-groups.ts';
import type { LocalHandler, LocalRequest } from './local-request.ts';
import { type DiscoverySources, readDiscoveredGroups } from './read-discovered-groups.ts';
import { requireRead } from './require-read.ts';

export interface DiscoveryDeps extends DiscoverySources {
  /** `host:port` at which tenants reach the gateway. */
  readonly gatewayAddress: string;
}

const JSON_ONLY = ['application/json'];
const DISCOVERY_PATH = /^\/(?:(api)|apis)(?:\/([^/]+))?(?:\/([^/]+))?\/?$/;

/** `/api`, `/apis` and what is below them down to a version: upstream's own documents, less what tenants are not offered. */
export function createDiscoveryHandler(deps: DiscoveryDeps): LocalHandler {
  return async (request, response) => {
    if (request.identity.role !== 'tenant') return false;
    const match = DISCOVERY_PATH.exec(request.path);
    if (!match) return false;
    const [, core, first, second] = match;
    if (core && second !== undefined) return false;
    requireRead(request);
    if (first === undefined) await answerRoot(core ? '/api' : '/apis', request, response, deps);
    else if (core) await answerVersion('', first, request, response, deps);
    else if (second === undefined) await answerGroup(first, request, response, deps);
    else await answerVersion(first, second, request, response, deps);
    return true;
  };
}

async function answerRoot(path: AggregatedPath, request: LocalRequest, response: ServerResponse, deps: DiscoveryDeps): Promise<void> {
  response.setHeader('vary', 'Accept');
  const aggregated = await readAskedAggregated(path, request, deps);
  if (aggregated) {
    sendText(request, response, aggregated.text, { 'cache-control': 'public' });
    return;
  }
  const items = await readDiscoveredGroups(path, deps);
  sendJson(request, response, 200, path === '/api' ? apiVersions(items, deps.gatewayAddress) : apiGroupList(items));
}

/** The aggregated form, if the client likes it better than the legacy one. Which versions there are, upstream says. */
async function readAskedAggregated(path: AggregatedPath, request: LocalRequest, deps: DiscoveryDeps): Promise<Aggregated | undefined> {
  let versions: AggregatedVersion[] = [...AGGREGATED_VERSIONS];
  for (;;) {
    const { as } = negotiate(request.headers.accept, { mediaTypes: JSON_ONLY, as: versions.map(aggregatedRepresentation) });
    const asked = versions.find((version) => version === as?.version);
    if (!asked) return undefined;
    const aggregated = await deps.documents.read(aggregatedSource(path, asked, deps.table));
    if (aggregated) return aggregated;
    versions = versions.filter((version) => version !== asked);
  }
}

async function answerGroup(group: string, request: LocalRequest, response: ServerResponse, deps: DiscoveryDeps): Promise<void> {
  const items = await readDiscoveredGroups('/apis', deps);
  const found = apiGroup(items, group);
  if (!found) return sendPlain(response, 404, '404 page not found\n');
  negotiate(request.headers.accept, { mediaTypes: JSON_ONLY, as: [] });
  sendJson(request, response, 200, found);
}

async function answerVersion(
  group: string,
  version: string,
  request: LocalRequest,
  response: ServerResponse,
  deps: DiscoveryDeps,
): Promise<void> {
  const items = await readDiscoveredGroups(group === '' ? '/api' : '/apis', deps);
  const item = items.find(({ metadata }) => (metadata?.name ?? '') === group);
  // So does the apiserver: a group that it does not know is no API path at all.
  if (!item && group !== '') return sendPlain(response, 404, '404 page not found\n');
  const text = hasVersion(item, version) ? await deps.documents.read(resourceListSource(group, version, deps.table)) : undefined;
  if (!text) throw new KubeError('NotFound', 'the server could not find the requested resource', {});
  negotiate(request.headers.accept, { mediaTypes: JSON_ONLY, as: [] });
  sendText(request, response, text, { 'cache-control': PRIVATE });
}

function hasVersion(item: GroupDiscovery | undefined, version: string): boolean {
  return item?.versions.some((entry) => entry.version === version) ?? false;
}
