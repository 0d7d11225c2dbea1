import { encodeSegment } from '../../kube/canonical-path.ts';
import { TENANT_LABEL } from '../../tenants/tenant.ts';
import type { DiscoveredResource } from '../../upstream/discover.ts';
import type { KubeObject, UpstreamClient } from '../../upstream/upstream-client.ts';
import { isUpstreamError, type UpstreamError } from '../../upstream/upstream-error.ts';
import type { Patience } from './patience.ts';

const NAMESPACES = '/api/v1/namespaces';
/** Upstream deletes a CRD's objects by it: without it they would lie in etcd, for whoever makes such a CRD again. */
const NEVER_CLEARED = 'customresourcecleanup.apiextensions.k8s.io';

/** Finalizers that Kubernetes sets itself: `foregroundDeletion`, `orphan`, and what stands under its domains. */
export function isOfKubernetes(finalizer: string): boolean {
  const slash = finalizer.indexOf('/');
  return slash < 0 || /(^|\.)(kubernetes|k8s)\.io$/.test(finalizer.slice(0, slash));
}

/** Those of the finalizers that are still waited for. */
export function finalizersKept(finalizers: readonly string[], patience: Patience): string[] {
  if (!patience.isOver) return [...finalizers];
  return finalizers.filter((finalizer) => finalizer === NEVER_CLEARED || (isOfKubernetes(finalizer) && !patience.isOverForKubernetes));
}

export function pathOfObject({ path, namespaced, resource }: DiscoveredResource, { metadata }: KubeObject): string {
  if (!namespaced) return `${path}/${encodeSegment(metadata.name)}`;
  const base = path.slice(0, path.length - resource.length);
  return `${base}namespaces/${encodeSegment(metadata.namespace ?? '')}/${resource}/${encodeSegment(metadata.name)}`;
}

/**
 * Brings an object, whose time is over, nearer to its end: deletes it, and takes off the finalizers that are not waited for any more.
 * @returns how many of those
 * @throws UpstreamError what keeps it
 */
export async function pressOn(upstream: UpstreamClient, kind: DiscoveredResource, object: KubeObject, patience: Patience): Promise<number> {
  const { uid, namespace, deletionTimestamp, finalizers = [] } = object.metadata;
  const path = pathOfObject(kind, object);
  const isPod = kind.resource === 'pods' && kind.group === '';
  const precondition = uid ? { uid } : {};
  try {
    if (deletionTimestamp === undefined) await upstream.delete(path, precondition);
    else if (isPod && patience.endsPod(deletionTimestamp)) await upstream.delete(path, { ...precondition, gracePeriodSeconds: 0 });
    const kept = finalizersKept(finalizers, patience);
    if (kept.length === finalizers.length) return 0;
    await upstream.patch(path, { metadata: { ...precondition, finalizers: kept.length > 0 ? kept : null } });
    return finalizers.length - kept.length;
  } catch (thrown) {
    if (isUpstreamError(thrown, 'NotFound') && namespace !== undefined && isAboutNamespace(thrown)) {
      // Left behind in etcd when its namespace went: upstream lets nothing be written where there is no namespace.
      await remakeNamespace(upstream, namespace);
      return 0;
    }
    // Gone since it was listed; or gone and made anew, which the next look shows.
    if (isUpstreamError(thrown, 'NotFound', 'Conflict')) return 0;
    throw thrown;
  }
}

function isAboutNamespace({ details }: UpstreamError): boolean {
  return (details as { kind?: string } | undefined)?.kind === 'namespaces';
}

/** It is deleted by the next pass, as every namespace of the tenant's. */
async function remakeNamespace(upstream: UpstreamClient, name: string): Promise<void> {
  const metadata = { name, labels: { [TENANT_LABEL]: name.slice(0, 6) } };
  try {
    await upstream.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata });
  } catch (thrown) {
    if (!isUpstreamError(thrown, 'AlreadyExists')) throw thrown;
  }
}
