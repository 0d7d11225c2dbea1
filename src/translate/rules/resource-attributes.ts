/** authorization/v1 ResourceAttributes: what a review asks about. */
import { toTenantName, toUpstreamName } from '../../names/prefix.ts';
import { translateFieldSelector } from '../field-selector.ts';
import { translateLabelSelector } from '../label-selector.ts';
import { isJsonObject, type JsonObject } from '../lossless-json.ts';
import { type Direction, fieldTranslation, hasTranslatedLabels, labelTranslation } from '../selectors.ts';
import { allRows, hasPrefixedNames } from '../table/index.ts';
import type { ResourceRow } from '../table/row.ts';
import { captureObject, textOf } from './capture-object.ts';

export const resourceAttributesToUpstream = captureObject((attributes, { tenantId }) => translate(attributes, tenantId, 'toUpstream'));

export const resourceAttributesToTenant = captureObject((attributes, { tenantId }) => translate(attributes, tenantId, 'toTenant'), {
  unlessHolding: 'prefix',
});

function translate(attributes: JsonObject, tenantId: string, direction: Direction): JsonObject {
  const group = textOf(attributes, 'group') ?? '';
  const resource = textOf(attributes, 'resource');
  const row = allRows().find((candidate) => candidate.group === group && candidate.resource === resource);
  const spell = direction === 'toUpstream' ? toUpstreamName : toTenantName;
  const namespace = textOf(attributes, 'namespace');
  const target = textOf(attributes, 'name');
  const { fieldSelector, labelSelector } = attributes;
  return {
    ...attributes,
    ...(namespace !== undefined && { namespace: spell(tenantId, namespace) }),
    ...(target !== undefined && row && hasPrefixedNames(row) && { name: spell(tenantId, target) }),
    ...(isJsonObject(fieldSelector) && { fieldSelector: translateFields(fieldSelector, row, tenantId, direction) }),
    ...(isJsonObject(labelSelector) && { labelSelector: translateLabels(labelSelector, row, tenantId, direction) }),
  };
}

function translateFields(selector: JsonObject, row: ResourceRow | undefined, tenantId: string, direction: Direction): JsonObject {
  const raw = textOf(selector, 'rawSelector');
  const translateValue = fieldTranslation(row, tenantId, direction, new Map());
  return {
    ...selector,
    ...(raw !== undefined && { rawSelector: translateFieldSelector(raw, (equals) => fieldTranslation(row, tenantId, direction, equals)) }),
    ...withRequirements(selector, (key) => key, translateValue),
  };
}

function translateLabels(selector: JsonObject, row: ResourceRow | undefined, tenantId: string, direction: Direction): JsonObject {
  const raw = textOf(selector, 'rawSelector');
  const translation = labelTranslation(row, tenantId, direction);
  return {
    ...selector,
    ...(raw !== undefined && hasTranslatedLabels(raw) && { rawSelector: translateLabelSelector(raw, translation) }),
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
