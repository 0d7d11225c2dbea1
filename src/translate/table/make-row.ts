import type { Fields, Policy, ResourceRow, SubresourceRow } from './row.ts';

type Common = Pick<ResourceRow, 'group' | 'versions'>;
type Options = Partial<
  Pick<ResourceRow, 'fields' | 'subresources' | 'nameFormat' | 'nameless' | 'labelled' | 'cells' | 'admission' | 'shareable'>
>;

/** A namespaced kind that tenants use as they please. */
export function namespaced(common: Common, resource: string, kind: string, options: Options = {}): ResourceRow {
  return { ...common, resource, kind, scope: 'Namespaced', policy: 'served', fields: {}, subresources: {}, ...options };
}

/** A cluster-scoped kind whose objects belong to the tenant whose prefix their names have, and whose label they carry. */
export function clusterScoped(common: Common, resource: string, kind: string, options: Options = {}): ResourceRow {
  const kept = options.nameless ? {} : ({ labelled: true } as const);
  return { ...common, resource, kind, scope: 'Cluster', policy: 'served', fields: {}, subresources: {}, ...kept, ...options };
}

/** As `clusterScoped`; some of the platform's own objects may be shared with all tenants. */
export function classKind(common: Common, resource: string, kind: string, options: Options = {}): ResourceRow {
  return clusterScoped(common, resource, kind, { shareable: true, ...options });
}

/** A kind of the platform's: lists are empty, nothing is found by name; `reason` is for writes. */
export function hidden(
  common: Common,
  resource: string,
  kind: string,
  scope: ResourceRow['scope'] = 'Cluster',
  reason?: string,
): ResourceRow {
  return { ...common, resource, kind, scope, policy: 'hidden', fields: {}, subresources: {}, ...(reason && { reason }) };
}

/** A kind that is not for tenants, and why. */
export function refused(
  common: Common,
  resource: string,
  kind: string,
  reason: string,
  scope: ResourceRow['scope'] = 'Cluster',
): ResourceRow {
  return { ...common, resource, kind, scope, policy: 'refused', reason, fields: {}, subresources: {} };
}

/** The parent's own kind under another path. */
export const STATUS: SubresourceRow = { policy: 'served', body: 'object' };
/** Bytes that are nobody's to read. */
export const STREAM: SubresourceRow = { policy: 'served', body: 'stream' };
/** autoscaling/v1 Scale: replicas and a selector, nothing to translate but its metadata. */
export const SCALE: SubresourceRow = { policy: 'served', body: {}, kind: 'Scale' };

export function otherKind(kind: string, fields: Fields = {}): SubresourceRow {
  return { policy: 'served', body: fields, kind };
}

export function refusedSubresource(reason: string, policy: Policy = 'refused'): SubresourceRow {
  return { policy, reason, body: 'object' };
}
