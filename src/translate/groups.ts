/**
 * API groups on both sides. A tenant's own CRDs stand in groups of its own upstream: `acme.io` is `<id>-acme.io` there.
 * Built-in groups, and groups of platform CRDs that are shared, are called the same on both sides.
 */
import { toTenantName, toUpstreamName } from '../names/prefix.ts';
import type { SharedNames } from './context.ts';
import { allRows } from './table/index.ts';

/** Groups that Kubernetes or this project may serve without the table naming one of their kinds: no tenant can have them. */
const RESERVED_GROUPS: readonly string[] = [
  'apidiscovery.k8s.io',
  'custom.metrics.k8s.io',
  'extensions',
  'external.metrics.k8s.io',
  'imagepolicy.k8s.io',
  'internal.apiserver.k8s.io',
  'lifecycle.k8s.io',
  'meta.k8s.io',
  'tenant.kubezoo.io',
];

const builtInGroups: ReadonlySet<string> = new Set([...allRows().map((row) => row.group), ...RESERVED_GROUPS]);

export interface GroupContext {
  readonly tenantId: string;
  readonly shared?: Pick<SharedNames, 'isSharedGroup'> | undefined;
}

/** Whether a group is Kubernetes' own ('' is core), and so never one of a tenant's. */
export function isBuiltInGroup(group: string): boolean {
  return builtInGroups.has(group);
}

/** Whether objects of that group (in the tenant's spelling) are the tenant's custom resources; not asked whether it exists. */
export function isTenantGroup(group: string, { shared }: GroupContext): boolean {
  return !isBuiltInGroup(group) && !shared?.isSharedGroup(group);
}

/** `*`, built-in and shared groups stay as they are. */
export function toUpstreamGroup(group: string, context: GroupContext): string {
  return group !== '*' && isTenantGroup(group, context) ? toUpstreamName(context.tenantId, group) : group;
}

export function toTenantGroup(upstreamGroup: string, { tenantId }: GroupContext): string {
  return toTenantName(tenantId, upstreamGroup);
}

/** `group/version`, or `version` alone for core, which stays as it is. */
export function toUpstreamApiVersion(apiVersion: string, context: GroupContext): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? apiVersion : toUpstreamGroup(apiVersion.slice(0, slash), context) + apiVersion.slice(slash);
}

export function toTenantApiVersion(upstreamApiVersion: string, context: GroupContext): string {
  return upstreamApiVersion.includes('/') ? toTenantGroup(upstreamApiVersion, context) : upstreamApiVersion;
}
