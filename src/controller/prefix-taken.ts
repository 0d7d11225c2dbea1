import { type DiscoveredResource, discover } from '../upstream/discover.ts';
import { inParallel } from '../upstream/in-parallel.ts';
import type { UpstreamClient } from '../upstream/upstream-client.ts';
import { isOfSomeTenant, listOwned } from './removal/owned-kinds.ts';

const CONCURRENCY = 8;

/**
 * Something upstream that a tenant of this id would take for its own (`namespaces "demo01-x"`): a namespace, or any
 * cluster-scoped object, whose name begins with `<id>-`. Undefined when there is nothing. An aggregated API that is
 * down is passed over: it would else keep every tenant from being made. Throws UpstreamError.
 */
export async function upstreamHoldsPrefix(upstream: UpstreamClient, tenantId: string): Promise<string | undefined> {
  const { resources } = await discover(upstream);
  const kinds = resources.filter(({ namespaced, verbs, group }) => !namespaced && verbs.includes('list') && !isOfSomeTenant(group));
  let taken: string | undefined;
  await inParallel(kinds, CONCURRENCY, async (kind) => {
    if (taken !== undefined) return;
    const found = await firstOwned(upstream, kind, tenantId);
    // Another one may have found something meanwhile.
    taken ??= found;
  });
  return taken;
}

async function firstOwned(upstream: UpstreamClient, kind: DiscoveredResource, tenantId: string): Promise<string | undefined> {
  const [object] = await listOwned(upstream, kind, tenantId);
  return object && `${kind.resource} "${object.metadata.name}"`;
}
