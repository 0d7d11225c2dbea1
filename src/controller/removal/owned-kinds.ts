/** What belongs to a tenant upstream, kind by kind: the one place that says so, for the sweep that removes and for the one that proves. */
import { identityPrefixOf } from '../../names/identity.ts';
import { prefixOf, tenantIdOfUpstreamName } from '../../names/prefix.ts';
import { isTenantId } from '../../names/tenant-id.ts';
import { TENANT_LABEL } from '../../tenants/tenant.ts';
import type { DiscoveredResource } from '../../upstream/discover.ts';
import { listByPrefix, listInNamespacesByPrefix } from '../../upstream/list-by-prefix.ts';
import type { KubeObject, UpstreamClient } from '../../upstream/upstream-client.ts';
import { isUpstreamError } from '../../upstream/upstream-error.ts';
import { MANAGED_BY } from '../policies/policy.ts';

/** Namespaces have a way of their own; nodes are nobody's to delete; events are served twice. */
const SKIPPED: ReadonlySet<string> = new Set(['namespaces', 'nodes', 'events.events.k8s.io']);
/** Called `<something>.<group>`, and it is the group that has the prefix. */
const CALLED_AFTER_GROUP: ReadonlySet<string> = new Set([
  'customresourcedefinitions.apiextensions.k8s.io',
  'apiservices.apiregistration.k8s.io',
]);
const AUTOMANAGED = 'kube-aggregator.kubernetes.io/automanaged';

/** As kubectl spells it in full: `configmaps`, `deployments.apps`. */
export function nameOfKind({ resource, group }: Pick<DiscoveredResource, 'resource' | 'group'>): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** In a tenant's own groups names have no prefix: one that begins as ours does is a name that another tenant chose. */
export function isOfSomeTenant(group: string): boolean {
  const tenantId = tenantIdOfUpstreamName(group);
  return tenantId !== undefined && isTenantId(tenantId);
}

export function isOwnGroup(group: string, tenantId: string): boolean {
  return group.startsWith(prefixOf(tenantId));
}

/** Of all that upstream serves, the kinds of which a tenant may own objects. */
export function kindsToSweep(resources: readonly DiscoveredResource[], tenantId: string): DiscoveredResource[] {
  return resources.filter((kind) => {
    if (SKIPPED.has(nameOfKind(kind)) || !kind.verbs.includes('list') || !kind.verbs.includes('delete')) return false;
    return !isOfSomeTenant(kind.group) || isOwnGroup(kind.group, tenantId);
  });
}

/** Metadata of the objects of one kind that belong to the tenant. Throws UpstreamError. */
export async function listOwned(upstream: UpstreamClient, kind: DiscoveredResource, tenantId: string): Promise<KubeObject[]> {
  try {
    return await list(upstream, kind, tenantId);
  } catch (thrown) {
    // The kind went away after discovery; some are not to be listed although they say so.
    if (isUpstreamError(thrown, 'NotFound', 'MethodNotAllowed')) return [];
    throw thrown;
  }
}

async function list(upstream: UpstreamClient, kind: DiscoveredResource, tenantId: string): Promise<KubeObject[]> {
  const prefix = prefixOf(tenantId);
  const { path, group } = kind;
  if (kind.namespaced) return await listInNamespacesByPrefix(upstream, path, prefix);
  if (isOwnGroup(group, tenantId)) return (await upstream.list(path, { metadataOnly: true })).items;
  if (CALLED_AFTER_GROUP.has(nameOfKind(kind))) {
    const { items } = await upstream.list(path, { metadataOnly: true });
    // What upstream itself makes of a CRD ends with it.
    const isOwn = ({ metadata: { name, labels } }: KubeObject) =>
      name.slice(name.indexOf('.') + 1).startsWith(prefix) && !labels?.[AUTOMANAGED];
    return items.filter(isOwn);
  }
  const owned = await listByPrefix(upstream, path, prefix);
  if (group === 'rbac.authorization.k8s.io') owned.push(...(await listByPrefix(upstream, path, identityPrefixOf(tenantId))));
  if (group === 'admissionregistration.k8s.io') owned.push(...(await listMadeForTenant(upstream, path, tenantId)));
  return owned;
}

/** What the platform made for this tenant alone, under a name of the platform's. */
async function listMadeForTenant(upstream: UpstreamClient, path: string, tenantId: string): Promise<KubeObject[]> {
  const labels = { ...MANAGED_BY, [TENANT_LABEL]: tenantId };
  const labelSelector = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const { items } = await upstream.list(path, { metadataOnly: true, query: { labelSelector } });
  return items.filter(({ metadata }) => !metadata.name.startsWith(prefixOf(tenantId)));
}
