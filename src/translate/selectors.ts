/** Which fields and labels of a selector hold names, for a kind and in either direction. */
import { KubeError } from '../errors.ts';
import { problemsOfQualifiedName } from '../names/label-names.ts';
import { toTenantName, toUpstreamName } from '../names/prefix.ts';
import { TENANT_CLIENT_SIGNER } from '../names/signer.ts';
import type { TranslateContext } from './context.ts';
import type { FieldTranslation } from './field-selector.ts';
import { toTenantApiVersion, toUpstreamApiVersion } from './groups.ts';
import type { LabelTranslation } from './label-selector.ts';
import { toTenantObjectName, toUpstreamObjectName } from './object-name.ts';
import { clusterRowOf } from './rules/object-reference.ts';
import { RESERVED_KEY_PREFIX, roleLabelKeyToTenant, roleLabelKeyToUpstream } from './rules/reserved-keys.ts';
import { NAMESPACE_NAME_LABEL } from './rules/tenant-selector.ts';
import type { ResourceRow } from './table/row.ts';

export type Direction = 'toUpstream' | 'toTenant';

/** core/v1 and events.k8s.io/v1 call what an Event is about by different names, and both know the first. */
const SUBJECTS_OF_EVENTS = ['involvedObject', 'regarding'];

type SelectorContext = Pick<TranslateContext, 'tenantId' | 'shared'>;

/** `equals` holds what the selector wants other fields to be, as it stood there: the kind and version of what an Event is about. */
export function fieldTranslation(
  row: ResourceRow | undefined,
  context: SelectorContext,
  direction: Direction,
  equals: ReadonlyMap<string, string>,
): FieldTranslation {
  const spellName = direction === 'toUpstream' ? toUpstreamObjectName : toTenantObjectName;
  const spellVersion = direction === 'toUpstream' ? toUpstreamApiVersion : toTenantApiVersion;
  const spellNamespace = (value: string) => translateName(context.tenantId, direction, value);
  const fields = new Map<string, (value: string) => string>([['metadata.namespace', spellNamespace]]);
  if (row) fields.set('metadata.name', (value) => spellName(row, value, context));
  if (row?.group === 'certificates.k8s.io') {
    fields.set('spec.signerName', (value) => (value === TENANT_CLIENT_SIGNER ? value : spellNamespace(value)));
  }
  // Custom resources may be selected by any field of theirs.
  if (!row?.custom) {
    for (const subject of SUBJECTS_OF_EVENTS) {
      const kind = equals.get(`${subject}.kind`) ?? '';
      const apiVersion = equals.get(`${subject}.apiVersion`) ?? '';
      const subjectRow = clusterRowOf(kind, direction === 'toUpstream' ? apiVersion : toTenantApiVersion(apiVersion, context), context);
      fields.set(`${subject}.namespace`, spellNamespace);
      fields.set(`${subject}.apiVersion`, (value) => spellVersion(value, context));
      if (subjectRow) fields.set(`${subject}.name`, (value) => spellName(subjectRow, value, context));
    }
  }
  return (field, value) => fields.get(field)?.(value) ?? value;
}

/** The translation throws KubeError BadRequest for labels that do not exist for tenants. */
export function labelTranslation(row: ResourceRow | undefined, tenantId: string, direction: Direction): LabelTranslation {
  const isCore = row?.group === '';
  const translateKey = direction === 'toUpstream' ? roleLabelKeyToUpstream : roleLabelKeyToTenant;
  return {
    key(key) {
      if (direction === 'toUpstream' && key.startsWith(RESERVED_KEY_PREFIX)) {
        throw new KubeError('BadRequest', `labels under ${RESERVED_KEY_PREFIX} belong to the platform and cannot be selected by`);
      }
      if (!isClusterRoles(row)) return key;
      // With a prefix, a key that is none could be one.
      const [problem] = direction === 'toUpstream' ? problemsOfQualifiedName(key) : [];
      if (problem) {
        throw new KubeError('BadRequest', `unable to parse requirement: <nil>: Invalid value: ${JSON.stringify(key)}: ${problem}`);
      }
      return translateKey(tenantId, key);
    },
    value(key, value) {
      return isCore && row.resource === 'namespaces' && key === NAMESPACE_NAME_LABEL ? translateName(tenantId, direction, value) : value;
    },
  };
}

/** Keys have no escapes, so a selector that names none of these is the same in both spellings. */
export function hasTranslatedLabels(row: ResourceRow | undefined, selector: string): boolean {
  return selector.includes(RESERVED_KEY_PREFIX) || selector.includes(NAMESPACE_NAME_LABEL) || isClusterRoles(row);
}

function isClusterRoles(row: ResourceRow | undefined): boolean {
  return row?.kind === 'ClusterRole' && row.group === 'rbac.authorization.k8s.io';
}

function translateName(tenantId: string, direction: Direction, value: string): string {
  if (value === '') return value;
  return direction === 'toUpstream' ? toUpstreamName(tenantId, value) : toTenantName(tenantId, value);
}
