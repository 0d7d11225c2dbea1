/** A collection over all of a tenant's namespaces, or of a cluster-scoped kind: what of it is the tenant's, upstream does not say. */
import { encodeSegment } from '../kube/canonical-path.ts';
import type { ResourceRequest } from '../kube/request-info.ts';
import { tenantIdOfUpstreamName } from '../names/prefix.ts';
import type { TranslateContext } from '../translate/context.ts';
import type { ResourceRow } from '../translate/table/row.ts';

export interface Collection {
  readonly row: ResourceRow;
  /** Of a kind that is called the same on both sides: a tenant's own groups hold nothing but the tenant's, and need none of this. */
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly context: TranslateContext;
}

/** Where an object stands. Upstream's spelling. */
export interface ObjectKey {
  /** '' for a cluster-scoped one. */
  readonly namespace: string;
  readonly name: string;
}

/** Whether the request reads such a collection: see decision 26. */
export function readsCollection({ verb, namespace, name }: ResourceRequest, row: ResourceRow): boolean {
  if ((verb !== 'list' && verb !== 'watch') || name !== undefined) return false;
  if (row.policy !== 'served' || row.custom === 'own') return false;
  return row.scope === 'Cluster' || namespace === undefined;
}

/** Upstream's path; of one namespace where one is given. */
export function pathOfCollection({ group, version, resource }: Omit<Collection, 'row' | 'context'>, upstreamNamespace?: string): string {
  const segments = [
    ...(group ? ['apis', group] : ['api']),
    version,
    ...(upstreamNamespace === undefined ? [] : ['namespaces', upstreamNamespace]),
    resource,
  ];
  return `/${segments.map(encodeSegment).join('/')}`;
}

/** Same kind, same key: whatever the version. */
export function nameOfCollection({ group, resource }: Pick<Collection, 'group' | 'resource'>): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** The id that an object's place begins with; says nothing about whether there is such a tenant. */
export function tenantIdOfKey(row: ResourceRow, { namespace, name }: ObjectKey): string | undefined {
  if (row.scope === 'Namespaced') return tenantIdOfUpstreamName(namespace);
  if (row.nameFormat !== 'definition') return tenantIdOfUpstreamName(name);
  const dot = name.indexOf('.');
  return tenantIdOfUpstreamName(name.slice(dot + 1));
}

/** An object's key as etcd orders them, without what all of the kind have in front: `namespace/name`, or `name`. */
export function storageKey({ namespace, name }: ObjectKey): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}
