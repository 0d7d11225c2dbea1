/** An object that stands as JSON inside a string: `kubectl.kubernetes.io/last-applied-configuration`. */
import { identityPrefixOf } from '../../names/identity.ts';
import { TENANT_LABEL } from '../../tenants/tenant.ts';
import type { TranslateContext } from '../context.ts';
import type { CompiledPlan } from '../engine/compile-plan.ts';
import { rewriteJson } from '../engine/json-rewriter.ts';
import type { StringRule } from '../engine/plan.ts';
import { findRowOfKind } from '../find-row.ts';
import { toTenantApiVersion } from '../groups.ts';
import { isJsonObject } from '../lossless-json.ts';
import { groupOfApiVersion } from '../table/index.ts';
import type { ResourceRow } from '../table/row.ts';
import { textOf } from './capture-object.ts';

/** @param planOf the plan for a whole object of a kind; asked for when one is met, so that plans may hold each other */
export function nestedToUpstream(planOf: (row: ResourceRow) => CompiledPlan): StringRule {
  return (text, context) => rewriteNested(text, planOf, context, (apiVersion) => apiVersion);
}

export function nestedToTenant(planOf: (row: ResourceRow) => CompiledPlan): StringRule {
  return (text, context) => {
    const { tenantId, prefix } = context;
    const isTouched = text.includes(prefix) || text.includes(TENANT_LABEL) || text.includes(identityPrefixOf(tenantId));
    return isTouched ? rewriteNested(text, planOf, context, (apiVersion) => toTenantApiVersion(apiVersion, context)) : text;
  };
}

/**
 * What is no object of a served kind is left as it is, both ways.
 *
 * @param tenantVersion the tenant's spelling of the object's apiVersion
 * @throws what the object itself would be refused with
 */
function rewriteNested(
  text: string,
  planOf: (row: ResourceRow) => CompiledPlan,
  context: TranslateContext,
  tenantVersion: (apiVersion: string) => string,
): string {
  const parsed = parsedOrUndefined(text);
  if (!isJsonObject(parsed)) return text;
  const { apiVersion, kind, metadata } = parsed;
  const row =
    typeof apiVersion === 'string' && typeof kind === 'string'
      ? findRowOfKind(groupOfApiVersion(tenantVersion(apiVersion)), kind, context)
      : undefined;
  if (row?.policy !== 'served') return text;
  const nestedContext: TranslateContext = isJsonObject(metadata)
    ? { ...context, requestNamespace: textOf(metadata, 'namespace') }
    : context;
  return rewriteJson(planOf(row), nestedContext, text).toString('utf8');
}

function parsedOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
