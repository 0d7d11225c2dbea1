import { sendJson } from './answer.ts';
import type { GroupDiscovery } from './filter-discovery.ts';
import type { LocalHandler } from './local-request.ts';
import { type DiscoverySources, readDiscoveredGroups } from './read-discovered-groups.ts';
import { requireRead } from './require-read.ts';

const OWN_PATHS = ['/api', '/apis', '/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version'];

/** `/`: the list of paths at which something answers. */
export function createRootPathsHandler(sources: DiscoverySources): LocalHandler {
  return async (request, response) => {
    const { path, identity } = request;
    if (path !== '/' || identity.role !== 'tenant') return false;
    requireRead(request);
    const core = await readDiscoveredGroups('/api', identity.tenantId, sources);
    const groups = await readDiscoveredGroups('/apis', identity.tenantId, sources);
    sendJson(request, response, 200, { paths: [...OWN_PATHS, ...core.flatMap(pathsOf), ...groups.flatMap(pathsOf)].sort() });
    return true;
  };
}

function pathsOf({ metadata, versions }: GroupDiscovery): string[] {
  const group = metadata?.name;
  const root = group ? `/apis/${group}` : '/api';
  const paths = versions.map(({ version }) => `${root}/${version}`);
  return group ? [root, ...paths] : paths;
}
