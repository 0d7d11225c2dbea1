import { prefixOf, tenantIdOfUpstreamName } from '../../names/prefix.ts';
import { isTenantId } from '../../names/tenant-id.ts';
import { type DiscoveredResource, discover } from '../../upstream/discover.ts';
import { listByPrefix } from '../../upstream/list-by-prefix.ts';
import type { KubeObject, UpstreamClient } from '../../upstream/upstream-client.ts';
import { isUpstreamError } from '../../upstream/upstream-error.ts';
import { deleteAll } from './delete-all.ts';
import { tenantNames } from './ensure-namespaces.ts';
import { DONE, type Outcome, type Step } from './step.ts';

const POLL_MS = 1_000;
/** Kinds that are listed at once. */
const CONCURRENCY = 6;
/** Namespaces have a step of their own; nodes are nobody's to delete. */
const SKIPPED = new Set(['namespaces.', 'nodes.']);

/**
 * No cluster-scoped object of the tenant is left, of whatever kind upstream serves: none whose name begins with the
 * prefix, and no CRD of its groups (the cluster-scoped objects of those end with their CRD).
 */
export const removeClusterObjects: Step = {
  name: 'remove-cluster-objects',
  condition: 'CleanedUp',
  async run({ tenantId, upstream }): Promise<Outcome> {
    const { resources, stale } = await discover(upstream);
    const remaining: string[] = [];
    const kinds = resources.filter(isSwept);
    const workers = Array.from({ length: CONCURRENCY }, async () => {
      for (let kind = kinds.pop(); kind; kind = kinds.pop()) {
        const objects = await listOwned(upstream, kind, tenantId);
        await deleteAll(upstream, kind.path, objects);
        const names = objects.map(({ metadata }) => metadata.name);
        if (names.length > 0) remaining.push(`${kind.resource} ${tenantNames(tenantId, names)}`);
      }
    });
    await Promise.all(workers);
    if (remaining.length > 0) return waiting('ObjectsRemain', `waiting for the end of ${remaining.sort().join('; ')}`);
    if (stale.length > 0) return waiting('DiscoveryFailed', `upstream does not say what it serves in ${stale.join(', ')}`);
    return DONE;
  },
};

/** In a tenant's own groups names have no prefix: one that begins as ours does is a name that another tenant chose. */
export function isOfSomeTenant(group: string): boolean {
  const tenantId = tenantIdOfUpstreamName(group);
  return tenantId !== undefined && isTenantId(tenantId);
}

function isSwept({ namespaced, verbs, resource, group }: DiscoveredResource): boolean {
  if (namespaced || isOfSomeTenant(group) || SKIPPED.has(`${resource}.${group}`)) return false;
  return verbs.includes('list') && verbs.includes('delete');
}

/** The objects of one cluster-scoped kind that belong to the tenant. */
export async function listOwned(upstream: UpstreamClient, kind: DiscoveredResource, tenantId: string): Promise<KubeObject[]> {
  const prefix = prefixOf(tenantId);
  try {
    if (`${kind.resource}.${kind.group}` !== 'customresourcedefinitions.apiextensions.k8s.io') {
      return await listByPrefix(upstream, kind.path, prefix);
    }
    // A CRD is called `<plural>.<group>`, and it is the group that has the prefix.
    const { items } = await upstream.list(kind.path, { metadataOnly: true });
    return items.filter(({ metadata }) => metadata.name.slice(metadata.name.indexOf('.') + 1).startsWith(prefix));
  } catch (thrown) {
    // The kind went away after discovery; some are not to be listed although they say so.
    if (isUpstreamError(thrown, 'NotFound', 'MethodNotAllowed')) return [];
    throw thrown;
  }
}

function waiting(reason: string, message: string): Outcome {
  return { state: 'waiting', reason, message, retryAfterMs: POLL_MS };
}
