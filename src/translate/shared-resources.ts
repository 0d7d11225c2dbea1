/** Custom resources of the platform's that tenants may use, as the configuration lists them. */
import type { SharedNames } from './context.ts';
import type { Scope } from './table/row.ts';

export interface SharedResource {
  readonly group: string;
  /** Plural, as in a path. */
  readonly resource: string;
  /** Cluster-scoped objects are the platform's, to be read; in its own namespaces a tenant has objects of its own. */
  readonly scope: Scope;
}

/**
 * The group of each is the platform's: tenants define nothing in it, and what of it is not listed does not exist for them. The
 * CRDs of those that are listed can be read.
 */
export function createSharedResources(resources: readonly SharedResource[]): SharedNames {
  const groups = new Set(resources.map(({ group }) => group));
  const scopes = new Map(resources.map(({ group, resource, scope }) => [`${resource}.${group}`, scope]));
  const isDefinition = (group: string, kind: string) => group === 'apiextensions.k8s.io' && kind === 'CustomResourceDefinition';
  return {
    isSharedGroup: (group) => groups.has(group),
    sharedScope: (group, resource) => scopes.get(`${resource}.${group}`),
    isSharedObject: (group, kind, name) => isDefinition(group, kind) && scopes.has(name),
    sharedObjects: (group, kind) => (isDefinition(group, kind) ? scopes.keys() : []),
  };
}
