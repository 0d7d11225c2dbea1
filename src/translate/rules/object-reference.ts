/**
 * core/v1 ObjectReference. The kind decides whether the name is prefixed; it is looked up without its group, because
 * clients leave `apiVersion` out, and because answers are read before it is known.
 */
import { toUpstreamName } from '../../names/prefix.ts';
import type { TranslateContext } from '../context.ts';
import type { Plan } from '../engine/plan.ts';
import type { JsonObject } from '../lossless-json.ts';
import { allRows, hasPrefixedNames } from '../table/index.ts';
import { captureObject, textOf } from './capture-object.ts';

const clusterKinds: ReadonlySet<string> = new Set(
  allRows()
    .filter((row) => row.scope === 'Cluster')
    .map((row) => row.kind),
);
const prefixedKinds: ReadonlySet<string> = new Set(
  allRows()
    .filter(hasPrefixedNames)
    .map((row) => row.kind),
);

/** Kinds of cluster-scoped objects that tenants own, in lower case as Events' tables show them. */
export const prefixedKindsInLowerCase: ReadonlySet<string> = new Set([...prefixedKinds].map((kind) => kind.toLowerCase()));

export function isPrefixedKind(kind: string): boolean {
  return prefixedKinds.has(kind);
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

function toUpstream(reference: JsonObject, { tenantId }: TranslateContext): JsonObject {
  const namespace = textOf(reference, 'namespace');
  const target = textOf(reference, 'name');
  return {
    ...reference,
    ...(namespace !== undefined && { namespace: toUpstreamName(tenantId, namespace) }),
    ...(target !== undefined && isPrefixedKind(textOf(reference, 'kind') ?? '') && { name: toUpstreamName(tenantId, target) }),
  };
}

/** Upstream writes `kind` first, so nothing has to be held back. What is cluster-scoped loses the namespace that it was given above. */
export const objectReferenceToTenant: Plan = {
  fields: { namespace: { string: 'strip' } },
  byKind: Object.fromEntries(
    [...clusterKinds].map((kind): [string, Plan] => [
      kind,
      { fields: { namespace: { drop: true }, ...(prefixedKinds.has(kind) && { name: { string: 'strip' } }) } },
    ]),
  ),
};
