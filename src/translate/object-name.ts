/**
 * The name of an object on both sides, by the row of its kind.
 *
 * A shared object has the same name on both sides. What a tenant has of the same name was there before it was shared, and is told
 * from it by its prefix, which is then shown. So a name that is a shared one behind any number of own prefixes stays as it is, both
 * ways; any other has one prefix more upstream. Each direction undoes the other, whatever is shared.
 */
import { ownsUpstreamDefinition, toTenantDefinition, toUpstreamDefinition } from '../names/definition.ts';
import { ownsUpstreamName, prefixOf, toTenantName, toUpstreamName } from '../names/prefix.ts';
import type { TranslateContext } from './context.ts';
import { hasPrefixedNames } from './table/index.ts';
import type { ResourceRow } from './table/row.ts';

export type NameContext = Pick<TranslateContext, 'tenantId' | 'shared'>;

/** Whether that is one of the platform's own objects, shown to all tenants. */
export function isSharedName({ group, kind }: ResourceRow, objectName: string, { shared }: NameContext): boolean {
  return shared?.isSharedObject(group, kind, objectName) === true;
}

/** Names of namespaced objects, of custom resources, and of what the platform shares are the same on both sides; '' stays ''. */
export function toUpstreamObjectName(row: ResourceRow, tenantName: string, context: NameContext): string {
  const { tenantId } = context;
  if (tenantName === '' || !hasPrefixedNames(row) || isKept(row, tenantName, context)) return tenantName;
  return row.nameFormat === 'definition' ? toUpstreamDefinition(tenantId, tenantName) : toUpstreamName(tenantId, tenantName);
}

/** A name that is not the tenant's stays as it is: a reference that the platform has written. */
export function toTenantObjectName(row: ResourceRow, upstreamName: string, context: NameContext): string {
  if (!hasPrefixedNames(row) || isKept(row, upstreamName, context)) return upstreamName;
  const { tenantId } = context;
  return row.nameFormat === 'definition' ? toTenantDefinition(tenantId, upstreamName) : toTenantName(tenantId, upstreamName);
}

/** Of a kind with prefixed names. @returns undefined for the name of an object that is none of the tenant's, and not shared with it */
export function toOwnObjectName(row: ResourceRow, upstreamName: string, context: NameContext): string | undefined {
  const owns = row.nameFormat === 'definition' ? ownsUpstreamDefinition : ownsUpstreamName;
  const isShown = owns(context.tenantId, upstreamName) || isSharedName(row, upstreamName, context);
  return isShown ? toTenantObjectName(row, upstreamName, context) : undefined;
}

function isKept(row: ResourceRow, anyName: string, context: NameContext): boolean {
  if (!context.shared) return false;
  const prefix = prefixOf(context.tenantId);
  let bare = anyName;
  // The prefix of a CRD's name stands in its middle.
  while (row.shareable && bare.startsWith(prefix)) bare = bare.slice(prefix.length);
  return isSharedName(row, bare, context);
}
