/**
 * Names of CustomResourceDefinitions, `<plural>.<group>`. The tenant's prefix stands in front of the group:
 * `widgets.<id>-acme.io`. A name of another form names no definition, and has the prefix at its beginning, so that what
 * upstream says of it can be told to the tenant.
 */
import { ownsUpstreamName, toTenantName, toUpstreamName } from './prefix.ts';

export function toUpstreamDefinition(tenantId: string, tenantName: string): string {
  const group = groupStart(tenantName);
  return tenantName.slice(0, group) + toUpstreamName(tenantId, tenantName.slice(group));
}

export function ownsUpstreamDefinition(tenantId: string, upstreamName: string): boolean {
  return ownsUpstreamName(tenantId, upstreamName.slice(groupStart(upstreamName)));
}

/** A definition of the platform's, or of another tenant, stays as it is. */
export function toTenantDefinition(tenantId: string, upstreamName: string): string {
  const group = groupStart(upstreamName);
  return upstreamName.slice(0, group) + toTenantName(tenantId, upstreamName.slice(group));
}

/** Where the group begins; 0 for a name that has none. */
function groupStart(definition: string): number {
  const dot = definition.indexOf('.');
  return dot >= 0 && dot < definition.length - 1 ? dot + 1 : 0;
}
