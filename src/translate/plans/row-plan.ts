/** What the plans of both directions need to know of a row. */
import type { Capture, Plan } from '../engine/plan.ts';
import type { Fields, ResourceRow, SubresourceRow } from '../table/row.ts';
import { mergePlans } from './merge-plans.ts';

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** @throws Error for a sub-resource that the table does not have: the caller must have refused it */
export function subresourceOf(row: ResourceRow, subresource: string | undefined): SubresourceRow | undefined {
  if (subresource === undefined) return undefined;
  if (!Object.hasOwn(row.subresources, subresource)) throw new Error(`the table has no ${row.resource}/${subresource}`);
  return row.subresources[subresource];
}

/** Whether the row's own objects are sent and answered, and not another kind about one of them. */
export function isOwnKind(row: ResourceRow, subresource: string | undefined): boolean {
  return (subresourceOf(row, subresource)?.body ?? 'object') === 'object';
}

export function isStream(row: ResourceRow, subresource: string | undefined): boolean {
  return subresourceOf(row, subresource)?.body === 'stream';
}

export function fieldsOf(row: ResourceRow, sub: SubresourceRow | undefined): Fields {
  if (sub === undefined || sub.body === 'object') return row.fields;
  return sub.body === 'stream' ? {} : sub.body;
}

/**
 * Whether names can stand in an object's `managedFields`: its own label, a quota's keys. Elsewhere that is so rare, and the
 * entries so large (pods), that they are left as they are.
 */
export function hasManagedNames(row: ResourceRow): boolean {
  return row.labelled === true || Object.values(row.fields).includes('quotaKeys');
}

export function withManagedFields(object: Plan, capture: Capture): Plan {
  return mergePlans(object, { fields: { metadata: { fields: { managedFields: { items: { capture } } } } } });
}
