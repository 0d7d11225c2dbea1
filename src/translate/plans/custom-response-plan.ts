/**
 * Answers about custom resources. Their kind is known to upstream alone, and upstream writes them with sorted keys, `apiVersion`
 * before `kind`: so they are told by the request, where other kinds say what they are.
 */
import { compilePlan } from '../engine/compile-plan.ts';
import { rewriteJson } from '../engine/json-rewriter.ts';
import type { Capture, Plan } from '../engine/plan.ts';
import { isJsonObject, type JsonObject, parseLossless, printLossless } from '../lossless-json.ts';
import { mergePlans } from './merge-plans.ts';

const FOREIGN_UNLESS_OWNED = { unit: { unowned: 'foreign' } } as const;
const KEPT_UNLESS_FOREIGN = { unit: { unowned: 'keep' } } as const;

/** What stands in any kind's object; `namespace` must say whose it is. */
export interface CustomParts {
  readonly metadata: Plan;
  readonly status: Plan;
  /** `own`: the group says whose it is, besides a namespace where there is one. `shared`: the namespace alone, or nobody. */
  readonly custom: 'own' | 'shared';
  readonly isNamespaced: boolean;
}

/** `collection`: the answer to a list, or to the deletion of a collection. A Table, metadata and a Status say so themselves. */
export function buildCustomResponsePlan(parts: CustomParts, listMetadata: Plan, collection: boolean): Plan {
  const { metadata, status, custom, isNamespaced } = parts;
  const object = { ...customObject(metadata, custom), ...(custom === 'own' || isNamespaced ? FOREIGN_UNLESS_OWNED : KEPT_UNLESS_FOREIGN) };
  const partial = { fields: { metadata }, ...(custom === 'own' || !isNamespaced ? KEPT_UNLESS_FOREIGN : FOREIGN_UNLESS_OWNED) };
  const listOf = (item: Plan): Plan => ({
    fields: { metadata: listMetadata, items: { items: item }, ...(custom === 'own' && { apiVersion: { string: 'strip' } }) },
  });
  return {
    ...(collection ? listOf(object) : object),
    byKind: {
      Status: status,
      Scale: partial,
      PartialObjectMetadata: partial,
      PartialObjectMetadataList: listOf(partial),
      Table: {
        fields: { metadata: listMetadata, rows: { items: { ...rowOf(parts), ...(custom === 'shared' && { unit: partial.unit }) } } },
      },
    },
  };
}

/** What an event of a watch is about. The event is the unit. */
export function buildCustomWatchedPlan(parts: CustomParts): Plan {
  return {
    ...customObject(parts.metadata, parts.custom),
    byKind: {
      Status: parts.status,
      PartialObjectMetadata: { fields: { metadata: parts.metadata } },
      Table: { fields: { rows: { items: rowOf(parts) } } },
    },
  };
}

/** One that stands inside a string, and is asked about nothing. */
export function buildCustomNestedPlan(metadata: Plan): Plan {
  return { fields: { apiVersion: { string: 'strip' }, metadata } };
}

function customObject(metadata: Plan, custom: 'own' | 'shared'): Plan {
  return { fields: { metadata, ...(custom === 'own' && { apiVersion: { string: 'own' } }) } };
}

/** A CRD's columns may show any field. What of the metadata is spelled otherwise upstream is translated where a cell holds just that. */
function rowOf({ metadata, custom, isNamespaced }: CustomParts): Plan {
  const object = { ...customObject(metadata, custom), byKind: { PartialObjectMetadata: { fields: { metadata } } } };
  const row: Plan = { fields: { object } };
  // The rows of a filtered list must stay open to the rewriter, which leaves out what is foreign.
  if (custom === 'shared' && isNamespaced) return row;
  const compiled = compilePlan(mergePlans(row, KEPT_UNLESS_FOREIGN));
  const capture: Capture = {
    run(json, context) {
      const parsed = parseLossless(json);
      const translated = rewriteJson(compiled, context, json).toString('utf8');
      const after: unknown = parseLossless(translated);
      if (!isJsonObject(parsed) || !isJsonObject(after) || !Array.isArray(parsed.cells)) return translated;
      const names = changedNames(parsed, after);
      if (!parsed.cells.some((cell) => names.has(cell))) return translated;
      return printLossless({ ...after, cells: parsed.cells.map((cell) => names.get(cell) ?? cell) });
    },
  };
  return { capture };
}

/** The namespace, and the owners' names and versions, from upstream's spelling to the tenant's. */
function changedNames(before: JsonObject, after: JsonObject): ReadonlyMap<unknown, unknown> {
  const places = (row: JsonObject): unknown[] => {
    const metadata = isJsonObject(row.object) && isJsonObject(row.object.metadata) ? row.object.metadata : {};
    const owners = Array.isArray(metadata.ownerReferences) ? metadata.ownerReferences.filter(isJsonObject) : [];
    return [metadata.namespace, ...owners.flatMap(({ apiVersion, name }) => [apiVersion, name])];
  };
  const shown = places(after);
  return new Map(
    places(before).flatMap((name, index) => (name !== undefined && name !== shown[index] ? [[name, shown[index]] as const] : [])),
  );
}
