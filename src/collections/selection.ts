/** What of a collection a client wants, in upstream's spelling, and what can be told of it without asking. */
import { prefixOf, toUpstreamName } from '../names/prefix.ts';
import { parseFieldSelector } from '../translate/field-selector.ts';
import { toUpstreamObjectName } from '../translate/object-name.ts';
import { translateQuery } from '../translate/query.ts';
import type { Collection } from './collection.ts';

/** RFC 1123, a label; its length says nothing here. */
const NAMESPACE_NAME = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

export interface Selection {
  /** Undefined: none. */
  readonly labelSelector: string | undefined;
  readonly fieldSelector: string | undefined;
  /** What of each object is to stand in a Table's rows. */
  readonly includeObject: string | undefined;
  /** The only upstream name that can match; of cluster-scoped kinds. */
  readonly name: string | undefined;
  /** The only name that can match, as the tenant has it. */
  readonly tenantName: string | undefined;
  /** The only upstream namespace that can match. */
  readonly namespace: string | undefined;
}

/**
 * @param verb of Kubernetes
 * @throws KubeError BadRequest for a selector that cannot be read, or by the platform's labels
 */
export function selectionOf({ row, context }: Collection, verb: 'list' | 'watch', query: URLSearchParams): Selection {
  const asked = new URLSearchParams();
  for (const parameter of ['labelSelector', 'fieldSelector', 'includeObject', 'shardSelector']) {
    const value = query.get(parameter);
    if (value) asked.set(parameter, value);
  }
  const upstream = translateQuery(row, verb, asked, context);
  const equals = parseFieldSelector(asked.get('fieldSelector') ?? '');
  const name = equals.get('metadata.name');
  const namespace = equals.get('metadata.namespace');
  return {
    labelSelector: upstream.get('labelSelector') ?? undefined,
    fieldSelector: upstream.get('fieldSelector') ?? undefined,
    includeObject: upstream.get('includeObject') ?? undefined,
    name: row.scope === 'Cluster' && name ? toUpstreamObjectName(row, name, context) : undefined,
    tenantName: name || undefined,
    namespace: row.scope === 'Namespaced' && namespace ? upstreamNamespace(context.tenantId, namespace) : undefined,
  };
}

/**
 * It becomes a part of a path, and upstream reads an encoded slash there as any other: what cannot be a namespace is put in the place of one that
 * cannot be either, in which upstream finds nothing.
 */
function upstreamNamespace(tenantId: string, tenantName: string): string {
  return NAMESPACE_NAME.test(tenantName) ? toUpstreamName(tenantId, tenantName) : prefixOf(tenantId);
}

/** Whether upstream is to leave anything out. */
export function isSelected({ labelSelector, fieldSelector }: Pick<Selection, 'labelSelector' | 'fieldSelector'>): boolean {
  return labelSelector !== undefined || fieldSelector !== undefined;
}

/** The tenant's prefix, where a key of the kind begins with it. A CRD's name has it in its middle. */
export function rangeOf({ row, context }: Collection): string | undefined {
  return row.nameFormat === 'definition' ? undefined : prefixOf(context.tenantId);
}
