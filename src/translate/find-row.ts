/** The row for whatever a tenant may name: the table's kinds, custom resources of its own, those that the platform shares. */
import type { SharedNames } from './context.ts';
import { isBuiltInGroup } from './groups.ts';
import { ownCustomResources, sharedCustomResources } from './table/custom.ts';
import { findKind, findResource } from './table/index.ts';
import type { ResourceRow } from './table/row.ts';

interface FindContext {
  readonly shared?: Pick<SharedNames, 'isSharedGroup' | 'sharedScope'> | undefined;
}

/**
 * By group (the tenant's spelling, '' for core), version and plural, as in a path. Whether a custom resource exists is not asked.
 *
 * @returns undefined: not found, whatever upstream has there
 */
export function findRow(group: string, version: string, resource: string, { shared }: FindContext): ResourceRow | undefined {
  if (isBuiltInGroup(group)) return findResource(group, version, resource);
  if (!shared?.isSharedGroup(group)) return ownCustomResources;
  const scope = shared.sharedScope?.(group, resource);
  return scope && sharedCustomResources(scope);
}

/** By group (the tenant's spelling) and kind, as in an object or a reference to one. */
export function findRowOfKind(group: string, kind: string, { shared }: FindContext): ResourceRow | undefined {
  if (isBuiltInGroup(group)) return findKind(group, kind);
  return shared?.isSharedGroup(group) ? sharedCustomResources('Namespaced') : ownCustomResources;
}
