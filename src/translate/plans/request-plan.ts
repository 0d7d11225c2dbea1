/** Plans for what a tenant sends: whole objects and the partial ones of merge, strategic and apply patches alike. */
import { checkNameLength } from '../../names/length.ts';
import type { TranslateContext } from '../context.ts';
import type { Plan, StringRule } from '../engine/plan.ts';
import { toUpstreamObjectName } from '../object-name.ts';
import { apiVersionToUpstream } from '../rules/api-group.ts';
import { ownerReferenceToUpstream } from '../rules/owner-reference.ts';
import { clusterRoleLabelToUpstream, dropReservedKey } from '../rules/reserved-keys.ts';
import { hasPrefixedNames } from '../table/index.ts';
import type { ResourceRow } from '../table/row.ts';
import { fieldsToPlan } from './fields-to-plan.ts';
import { mergePlans } from './merge-plans.ts';
import { REQUEST_RULES } from './request-rules.ts';
import { fieldsOf, isOwnKind, LAST_APPLIED, subresourceOf } from './row-plan.ts';

const API_VERSION: Plan = { string: apiVersionToUpstream };

/** @param nested what to do with an object inside a string */
export function buildRequestPlan(row: ResourceRow, subresource: string | undefined, nested: StringRule): Plan {
  const metadata = metadataPlan(isOwnKind(row, subresource) ? row : undefined, nested);
  const custom: Plan = {
    fields: { apiVersion: API_VERSION, metadata: { fields: { managedFields: { items: { fields: { apiVersion: API_VERSION } } } } } },
  };
  const object: Plan = { fields: { metadata } };
  return mergePlans(
    row.custom ? mergePlans(object, custom) : object,
    fieldsToPlan(fieldsOf(row, subresourceOf(row, subresource)), REQUEST_RULES),
  );
}

/** @param owner the row whose objects have this metadata; undefined for another kind under a sub-resource */
function metadataPlan(owner: ResourceRow | undefined, nested: StringRule): Plan {
  const isClusterRole = owner?.kind === 'ClusterRole';
  return {
    fields: {
      ...(owner &&
        hasPrefixedNames(owner) && { name: { string: nameToUpstream(owner) }, generateName: { string: generatedNameToUpstream(owner) } }),
      namespace: { string: 'add' },
      labels: { key: isClusterRole ? clusterRoleLabelToUpstream : dropReservedKey },
      annotations: { key: dropReservedKey, fields: { [LAST_APPLIED]: { string: nested } } },
      ownerReferences: { items: { capture: ownerReferenceToUpstream } },
    },
  };
}

/** Throws KubeError Invalid for a name that would be too long upstream. */
function nameToUpstream(row: ResourceRow): StringRule {
  const { kind, group, nameFormat = 'subdomain' } = row;
  return (tenantName, context: TranslateContext) => {
    checkNameLength({ kind, group, format: nameFormat }, tenantName);
    return toUpstreamObjectName(row, tenantName, context);
  };
}

function generatedNameToUpstream(row: ResourceRow): StringRule {
  return row.nameFormat === 'definition' ? (start, context: TranslateContext) => toUpstreamObjectName(row, start, context) : 'add';
}

const DIRECTIVES = ['$setElementOrder/', '$deleteFromPrimitiveList/'];

/** A strategic merge patch names a list's elements under further keys too: what is translated in the list is translated there. */
export function withPatchDirectives(plan: Plan): Plan {
  const fields: Record<string, Plan> = {};
  for (const [field, inner] of Object.entries(plan.fields ?? {})) {
    const translated = withPatchDirectives(inner);
    fields[field] = translated;
    if (translated.items) for (const directive of DIRECTIVES) fields[directive + field] = { items: translated.items };
  }
  return {
    ...plan,
    ...(plan.fields && { fields }),
    ...(plan.items && { items: withPatchDirectives(plan.items) }),
    ...(plan.others && { others: withPatchDirectives(plan.others) }),
  };
}
