/** Plans for what upstream answers. Whose an object is, its namespace says, or its name where it is cluster-scoped. */
import { admissionFieldsToTenant } from '../admission/managed-fields.ts';
import type { TranslateContext } from '../context.ts';
import type { Capture, KeyRule, Plan, StringRule } from '../engine/plan.ts';
import { toOwnObjectName, toTenantObjectName } from '../object-name.ts';
import { cellsToTenant } from '../rules/cells.ts';
import { definitionTextToTenant, freeTextToTenant } from '../rules/identities.ts';
import { managedFields } from '../rules/managed-fields.ts';
import { ownerReferenceToTenant } from '../rules/owner-reference.ts';
import { clusterRoleLabelToTenant, dropReservedKey } from '../rules/reserved-keys.ts';
import { dottedDetailsToTenant, statusDetailsToTenant } from '../rules/status-details.ts';
import { labelsToTenant } from '../rules/tenant-label.ts';
import { hasPrefixedNames } from '../table/index.ts';
import type { ResourceRow } from '../table/row.ts';
import { buildCustomNestedPlan, buildCustomResponsePlan, buildCustomWatchedPlan, type CustomParts } from './custom-response-plan.ts';
import { fieldsToPlan } from './fields-to-plan.ts';
import { mergePlans } from './merge-plans.ts';
import { RESPONSE_RULES } from './response-rules.ts';
import { fieldsOf, hasManagedNames, isOwnKind, isStream, LAST_APPLIED, subresourceOf, withManagedFields } from './row-plan.ts';

const sealContinue: StringRule = (token, context: TranslateContext) =>
  token === '' || !context.sealContinue ? token : context.sealContinue(token);
/** Of lists, and of the Status that says that a page is too old. */
const PAGED: Plan = { fields: { continue: { string: sealContinue } } };

/** metav1.Status: the answer to a delete, and every error. */
const STATUS: Plan = {
  fields: { metadata: PAGED, message: { string: freeTextToTenant }, details: { capture: statusDetailsToTenant } },
};
/** About CRDs, whose names have the prefix behind a dot, and ClusterRoles, whose labels' paths have. */
const STATUS_WITH_DOTS: Plan = {
  fields: { metadata: PAGED, message: { string: definitionTextToTenant }, details: { capture: dottedDetailsToTenant } },
};

/** For an object of unknown kind: no kind begins with a tenant's prefix, so it is nobody's. */
const FOREIGN_KIND: Plan = { fields: { kind: { string: 'own' } } };

const FOREIGN_UNLESS_OWNED = { unit: { unowned: 'foreign' } } as const;
/** What has no identity is the answer to a question; what has one must be the tenant's all the same. */
const KEPT_UNLESS_FOREIGN = { unit: { unowned: 'keep' } } as const;

interface Shapes {
  readonly kind: string;
  readonly unit: typeof FOREIGN_UNLESS_OWNED | typeof KEPT_UNLESS_FOREIGN;
  readonly object: Plan;
  /** PartialObjectMetadata of one. */
  readonly partial: Plan;
  /** A row of a Table. */
  readonly tableRow: Plan;
}

export interface ResponseOptions {
  /** A list of the whole cluster is being filtered: its paging and its counts are about all tenants' objects. */
  readonly filtered?: boolean;
  /** The answer to a list, or to the deletion of a collection; only custom resources do not say so themselves. */
  readonly collection?: boolean;
}

/** One document: an object, a list of them, a Table, their metadata, or a Status. */
export function buildResponsePlan(
  row: ResourceRow,
  subresource: string | undefined,
  { filtered = false, collection = false }: ResponseOptions,
  nested: StringRule,
): Plan {
  // The bytes of a stream are the tenant's own; only what upstream says of it is a document.
  if (isStream(row, subresource)) return { byKind: { Status: STATUS } };
  const metadata: Plan = filtered ? { fields: { continue: { drop: true }, remainingItemCount: { drop: true } } } : PAGED;
  if (row.custom) return buildCustomResponsePlan(customParts(row, nested), metadata, collection);
  const { kind, unit, object, partial, tableRow } = shapesOf(row, subresource, nested, 'own');
  const listOf = (item: Plan): Plan => ({ fields: { metadata, items: { items: { ...item, ...unit } } } });
  return {
    ...FOREIGN_UNLESS_OWNED,
    byKind: {
      Status: statusOf(row),
      [kind]: { ...object, ...unit },
      [`${kind}List`]: listOf(object),
      PartialObjectMetadata: { ...partial, ...unit },
      PartialObjectMetadataList: listOf(partial),
      Table: { fields: { metadata, rows: { items: { ...tableRow, ...unit } } } },
    },
  };
}

/** One event of a watch. The event as a whole is what is dropped; bookmarks and errors are about no object and stay. */
export function buildWatchPlan(row: ResourceRow, nested: StringRule): Plan {
  if (row.custom) return { ...KEPT_UNLESS_FOREIGN, fields: { object: buildCustomWatchedPlan(customParts(row, nested)) } };
  const { kind, object, partial, tableRow } = shapesOf(row, undefined, nested, 'own');
  const byKind: Record<string, Plan> = {
    Status: statusOf(row),
    [kind]: object,
    PartialObjectMetadata: partial,
    Table: { fields: { rows: { items: tableRow } } },
  };
  return { ...KEPT_UNLESS_FOREIGN, fields: { object: { ...FOREIGN_KIND, byKind } } };
}

/** An object that stands inside of something else (a string, a review): nobody asks whose it is. */
export function buildNestedResponsePlan(row: ResourceRow, nested: StringRule, subresource?: string): Plan {
  if (row.custom) return buildCustomNestedPlan(metadataPlan(row, nested, 'strip'));
  return shapesOf(row, subresource, nested, 'strip').object;
}

function statusOf(row: ResourceRow): Plan {
  return row.nameFormat === 'definition' || row.kind === 'ClusterRole' ? STATUS_WITH_DOTS : STATUS;
}

function customParts(row: ResourceRow, nested: StringRule): CustomParts {
  return {
    metadata: metadataPlan(row, nested, 'own'),
    status: STATUS,
    custom: row.custom!,
    isNamespaced: row.scope === 'Namespaced',
  };
}

function shapesOf(row: ResourceRow, subresource: string | undefined, nested: StringRule, identity: 'own' | 'strip'): Shapes {
  const sub = subresourceOf(row, subresource);
  const owner = isOwnKind(row, subresource) ? row : undefined;
  const bare = mergePlans(
    { fields: { metadata: metadataPlan(owner, nested, identity) } },
    fieldsToPlan(fieldsOf(row, sub), RESPONSE_RULES),
  );
  const object = owner && hasManagedNames(owner) ? withManagedFields(bare, managedFieldsOf(owner, bare)) : bare;
  const partial: Plan = { fields: { metadata: object.fields!.metadata! } };
  const cells = owner && cellsToTenant(owner);
  const kind = sub?.kind ?? row.kind;
  return {
    kind,
    unit: owner && !owner.nameless ? FOREIGN_UNLESS_OWNED : KEPT_UNLESS_FOREIGN,
    object,
    partial,
    tableRow: {
      fields: {
        ...(cells && { cells: { capture: cells } }),
        object: { ...FOREIGN_KIND, byKind: { [kind]: object, PartialObjectMetadata: partial } },
      },
    },
  };
}

function metadataPlan(owner: ResourceRow | undefined, nested: StringRule, identity: 'own' | 'strip'): Plan {
  const labelKey = labelKeyToTenant(owner);
  // A namespace has a label of its own beside the tenant's, so it is never left without.
  const mayLoseLabels = owner?.labelled && owner.kind !== 'Namespace';
  return {
    fields: {
      ...(owner && hasPrefixedNames(owner)
        ? { name: { string: nameRule(owner, identity) }, generateName: { string: generatedNameRule(owner) } }
        : { namespace: { string: identity } }),
      selfLink: { drop: true },
      labels: mayLoseLabels ? { capture: labelsToTenant(labelKey) } : { key: dropReservedKey },
      annotations: { key: dropReservedKey, fields: { [LAST_APPLIED]: { string: nested } } },
      ownerReferences: { items: { capture: ownerReferenceToTenant } },
      ...(owner?.custom && { managedFields: { items: { fields: { apiVersion: { string: 'strip' } } } } }),
    },
  };
}

/** Admission's own knows its names, too. */
function managedFieldsOf(owner: ResourceRow, object: Plan): Capture {
  const labelKey = labelKeyToTenant(owner);
  return owner.admission ? managedFields({}, labelKey, admissionFieldsToTenant) : managedFields(object, labelKey);
}

function labelKeyToTenant(owner: ResourceRow | undefined): KeyRule {
  return owner?.kind === 'ClusterRole' ? clusterRoleLabelToTenant : dropReservedKey;
}

/** The engine's own rules are for a prefix at the beginning. */
function nameRule(row: ResourceRow, identity: 'own' | 'strip'): StringRule {
  if (row.nameFormat !== 'definition' && !row.shareable) return identity;
  if (identity === 'own') return { own: (upstreamName, context: TranslateContext) => toOwnObjectName(row, upstreamName, context) };
  return (upstreamName, context) => toTenantObjectName(row, upstreamName, context);
}

function generatedNameRule(row: ResourceRow): StringRule {
  return row.nameFormat === 'definition' ? (start, context) => toTenantObjectName(row, start, context) : 'strip';
}
