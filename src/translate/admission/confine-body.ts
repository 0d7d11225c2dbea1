/**
 * What the platform forces on a tenant's admission policies and webhooks: a selector over namespaces and a match condition.
 * Upstream shows these objects to no admission policy, so this is the only line: whatever the form of a write, what results
 * upstream carries both, or nothing is written.
 */
import { KubeError } from '../../errors.ts';
import { TENANT_LABEL } from '../../tenants/tenant.ts';
import { isJsonObject, type JsonObject } from '../lossless-json.ts';
import type { LabelledForm } from '../rules/tenant-label.ts';
import type { AdmissionRow } from '../table/row.ts';
import { FORCED_CONDITION, forcedCondition, isForcedCondition } from './forced-condition.ts';

const SET_ORDER = '$setElementOrder/';

/**
 * @param body an object, or a patch that looks like one, translated by the row's plan; each member stands in it once
 * @throws KubeError BadRequest for a patch that would take off what is forced, or does so in a way that cannot be followed
 */
export function confineBody(body: unknown, admission: AdmissionRow, tenantId: string, form: LabelledForm): unknown {
  if (!isJsonObject(body)) return body;
  if (form === 'strategic') refuseDirectives(body);
  if (admission.holder === 'webhooks') {
    return Object.hasOwn(body, 'webhooks') ? { ...body, webhooks: confineWebhooks(body.webhooks, admission, tenantId, form) } : body;
  }
  return Object.hasOwn(body, 'spec') ? { ...body, spec: confineSpec(body.spec, admission, tenantId, form) } : body;
}

/** Of a policy. */
export function confineSpec(spec: unknown, admission: AdmissionRow, tenantId: string, form: LabelledForm): unknown {
  if (!isJsonObject(spec)) return refuseNull('spec', spec, form);
  if (form === 'strategic') refuseDirectives(spec);
  const { matchConstraints } = spec;
  return {
    ...withConditions(spec, admission, tenantId, form),
    ...(Object.hasOwn(spec, 'matchConstraints') && { matchConstraints: confineConstraints(matchConstraints, tenantId, form) }),
  };
}

export function confineConstraints(constraints: unknown, tenantId: string, form: LabelledForm): unknown {
  if (!isJsonObject(constraints)) return refuseNull('spec.matchConstraints', constraints, form);
  if (form === 'strategic') refuseDirectives(constraints);
  return withSelector(constraints, tenantId, form);
}

/** Of a merge patch, the list is all there will be; of a strategic one, an element may be a part of one, or new. */
export function confineWebhooks(webhooks: unknown, admission: AdmissionRow, tenantId: string, form: LabelledForm): unknown {
  if (!Array.isArray(webhooks)) return webhooks;
  return webhooks.map((webhook) => {
    if (form === 'strategic' && isJsonObject(webhook) && Object.hasOwn(webhook, '$patch')) return checkRemoval(webhook);
    return confineWebhook(webhook, admission, tenantId, form === 'strategic' ? 'strategic' : 'object');
  });
}

export function confineWebhook(webhook: unknown, admission: AdmissionRow, tenantId: string, form: LabelledForm): unknown {
  if (!isJsonObject(webhook)) return webhook;
  if (form === 'strategic') refuseDirectives(webhook);
  return withSelector(withConditions(webhook, admission, tenantId, form), tenantId, form);
}

/** The list of match conditions with the forced one behind it. */
export function confineConditions(conditions: unknown, admission: AdmissionRow, tenantId: string): unknown {
  const forced = forcedCondition(tenantId, admission.acts);
  if (conditions === undefined || conditions === null) return [forced];
  // A wrong type, for upstream to refuse.
  if (!Array.isArray(conditions)) return conditions;
  if (conditions.some(isForcedCondition)) throw belongsToPlatform(`matchConditions[].name: ${FORCED_CONDITION}`);
  return [...conditions, forced];
}

/** The selector where a tenant gives none: all of its namespaces. */
export function ownNamespaces(tenantId: string): JsonObject {
  return { matchLabels: { [TENANT_LABEL]: tenantId } };
}

/** What a tenant writes as a selector, the plan has confined already. */
function withSelector(holder: JsonObject, tenantId: string, form: LabelledForm): JsonObject {
  const { namespaceSelector } = holder;
  if (namespaceSelector === null) {
    if (form === 'merge') throw allAtOnce('namespaceSelector');
    return { ...holder, namespaceSelector: { ...(form === 'strategic' && { $patch: 'replace' }), ...ownNamespaces(tenantId) } };
  }
  if (form === 'strategic' && isJsonObject(namespaceSelector)) {
    refuseDirectives(namespaceSelector);
    if (isJsonObject(namespaceSelector.matchLabels)) refuseDirectives(namespaceSelector.matchLabels);
  }
  if (namespaceSelector !== undefined || form === 'merge') return holder;
  return { ...holder, namespaceSelector: ownNamespaces(tenantId) };
}

function withConditions(holder: JsonObject, admission: AdmissionRow, tenantId: string, form: LabelledForm): JsonObject {
  const { matchConditions } = holder;
  if (form === 'merge' && matchConditions === undefined) return holder;
  if (form !== 'strategic') return { ...holder, matchConditions: confineConditions(matchConditions, admission, tenantId) };
  const order = holder[`${SET_ORDER}matchConditions`];
  if (Array.isArray(order) && order.some(isForcedCondition)) throw belongsToPlatform(`matchConditions[].name: ${FORCED_CONDITION}`);
  const kept = Array.isArray(matchConditions) ? matchConditions.map(checkRemoval) : matchConditions;
  // Null takes off all that the tenant has.
  const rest = kept === null ? [{ $patch: 'replace' }] : kept;
  return { ...holder, matchConditions: confineConditions(rest, admission, tenantId) };
}

/** A directive inside of a list may take off a named element, or put others in the place of all. */
function checkRemoval<T>(element: T): T {
  if (!isJsonObject(element) || !Object.hasOwn(element, '$patch')) return element;
  const isRemoval = element.$patch === 'delete' && typeof element.name === 'string';
  const isReplacement = element.$patch === 'replace' && Object.keys(element).length === 1;
  if (!isRemoval && !isReplacement) throw directive('$patch');
  return element;
}

/** Of an object that what is forced stands in, or inside of. */
function refuseDirectives(holder: JsonObject): void {
  const found = Object.keys(holder).find((key) => key.startsWith('$') && !key.startsWith(SET_ORDER));
  if (found !== undefined) throw directive(found);
}

function refuseNull(field: string, value: unknown, form: LabelledForm): unknown {
  if (value === null && form !== 'object') throw allAtOnce(field);
  return value;
}

function directive(key: string): KubeError {
  return new KubeError('BadRequest', `the directive ${key} is not supported here: some of what it acts on belongs to the platform`);
}

function allAtOnce(field: string): KubeError {
  return new KubeError('BadRequest', `${field}: this cannot be removed all at once, name each of its members`);
}

function belongsToPlatform(what: string): KubeError {
  return new KubeError('BadRequest', `${what} belongs to the platform`);
}
