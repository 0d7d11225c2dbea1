/**
 * Names of resources to be counted, as keys of a map: in a container's `requests` and `limits`, and in a quota's `hard` and
 * `used`. Some hold the name of a class, and one the group of a custom resource.
 */
import type { TranslateContext } from '../context.ts';
import type { KeyRule, StringRule } from '../engine/plan.ts';
import { toTenantGroup, toUpstreamGroup } from '../groups.ts';
import { toTenantObjectName, toUpstreamObjectName } from '../object-name.ts';
import type { ResourceRow } from '../table/row.ts';
import { type ClassRule, classRow } from './class-name.ts';

/** `resource.k8s.io` ResourceDeviceClassPrefix: a device of that class, asked for without a claim. */
const DEVICE = 'deviceclass.resource.kubernetes.io/';
/** core/v1 ResourceClaimsPerClass, and the storage quotas of a class. */
const DEVICES_OF_CLASS = '.deviceclass.resource.k8s.io/';
const STORAGE_OF_CLASS = '.storageclass.storage.k8s.io/';
const COUNT = 'count/';

type Spell = (row: ResourceRow, name: string, context: TranslateContext) => string;
type SpellGroup = (group: string, context: TranslateContext) => string;

export const resourceKeyToUpstream: KeyRule = (key, context) => deviceKey(key, context, toUpstreamObjectName);
export const resourceKeyToTenant: KeyRule = (key, context) => deviceKey(key, context, toTenantObjectName);
export const resourceNameToUpstream: StringRule = (resource, context) => deviceKey(resource, context, toUpstreamObjectName);
export const resourceNameToTenant: StringRule = (resource, context) => deviceKey(resource, context, toTenantObjectName);
export const quotaKeyToUpstream: KeyRule = (key, context) => quotaKey(key, context, toUpstreamObjectName, toUpstreamGroup);
export const quotaKeyToTenant: KeyRule = (key, context) => quotaKey(key, context, toTenantObjectName, toTenantGroup);

function deviceKey(key: string, context: TranslateContext, spell: Spell): string {
  return key.startsWith(DEVICE) ? DEVICE + spell(classRow('deviceClass'), key.slice(DEVICE.length), context) : key;
}

function quotaKey(key: string, context: TranslateContext, spell: Spell, spellGroup: SpellGroup): string {
  for (const lead of [`requests.${DEVICE}`, `limits.${DEVICE}`, DEVICE]) {
    if (key.startsWith(lead)) return lead + spell(classRow('deviceClass'), key.slice(lead.length), context);
  }
  if (key.startsWith(COUNT)) return COUNT + countedResource(key.slice(COUNT.length), context, spellGroup);
  const [of, at] = classInFront(key);
  return of ? spell(classRow(of), key.slice(0, at), context) + key.slice(at) : key;
}

/** `widgets.acme.io`; core resources have no group. */
function countedResource(counted: string, context: TranslateContext, spellGroup: SpellGroup): string {
  const dot = counted.indexOf('.');
  return dot < 0 ? counted : counted.slice(0, dot + 1) + spellGroup(counted.slice(dot + 1), context);
}

function classInFront(key: string): [of: ClassRule | undefined, at: number] {
  for (const [infix, of] of [
    [DEVICES_OF_CLASS, 'deviceClass'],
    [STORAGE_OF_CLASS, 'storageClass'],
  ] as const) {
    const at = key.indexOf(infix);
    if (at > 0) return [of, at];
  }
  return [undefined, 0];
}
