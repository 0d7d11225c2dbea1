/**
 * core/v1 ObjectReference. The kind decides whether the name is prefixed; where `apiVersion` is left out, as some clients do, a
 * built-in kind of that name is meant.
 */
import { toTenantName, toUpstreamName } from '../../names/prefix.ts';
import type { TranslateContext } from '../context.ts';
import type { Plan } from '../engine/plan.ts';
import { isTenantGroup, toTenantApiVersion, toUpstreamApiVersion } from '../groups.ts';
import type { JsonObject } from '../lossless-json.ts';
import { toTenantObjectName, toUpstreamObjectName } from '../object-name.ts';
import { allRows, groupOfApiVersion, hasPrefixedNames } from '../table/index.ts';
import type { ResourceRow } from '../table/row.ts';
import { captureObject, textOf } from './capture-object.ts';

const clusterRows: ReadonlyMap<string, ResourceRow> = new Map(
  allRows()
    .filter((row) => row.scope === 'Cluster')
    .map((row) => [row.kind, row]),
);

/** Kinds of cluster-scoped objects that tenants own, in lower case as Events' tables show them. */
export const prefixedKindsInLowerCase: ReadonlySet<string> = new Set(
  [...clusterRows.values()].filter(hasPrefixedNames).map(({ kind }) => kind.toLowerCase()),
);

/**
 * The row of a cluster-scoped kind that stands in a reference.
 *
 * @param apiVersion in the tenant's spelling; '' where there is none
 */
export function clusterRowOf(
  kind: string,
  apiVersion: string,
  context: Pick<TranslateContext, 'tenantId' | 'shared'>,
): ResourceRow | undefined {
  return isTenantGroup(groupOfApiVersion(apiVersion), context) ? undefined : clusterRows.get(kind);
}

const freeMembers = ['uid', 'resourceVersion', 'fieldPath'];

/** Namespaces in which Events about cluster-scoped objects are kept. */
const EVENT_HOMES: ReadonlySet<string> = new Set(['default', 'kube-system']);

export const objectReferenceToUpstream = captureObject((reference, context) => toUpstream(reference, context), { freeMembers });

/**
 * Upstream wants an Event to stand in the namespace of what it is about; what has none may be reported on in `default`
 * (validation of core/v1 Event), but the tenant's `default` has another name there, so it is named.
 */
export const eventReferenceToUpstream = captureObject(
  (reference, context) => {
    const home = context.requestNamespace;
    const translated = toUpstream(reference, context);
    if (textOf(reference, 'namespace') !== undefined || home === undefined || !EVENT_HOMES.has(home)) return translated;
    return { ...translated, namespace: toUpstreamName(context.tenantId, home) };
  },
  { freeMembers },
);

function toUpstream(reference: JsonObject, context: TranslateContext): JsonObject {
  const namespace = textOf(reference, 'namespace');
  const target = textOf(reference, 'name');
  const apiVersion = textOf(reference, 'apiVersion');
  const row = clusterRowOf(textOf(reference, 'kind') ?? '', apiVersion ?? '', context);
  return {
    ...reference,
    ...(namespace !== undefined && { namespace: toUpstreamName(context.tenantId, namespace) }),
    ...(target !== undefined && row && { name: toUpstreamObjectName(row, target, context) }),
    ...(apiVersion !== undefined && { apiVersion: toUpstreamApiVersion(apiVersion, context) }),
  };
}

/** What is cluster-scoped loses the namespace that it was given above; a custom resource of such a kind's name may stand in one. */
const clusterReferenceToTenant = captureObject((reference, context) => {
  const upstreamVersion = textOf(reference, 'apiVersion');
  const apiVersion = toTenantApiVersion(upstreamVersion ?? '', context);
  const row = clusterRowOf(textOf(reference, 'kind') ?? '', apiVersion, context);
  const target = textOf(reference, 'name');
  const { namespace, ...rest } = reference;
  return {
    ...rest,
    ...(typeof namespace === 'string' && !row && { namespace: toTenantName(context.tenantId, namespace) }),
    ...(target !== undefined && row && { name: toTenantObjectName(row, target, context) }),
    ...(upstreamVersion !== undefined && { apiVersion }),
  };
});

/** Upstream writes `kind` first, so that most need not be held back. */
export const objectReferenceToTenant: Plan = {
  fields: { namespace: { string: 'strip' }, apiVersion: { string: 'strip' } },
  byKind: Object.fromEntries([...clusterRows.keys()].map((kind): [string, Plan] => [kind, { capture: clusterReferenceToTenant }])),
};
