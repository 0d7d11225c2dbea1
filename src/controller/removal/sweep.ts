import { prefixOf } from '../../names/prefix.ts';
import type { DiscoveredResource } from '../../upstream/discover.ts';
import { inParallel } from '../../upstream/in-parallel.ts';
import { listByPrefix } from '../../upstream/list-by-prefix.ts';
import type { KubeObject, UpstreamClient } from '../../upstream/upstream-client.ts';
import { isUpstreamError } from '../../upstream/upstream-error.ts';
import { isOwnGroup, listOwned, nameOfKind } from './owned-kinds.ts';

/** Kinds that are listed at once. */
const CONCURRENCY = 8;
const NAMESPACES = '/api/v1/namespaces';

export interface Found {
  readonly kind: DiscoveredResource;
  readonly objects: readonly KubeObject[];
}

/** What there is of a tenant, by one look at each of some kinds. */
export interface Sweep {
  readonly namespaces: readonly KubeObject[];
  readonly found: readonly Found[];
  /** What upstream said where it could not list a kind: there may be something. */
  readonly unlisted: readonly string[];
}

/** Lists, metadata alone. A kind that cannot be listed does not keep the others from it. Throws UpstreamError where upstream is away. */
export async function sweep(upstream: UpstreamClient, kinds: readonly DiscoveredResource[], tenantId: string): Promise<Sweep> {
  const namespaces = await listByPrefix(upstream, NAMESPACES, prefixOf(tenantId));
  const found: Found[] = [];
  const unlisted: string[] = [];
  await inParallel(kinds, CONCURRENCY, async (kind) => {
    try {
      const objects = await listOwned(upstream, kind, tenantId);
      if (objects.length > 0) found.push({ kind, objects });
    } catch (thrown) {
      if (!isUpstreamError(thrown) || thrown.reason === 'Unreachable') throw thrown;
      unlisted.push(`${nameOfKind(kind)} cannot be listed: ${thrown.message}`);
    }
  });
  found.sort((a, b) => (nameOfKind(a.kind) < nameOfKind(b.kind) ? -1 : 1));
  return { namespaces, found, unlisted };
}

export function countsOf({ namespaces, found }: Pick<Sweep, 'namespaces' | 'found'>): Record<string, number> {
  return Object.fromEntries([
    ...(namespaces.length > 0 ? [['namespaces', namespaces.length] as const] : []),
    ...found.map(({ kind, objects }) => [nameOfKind(kind), objects.length] as const),
  ]);
}

/** Groups of which upstream cannot say what it holds. The tenant's own have nothing behind them when neither CRD nor APIService is left. */
export function unknownGroups(stale: readonly string[], tenantId: string): string[] {
  return stale.filter((group) => !isOwnGroup(group, tenantId));
}
