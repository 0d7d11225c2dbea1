import type { UpstreamTransport } from '../../../src/upstream/upstream-client.ts';
import type { ListCase } from './measure-lists.ts';
import { rangeRequest } from './tenant-range.ts';

export const FORMS = {
  JSON: 'application/json',
  Table: 'application/json;as=Table;v=v1;g=meta.k8s.io',
  protobuf: 'application/vnd.kubernetes.protobuf',
} as const;

/** A collection that a tenant has objects in. */
export interface Collection {
  readonly title: string;
  /** Over all namespaces, or of a cluster-scoped kind: the same for upstream and for the tenant. */
  readonly path: string;
  /** Upstream's paths of the tenant's own namespaces; none of a cluster-scoped kind. */
  readonly namespacePaths: readonly string[];
  readonly prefix: string;
  /** How many objects the tenant has in it. */
  readonly owned: number;
}

export interface CollectionCases {
  /** What all else is beside: the tenant's objects and nothing else, straight from upstream in one request. */
  readonly baseline: ListCase;
  readonly direct: readonly ListCase[];
  /** All tenants' objects, straight from upstream: heavy enough to slow what is measured beside it. */
  readonly whole: ListCase;
  readonly gateway: Readonly<Record<keyof typeof FORMS, ListCase>>;
}

export function casesOf(collection: Collection, upstream: UpstreamTransport, gateway: UpstreamTransport): CollectionCases {
  const { title, path, namespacePaths, prefix, owned } = collection;
  const get = (at: string) => ({ method: 'GET', path: at });
  const straight = (what: string, paths: readonly string[]): ListCase => ({
    title: `${title}, direct, ${what}`,
    client: upstream,
    requests: paths.map(get),
  });
  const through = (form: keyof typeof FORMS): ListCase => ({
    title: `${title}, gateway, ${form}`,
    client: gateway,
    requests: [{ ...get(path), headers: { accept: FORMS[form] } }],
  });
  const baseline = { title: `${title}, direct, own range`, client: upstream, requests: [rangeRequest(path, prefix, owned)] };
  const byNamespace = [straight('one namespace', namespacePaths.slice(0, 1)), straight('own namespaces', namespacePaths)];
  return {
    baseline,
    direct: [baseline, ...(namespacePaths.length > 0 ? byNamespace : [])],
    whole: straight('whole cluster', [path]),
    gateway: { JSON: through('JSON'), Table: through('Table'), protobuf: through('protobuf') },
  };
}
