import type { Item } from './forms.ts';

/** A collection that a tenant asks for without naming a namespace, and the one upstream that holds its objects among others'. */
export interface Collection {
  readonly title: string;
  readonly scope: 'Namespaced' | 'Cluster';
  readonly hasProtobuf: boolean;
  /** As the tenant asks for it. */
  readonly path: string;
  /** What an object of it needs besides its metadata. */
  readonly content: object | ((name: string) => object);
  readonly upstreamPath: (tenantId: string) => string;
  /** Upstream the keys of its labels carry the tenant's prefix. */
  readonly hasPrefixedLabels?: boolean;
  /** The tenant's name of a cluster-scoped object; undefined when it is somebody else's. */
  readonly tenantName: (tenantId: string, upstreamName: string) => string | undefined;
}

const POD = { serviceAccountName: 'default', containers: [{ name: 'c', image: 'example.com/none' }] };
const RULES = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }];

export const CONFIG_MAPS = builtIn('ConfigMaps', 'Namespaced', '/api/v1/configmaps', { data: { key: 'value' } });
export const PODS = builtIn('Pods', 'Namespaced', '/api/v1/pods', { spec: POD });
export const NAMESPACES = builtIn('Namespaces', 'Cluster', '/api/v1/namespaces', {});
export const CLUSTER_ROLES: Collection = {
  ...builtIn('ClusterRoles', 'Cluster', '/apis/rbac.authorization.k8s.io/v1/clusterroles', { rules: RULES }),
  hasPrefixedLabels: true,
};
export const VOLUMES = builtIn('PersistentVolumes', 'Cluster', '/api/v1/persistentvolumes', {
  spec: {
    accessModes: ['ReadWriteOnce'],
    capacity: { storage: '1Gi' },
    persistentVolumeReclaimPolicy: 'Retain',
    nfs: { server: 'nfs.example.com', path: '/' },
    // Bound to nothing: no controller looks for a claim.
    claimRef: { namespace: 'collections-none', name: 'none' },
  },
});

/** Their names are `<plural>.<group>`, and the group is what carries the prefix. */
export const DEFINITIONS: Collection = {
  ...builtIn('CustomResourceDefinitions', 'Cluster', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {}),
  content: (name) => {
    const [plural, ...group] = name.split('.') as [string, ...string[]];
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    const kind = `K${plural.replaceAll('-', '')}`;
    return {
      spec: {
        group: group.join('.'),
        scope: 'Cluster',
        names: { plural, singular: `${plural}x`, kind, listKind: `${kind}List` },
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    };
  },
  tenantName: (tenantId, upstreamName) => {
    const mark = `.${tenantId}-`;
    return upstreamName.includes(mark) ? upstreamName.replace(mark, '.') : undefined;
  },
};

/** The kinds that `setStage` defines in the given group. */
export function widgetsOf(group: string): Collection {
  return custom('namespaced custom resources', 'Namespaced', group, 'widgets');
}

export function gadgetsOf(group: string): Collection {
  return custom('cluster-scoped custom resources', 'Cluster', group, 'gadgets');
}

/** Where objects of one namespace are; for what is cluster-scoped the collection itself. */
export function pathIn({ path, scope }: Pick<Collection, 'path' | 'scope'>, namespace: string): string {
  return scope === 'Cluster' ? path : path.replace(/\/([^/]+)$/, `/namespaces/${namespace}/$1`);
}

export function objectOf({ content }: Collection, name: string, labels: Readonly<Record<string, string>> = {}): object {
  return { metadata: { name, labels }, ...(typeof content === 'function' ? content(name) : content) };
}

/** The label selector that selects upstream what the tenant's selects. */
export function upstreamSelector({ hasPrefixedLabels }: Collection, tenantId: string, labelSelector: string): string {
  if (!hasPrefixedLabels) return labelSelector;
  const requirements = labelSelector.split(/,(?![^(]*\))/);
  return requirements.map((requirement) => requirement.replace(/^!?/, (not) => `${not}${tenantId}-`)).join(',');
}

/** Upstream's item under the tenant's names; undefined when it is not the tenant's. */
export function tenantItem({ scope, tenantName }: Collection, tenantId: string, upstream: Item): Item | undefined {
  if (scope === 'Cluster') {
    const name = tenantName(tenantId, upstream.name);
    return name === undefined ? undefined : { ...upstream, key: name, name };
  }
  const prefix = `${tenantId}-`;
  if (!upstream.namespace?.startsWith(prefix)) return undefined;
  const namespace = upstream.namespace.slice(prefix.length);
  return { ...upstream, key: `${namespace}/${upstream.name}`, namespace };
}

function builtIn(title: string, scope: Collection['scope'], path: string, content: object): Collection {
  return {
    title,
    scope,
    hasProtobuf: true,
    path,
    content,
    upstreamPath: () => path,
    tenantName: (tenantId, upstreamName) => (upstreamName.startsWith(`${tenantId}-`) ? upstreamName.slice(tenantId.length + 1) : undefined),
  };
}

function custom(title: string, scope: Collection['scope'], group: string, plural: 'widgets' | 'gadgets'): Collection {
  const kind = plural === 'widgets' ? 'Widget' : 'Gadget';
  return {
    title,
    scope,
    hasProtobuf: false,
    path: `/apis/${group}/v1/${plural}`,
    content: { apiVersion: `${group}/v1`, kind, spec: { note: 'x' } },
    // The group sets a tenant's objects apart: their names are the tenant's own.
    upstreamPath: (tenantId) => `/apis/${tenantId}-${group}/v1/${plural}`,
    tenantName: (_, upstreamName) => upstreamName,
  };
}
