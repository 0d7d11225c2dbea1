import type { UpstreamClient } from './upstream-client.ts';
import { UpstreamError, upstreamErrorFrom } from './upstream-error.ts';

/** A kind that upstream serves, in one of its versions. */
export interface DiscoveredResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  /** Path of the collection over the whole cluster. */
  readonly path: string;
}

interface Discovery {
  items?: {
    metadata?: { name?: string };
    versions: {
      version: string;
      freshness?: string;
      resources?: { resource: string; responseKind?: { kind?: string }; scope: string; verbs?: string[] }[];
    }[];
  }[];
}

/** What was read last, by path: upstream says by its ETag whether it still holds. Whole clusters of CRDs are megabytes. */
const known = new WeakMap<UpstreamClient, Map<string, { etag: string; discovery: Discovery }>>();

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/**
 * Every kind, each in the first version that upstream lists for its group. `stale` names the groups that could not
 * say what they serve (an aggregated API server that is down): what is missing there is unknown, not absent.
 * Throws UpstreamError.
 */
export async function discover(upstream: UpstreamClient): Promise<{ resources: DiscoveredResource[]; stale: string[] }> {
  const resources = new Map<string, DiscoveredResource>();
  const stale = new Set<string>();
  for (const root of ['/api', '/apis']) {
    for (const group of (await fetchDiscovery(upstream, root)).items ?? []) {
      const groupName = group.metadata?.name ?? '';
      for (const { version, freshness, resources: served = [] } of group.versions) {
        if (freshness === 'Stale') stale.add(groupName);
        const base = root === '/api' ? `/api/${version}` : `/apis/${groupName}/${version}`;
        for (const { resource, responseKind, scope, verbs = [] } of served) {
          const key = `${resource}.${groupName}`;
          if (resources.has(key)) continue;
          const kind = responseKind?.kind ?? '';
          resources.set(key, {
            group: groupName,
            version,
            resource,
            kind,
            namespaced: scope !== 'Cluster',
            verbs,
            path: `${base}/${resource}`,
          });
        }
      }
    }
  }
  return { resources: [...resources.values()], stale: [...stale].sort() };
}

async function fetchDiscovery(upstream: UpstreamClient, path: string): Promise<Discovery> {
  const before = known.get(upstream)?.get(path);
  const headers = { accept: AGGREGATED, ...(before && { 'if-none-match': before.etag }) };
  const response = await upstream.request({ method: 'GET', path, headers });
  if (response.status === 304 && before) return before.discovery;
  if (response.status !== 200) throw upstreamErrorFrom(response.status, response.body);
  if (!response.headers['content-type']?.includes('APIGroupDiscoveryList')) {
    throw new UpstreamError(406, 'NotAcceptable', `${path}: upstream has no aggregated discovery (Kubernetes 1.30 or later is needed)`);
  }
  const discovery = JSON.parse(response.body.toString('utf8')) as Discovery;
  const { etag } = response.headers;
  if (etag) known.set(upstream, (known.get(upstream) ?? new Map()).set(path, { etag, discovery }));
  return discovery;
}
