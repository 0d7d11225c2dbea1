/** authorization/v1 ResourceAttributes: what a review asks about. */
import { toTenantIdentity, toUpstreamIdentity } from '../../names/identity.ts';
import { toTenantName, toUpstreamName } from '../../names/prefix.ts';
import type { TranslateContext } from '../context.ts';
import { translateFieldSelector } from '../field-selector.ts';
import { isTenantGroup, toTenantGroup, toUpstreamGroup } from '../groups.ts';
import { translateLabelSelector } from '../label-selector.ts';
import { isJsonObject, type JsonObject } from '../lossless-json.ts';
import { toTenantObjectName, toUpstreamObjectName } from '../object-name.ts';
import { type Direction, fieldTranslation, hasTranslatedLabels, labelTranslation } from '../selectors.ts';
import { ownCustomResources } from '../table/custom.ts';
import { allRows } from '../table/index.ts';
import type { ResourceRow } from '../table/row.ts';
import { captureObject, textOf } from './capture-object.ts';
import { isIdentityResource } from './identity-resources.ts';
import { grantedSignerToUpstream, isSignerResource } from './signer-name.ts';

/** @throws KubeError BadRequest for a selector that cannot be read */
export function attributesToUpstream(attributes: JsonObject, context: TranslateContext): JsonObject {
  const group = textOf(attributes, 'group') ?? '';
  return translate(attributes, group, toUpstreamGroup(group, context), context, 'toUpstream');
}

export const resourceAttributesToUpstream = captureObject(attributesToUpstream);

export const resourceAttributesToTenant = captureObject(
  (attributes, context) => {
    const group = toTenantGroup(textOf(attributes, 'group') ?? '', context);
    return translate(attributes, group, group, context, 'toTenant');
  },
  { unlessHolding: 'identity' },
);

/** @param group in the tenant's spelling */
function translate(
  attributes: JsonObject,
  group: string,
  translatedGroup: string,
  context: TranslateContext,
  direction: Direction,
): JsonObject {
  const { tenantId } = context;
  const resource = textOf(attributes, 'resource');
  const row = isTenantGroup(group, context)
    ? ownCustomResources
    : allRows().find((candidate) => candidate.group === group && candidate.resource === resource);
  const spell = direction === 'toUpstream' ? toUpstreamName : toTenantName;
  const spellIdentity = direction === 'toUpstream' ? toUpstreamIdentity : toTenantIdentity;
  const spellSigner = direction === 'toUpstream' ? grantedSignerToUpstream : toTenantName;
  const spellObject = direction === 'toUpstream' ? toUpstreamObjectName : toTenantObjectName;
  const namespace = textOf(attributes, 'namespace');
  const target = textOf(attributes, 'name');
  const { fieldSelector, labelSelector } = attributes;
  return {
    ...attributes,
    ...(group !== '' && { group: translatedGroup }),
    ...(namespace !== undefined && { namespace: spell(tenantId, namespace) }),
    ...(target !== undefined && row && { name: spellObject(row, target, context) }),
    ...(target !== undefined && isIdentityResource(group, resource ?? '') && { name: spellIdentity(tenantId, target) }),
    ...(target && isSignerResource(group, resource ?? '') && { name: spellSigner(tenantId, target) }),
    ...(isJsonObject(fieldSelector) && { fieldSelector: translateFields(fieldSelector, row, context, direction) }),
    ...(isJsonObject(labelSelector) && { labelSelector: translateLabels(labelSelector, row, tenantId, direction) }),
  };
}

function translateFields(selector: JsonObject, row: ResourceRow | undefined, context: TranslateContext, direction: Direction): JsonObject {
  const raw = textOf(selector, 'rawSelector');
  const translateValue = fieldTranslation(row, context, direction, new Map());
  return {
    ...selector,
    ...(raw !== undefined && { rawSelector: translateFieldSelector(raw, (equals) => fieldTranslation(row, context, direction, equals)) }),
    ...withRequirements(selector, (key) => key, translateValue),
  };
}

function translateLabels(selector: JsonObject, row: ResourceRow | undefined, tenantId: string, direction: Direction): JsonObject {
  const raw = textOf(selector, 'rawSelector');
  const translation = labelTranslation(row, tenantId, direction);
  return {
    ...selector,
    ...(raw !== undefined && hasTranslatedLabels(row, raw) && { rawSelector: translateLabelSelector(raw, translation) }),
    ...withRequirements(selector, translation.key, translation.value),
  };
}

function withRequirements(
  selector: JsonObject,
  translateKey: (key: string) => string,
  translateValue: (key: string, value: string) => string,
): JsonObject {
  const { requirements } = selector;
  if (!Array.isArray(requirements)) return {};
  return {
    requirements: requirements.map((requirement) => {
      const key = isJsonObject(requirement) ? textOf(requirement, 'key') : undefined;
      if (key === undefined) return requirement;
      const { values } = requirement as JsonObject;
      return {
        ...(requirement as JsonObject),
        key: translateKey(key),
        ...(Array.isArray(values) && { values: values.map((value) => (typeof value === 'string' ? translateValue(key, value) : value)) }),
      };
    }),
  };
}
