/**
 * Keys of ResourceQuota's `spec.hard`: which there are (k8s.io/kubernetes/pkg/apis/core/helper), and on which side of the cluster
 * what they name is counted.
 */
import type { StatusCause } from '../errors.ts';
import { problemsOfQualifiedName } from '../names/label-names.ts';
import { toUpstreamName } from '../names/prefix.ts';
import { type GroupContext, isTenantGroup } from '../translate/groups.ts';
import { allRows } from '../translate/table/index.ts';
import type { ResourceRow } from '../translate/table/row.ts';
import { ONE, parseQuantity } from './quantity.ts';

const COUNT = 'count/';
/** Of these a key without a slash is one. */
const STANDARD: ReadonlySet<string> = new Set([
  ...['cpu', 'memory', 'ephemeral-storage', 'requests.cpu', 'requests.memory', 'requests.ephemeral-storage', 'requests.storage'],
  ...['limits.cpu', 'limits.memory', 'limits.ephemeral-storage', 'pods', 'services', 'replicationcontrollers', 'secrets', 'configmaps'],
  ...['persistentvolumeclaims', 'services.nodeports', 'services.loadbalancers'],
]);
const INTEGER: ReadonlySet<string> = new Set([
  ...['pods', 'services', 'replicationcontrollers', 'secrets', 'configmaps', 'persistentvolumeclaims'],
  ...['services.nodeports', 'services.loadbalancers'],
]);
const HUGE_PAGES = /^(requests\.)?hugepages-/;
/** The quota is itself kept in such objects. */
const OWN_KEYS: ReadonlySet<string> = new Set(['resourcequotas', 'count/resourcequotas']);

/** What is wrong with `spec.quota.hard`, in the apiserver's words. */
export function problemsOfHard(hard: Readonly<Record<string, string | number>>, field: string): StatusCause[] {
  return Object.entries(hard).flatMap(([key, quantity]) => problemsOfKey(key, quantity, `${field}[${key}]`));
}

function problemsOfKey(key: string, quantity: string | number, field: string): StatusCause[] {
  const invalid = (value: unknown, problem: string): StatusCause => ({
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${JSON.stringify(value)}: ${problem}`,
    field,
  });
  const names = problemsOfQualifiedName(key);
  if (names.length > 0) return names.map((problem) => invalid(key, problem));
  if (OWN_KEYS.has(key)) return [invalid(key, 'the quota of a tenant is kept in ResourceQuotas itself, they cannot be limited')];
  if (!key.includes('/') && !STANDARD.has(key) && !HUGE_PAGES.test(key)) return [invalid(key, 'must be a standard resource for quota')];
  const amount = parseQuantity(quantity);
  if (amount === undefined)
    return [invalid(quantity, "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")];
  if (amount < 0n) return [invalid(quantity, 'must be greater than or equal to 0')];
  if ((INTEGER.has(key) || key.startsWith(COUNT)) && amount % ONE !== 0n) return [invalid(quantity, 'must be an integer')];
  return [];
}

/** Written by people as `1Gi`. */
export function isBinaryKey(key: string): boolean {
  return /memory$|storage$|hugepages-/.test(key);
}

/** The smallest piece that it is sensible to hand out. */
export function grainOf(key: string): bigint {
  if (isBinaryKey(key)) return ONE * 1024n * 1024n;
  return /(^|\.)cpu$/.test(key) ? ONE / 1000n : ONE;
}

/** `count/<resource>.<group>` in parts; undefined for other keys. */
export function countedBy(key: string): { resource: string; group: string } | undefined {
  if (!key.startsWith(COUNT)) return undefined;
  const counted = key.slice(COUNT.length);
  const dot = counted.indexOf('.');
  return dot < 0 ? { resource: counted, group: '' } : { resource: counted.slice(0, dot), group: counted.slice(dot + 1) };
}

/** The row of the cluster-scoped kind that a key counts: no ResourceQuota knows of those, the gateway counts them itself. */
export function clusterScopedRow(key: string): ResourceRow | undefined {
  const counted = countedBy(key);
  if (!counted) return undefined;
  return allRows().find(({ group, resource, scope }) => group === counted.group && resource === counted.resource && scope === 'Cluster');
}

/** In the tenant's spelling in, in upstream's out. Names of classes are upstream's already: it is the platform's operator who writes them. */
export function toUpstreamKey(key: string, context: GroupContext): string {
  const counted = countedBy(key);
  if (!counted?.group || !isTenantGroup(counted.group, context)) return key;
  return `${COUNT}${counted.resource}.${toUpstreamName(context.tenantId, counted.group)}`;
}

export function countKey(group: string, resource: string): string {
  return group ? `${COUNT}${resource}.${group}` : `${COUNT}${resource}`;
}
