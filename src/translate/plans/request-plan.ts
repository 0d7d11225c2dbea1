/** Plans for what a tenant sends: whole objects and the partial ones of merge, strategic and apply patches alike. */
import { KubeError } from '../../errors.ts';
import { checkNameLength } from '../../names/length.ts';
import type { TranslateContext } from '../context.ts';
import type { KeyRule, Plan, StringRule } from '../engine/plan.ts';
import { isSharedName, toUpstreamObjectName } from '../object-name.ts';
import { apiVersionToUpstream } from '../rules/api-group.ts';
import { managedFields } from '../rules/managed-fields.ts';
import { ownerReferenceToUpstream } from '../rules/owner-reference.ts';
import { clusterRoleLabelToUpstream, dropReservedKey } from '../rules/reserved-keys.ts';
import { hasPrefixedNames } from '../table/index.ts';
import type { ResourceRow } from '../table/row.ts';
import { fieldsToPlan } from './fields-to-plan.ts';
import { mergePlans } from './merge-plans.ts';
import { REQUEST_RULES } from './request-rules.ts';
import { fieldsOf, hasManagedNames, isOwnKind, LAST_APPLIED, subresourceOf, withManagedFields } from './row-plan.ts';

const API_VERSION: Plan = { string: apiVersionToUpstream };

/** @param nested what to do with an object inside a string */
export function buildRequestPlan(row: ResourceRow, subresource: string | undefined, nested: StringRule): Plan {
  const owner = isOwnKind(row, subresource) ? row : undefined;
  const custom: Plan = {
    fields: { apiVersion: API_VERSION, metadata: { fields: { managedFields: { items: { fields: { apiVersion: API_VERSION } } } } } },
  };
  const object: Plan = { fields: { metadata: metadataPlan(owner, nested) } };
  const plan = mergePlans(
    row.custom ? mergePlans(object, custom) : object,
    fieldsToPlan(fieldsOf(row, subresourceOf(row, subresource)), REQUEST_RULES),
  );
  // Who says whose the forced fields are could have them taken off by whom he names: upstream goes on with what it has.
  if (owner?.admission) return mergePlans(plan, { fields: { metadata: { fields: { managedFields: { drop: true } } } } });
  return owner && hasManagedNames(owner) ? withManagedFields(plan, managedFields(plan, labelKeyToUpstream(owner))) : plan;
}

/** @param owner the row whose objects have this metadata; undefined for another kind under a sub-resource */
function metadataPlan(owner: ResourceRow | undefined, nested: StringRule): Plan {
  return {
    fields: {
      ...(owner &&
        hasPrefixedNames(owner) && { name: { string: nameToUpstream(owner) }, generateName: { string: generatedNameToUpstream(owner) } }),
      namespace: { string: 'add' },
      labels: { key: labelKeyToUpstream(owner) },
      annotations: { key: dropReservedKey, fields: { [LAST_APPLIED]: { string: nested } } },
      ownerReferences: { items: { capture: ownerReferenceToUpstream } },
    },
  };
}

function labelKeyToUpstream(owner: ResourceRow | undefined): KeyRule {
  return owner?.kind === 'ClusterRole' ? clusterRoleLabelToUpstream : dropReservedKey;
}

/** Throws KubeError Invalid for a name that would be too long upstream, AlreadyExists for one that is the platform's. */
function nameToUpstream(row: ResourceRow): StringRule {
  const { kind, group, resource, nameFormat = 'subdomain' } = row;
  return (tenantName, context: TranslateContext) => {
    checkNameLength({ kind, group, format: nameFormat }, tenantName);
    if (row.shareable && isSharedName(row, tenantName, context)) {
      const message = `${resource}.${group} ${JSON.stringify(tenantName)} already exists`;
      throw new KubeError('AlreadyExists', message, { name: tenantName, group, kind: resource });
    }
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
