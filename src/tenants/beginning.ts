import type { Tenant } from './tenant.ts';

/**
 * Upstream's resourceVersion from which on what it has below the tenant's id is this tenant's: an id may have been another tenant's before. 0 where nobody
 * has noted it, as of tenants older than the note; Infinity before the controller has begun with the tenant: nobody can know of a version yet.
 */
export function beginningOf({ status }: Pick<Tenant, 'status'>): number {
  if (!status) return Number.POSITIVE_INFINITY;
  return Number(status.firstResourceVersion ?? 0);
}
