import { readAmounts } from '../../quota/amounts.ts';
import { countedBy } from '../../quota/keys.ts';
import { quotaPath } from '../../quota/names.ts';
import type { QuotaObject } from '../../quota/shares.ts';
import { isBuiltInGroup } from '../../translate/groups.ts';
import type { KubeObject, UpstreamClient } from '../../upstream/upstream-client.ts';
import { isUpstreamError } from '../../upstream/upstream-error.ts';

interface Group {
  readonly metadata: { readonly name: string };
  readonly preferredVersion?: { readonly version: string };
}

interface Definition extends KubeObject {
  readonly spec: { readonly scope: string; readonly versions: readonly { name: string; served: boolean; storage: boolean }[] };
}

/**
 * How many there are of a cluster-scoped kind that a tenant has defined, which no ResourceQuota counts; 0 of any other.
 *
 * @param key upstream's
 */
export async function countOwnClusterScoped(upstream: UpstreamClient, key: string): Promise<number> {
  const counted = countedBy(key);
  if (!counted || isBuiltInGroup(counted.group)) return 0;
  const { group, resource } = counted;
  try {
    const { spec } = await upstream.get<Definition>(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${resource}.${group}`);
    if (spec.scope !== 'Cluster') return 0;
    const served = spec.versions.filter((version) => version.served);
    // As it is stored nothing has to be converted.
    const version = served.find(({ storage }) => storage) ?? served[0];
    if (!version) return 0;
    return (await upstream.list(`/apis/${group}/${version.name}/${resource}`, { metadataOnly: true })).items.length;
  } catch (thrown) {
    // Not defined; or a tenant's own converter fails, which is not to keep the rest from being told.
    if (isUpstreamError(thrown)) return 0;
    throw thrown;
  }
}

/**
 * Custom resources that upstream's controller has not counted in a ResourceQuota: those that nobody has defined yet, or only just now. Until there is a
 * number kube-apiserver lets none be made, so what is there now is the number. Throws UpstreamError.
 */
export async function countCustomResources(upstream: UpstreamClient, namespace: string, name: string): Promise<void> {
  const path = quotaPath(namespace, name);
  const { metadata, status } = await upstream.get<QuotaObject>(path);
  const used: Record<string, string> = {};
  for (const key of readAmounts(status?.hard).keys()) {
    const counted = countedBy(key);
    if (!counted || isBuiltInGroup(counted.group) || Object.hasOwn(status?.used ?? {}, key)) continue;
    used[key] = String(await countObjects(upstream, namespace, counted));
  }
  if (Object.keys(used).length === 0) return;
  await upstream.patch(`${path}/status`, { metadata: { resourceVersion: metadata.resourceVersion }, status: { used } });
}

async function countObjects(upstream: UpstreamClient, namespace: string, counted: { group: string; resource: string }): Promise<number> {
  try {
    const { preferredVersion } = await upstream.get<Group>(`/apis/${counted.group}`);
    const path = `/apis/${counted.group}/${preferredVersion?.version}/namespaces/${namespace}/${counted.resource}`;
    return (await upstream.list(path, { metadataOnly: true })).items.length;
  } catch (thrown) {
    if (isUpstreamError(thrown, 'NotFound')) return 0;
    throw thrown;
  }
}
