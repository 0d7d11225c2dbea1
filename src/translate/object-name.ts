/** The name of an object on both sides, by the row of its kind. */
import { ownsUpstreamDefinition, toTenantDefinition, toUpstreamDefinition } from '../names/definition.ts';
import { ownsUpstreamName, toTenantName, toUpstreamName } from '../names/prefix.ts';
import type { TranslateContext } from './context.ts';
import { hasPrefixedNames } from './table/index.ts';
import type { ResourceRow } from './table/row.ts';

export type NameContext = Pick<TranslateContext, 'tenantId' | 'shared'>;

/** Names of namespaced objects, of custom resources, and of what the platform shares are the same on both sides; '' stays ''. */
export function toUpstreamObjectName(row: ResourceRow, tenantName: string, { tenantId, shared }: NameContext): string {
  if (tenantName === '' || !hasPrefixedNames(row) || shared?.isSharedObject(row.group, row.kind, tenantName)) return tenantName;
  return row.nameFormat === 'definition' ? toUpstreamDefinition(tenantId, tenantName) : toUpstreamName(tenantId, tenantName);
}

/** A name that is not the tenant's stays as it is: a reference that the platform has written. */
export function toTenantObjectName(row: ResourceRow, upstreamName: string, { tenantId }: Pick<NameContext, 'tenantId'>): string {
  if (!hasPrefixedNames(row)) return upstreamName;
  return row.nameFormat === 'definition' ? toTenantDefinition(tenantId, upstreamName) : toTenantName(tenantId, upstreamName);
}

/** Of a kind with prefixed names. @returns undefined for the name of an object that is none of the tenant's, and not shared with it */
export function toOwnObjectName(row: ResourceRow, upstreamName: string, context: NameContext): string | undefined {
  const { tenantId, shared } = context;
  const owns = row.nameFormat === 'definition' ? ownsUpstreamDefinition : ownsUpstreamName;
  if (owns(tenantId, upstreamName)) return toTenantObjectName(row, upstreamName, context);
  return shared?.isSharedObject(row.group, row.kind, upstreamName) ? upstreamName : undefined;
}
