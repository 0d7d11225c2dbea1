import { isOfSomeTenant } from '../../controller/removal/owned-kinds.ts';
import { TENANT_LABEL } from '../../tenants/tenant.ts';
import { discover } from '../../upstream/discover.ts';
import { inParallel } from '../../upstream/in-parallel.ts';
import type { KubeObject, UpstreamClient } from '../../upstream/upstream-client.ts';

const NAMESPACES = '/api/v1/namespaces';
const CONCURRENCY = 4;

/**
 * By tenant, a namespace that has the tenant's prefix and does not say that it is the tenant's. Throws UpstreamError.
 */
export async function strangeNamespaces(upstream: UpstreamClient, tenantIds: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const { items } = await upstream.list(NAMESPACES, { metadataOnly: true });
  for (const object of items) {
    const tenantId = strangeTo(object, new Set(tenantIds));
    if (tenantId !== undefined) found.set(tenantId, `namespace "${object.metadata.name}"`);
  }
  return found;
}

/** The same of every cluster-scoped kind, as a line for each object. Throws UpstreamError. */
export async function strangeObjects(upstream: UpstreamClient, tenantIds: readonly string[]): Promise<string[]> {
  const ids = new Set(tenantIds);
  const { resources } = await discover(upstream);
  const kinds = resources.filter(({ namespaced, verbs, group }) => !namespaced && verbs.includes('list') && !isOfSomeTenant(group));
  const found: string[] = [];
  await inParallel(kinds, CONCURRENCY, async (kind) => {
    const { items } = await upstream.list(kind.path, { metadataOnly: true });
    for (const object of items) if (strangeTo(object, ids) !== undefined) found.push(`${kind.resource} "${object.metadata.name}"`);
  });
  return found.sort();
}

/** Namespaces that say whose they are, and there is no such tenant. Throws UpstreamError. */
export async function orphanedNamespaces(upstream: UpstreamClient, tenantIds: readonly string[]): Promise<string[]> {
  const ids = new Set(tenantIds);
  const { items } = await upstream.list(NAMESPACES, { metadataOnly: true, query: { labelSelector: TENANT_LABEL } });
  return items
    .filter(({ metadata }) => !ids.has(metadata.labels?.[TENANT_LABEL] ?? ''))
    .map(({ metadata }) => `namespace "${metadata.name}"`);
}

/** The tenant whose prefix an object has without its label. */
function strangeTo({ metadata }: KubeObject, tenantIds: ReadonlySet<string>): string | undefined {
  const tenantId = /^(.{6})-./.exec(metadata.name)?.[1];
  if (tenantId === undefined || !tenantIds.has(tenantId)) return undefined;
  return metadata.labels?.[TENANT_LABEL] === tenantId ? undefined : tenantId;
}
