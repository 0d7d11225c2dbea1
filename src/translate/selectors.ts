/** Which fields and labels of a selector hold names, for a kind and in either direction. */
import { KubeError } from '../errors.ts';
import { toTenantName, toUpstreamName } from '../names/prefix.ts';
import type { FieldTranslation } from './field-selector.ts';
import type { LabelTranslation } from './label-selector.ts';
import { isPrefixedKind } from './rules/object-reference.ts';
import { AGGREGATION, aggregationKeyToTenant, aggregationKeyToUpstream, RESERVED_KEY_PREFIX } from './rules/reserved-keys.ts';
import { NAMESPACE_NAME_LABEL } from './rules/tenant-selector.ts';
import { hasPrefixedNames } from './table/index.ts';
import type { ResourceRow } from './table/row.ts';

export type Direction = 'toUpstream' | 'toTenant';

/** core/v1 and events.k8s.io/v1 call what an Event is about by different names, and both know the first. */
const SUBJECTS_OF_EVENTS = ['involvedObject', 'regarding'];

/** `equals` holds what the selector wants other fields to be: the kind of what an Event is about. */
export function fieldTranslation(
  row: ResourceRow | undefined,
  tenantId: string,
  direction: Direction,
  equals: ReadonlyMap<string, string>,
): FieldTranslation {
  const prefixedFields = new Set(['metadata.namespace', ...SUBJECTS_OF_EVENTS.map((subject) => `${subject}.namespace`)]);
  if (row && hasPrefixedNames(row)) prefixedFields.add('metadata.name');
  for (const subject of SUBJECTS_OF_EVENTS) {
    if (isPrefixedKind(equals.get(`${subject}.kind`) ?? '')) prefixedFields.add(`${subject}.name`);
  }
  return (field, value) => (prefixedFields.has(field) ? translateName(tenantId, direction, value) : value);
}

/** The translation throws KubeError BadRequest for labels that do not exist for tenants. */
export function labelTranslation(row: ResourceRow | undefined, tenantId: string, direction: Direction): LabelTranslation {
  const isCore = row?.group === '';
  const isClusterRole = row?.kind === 'ClusterRole' && !isCore;
  const translateKey = direction === 'toUpstream' ? aggregationKeyToUpstream : aggregationKeyToTenant;
  return {
    key(key) {
      if (direction === 'toUpstream' && key.startsWith(RESERVED_KEY_PREFIX)) {
        throw new KubeError('BadRequest', `labels under ${RESERVED_KEY_PREFIX} belong to the platform and cannot be selected by`);
      }
      return isClusterRole ? translateKey(tenantId, key) : key;
    },
    value(key, value) {
      return isCore && row.resource === 'namespaces' && key === NAMESPACE_NAME_LABEL ? translateName(tenantId, direction, value) : value;
    },
  };
}

/** Keys have no escapes, so a selector that names none of these is the same in both spellings. */
export function hasTranslatedLabels(selector: string): boolean {
  return selector.includes(RESERVED_KEY_PREFIX) || selector.includes(NAMESPACE_NAME_LABEL) || selector.includes(AGGREGATION);
}

function translateName(tenantId: string, direction: Direction, value: string): string {
  if (value === '') return value;
  return direction === 'toUpstream' ? toUpstreamName(tenantId, value) : toTenantName(tenantId, value);
}
