import type { Tenant } from '../../tenants/tenant.ts';
import type { TenantApi } from './tenant-api.ts';

/** Applies a merge patch; `changed` says whether anything became different. Throws CommandError. */
export async function patchTenant(api: TenantApi, id: string, patch: object): Promise<{ changed: boolean; tenant: Tenant }> {
  const before = (await api.request('GET', id)) as Tenant;
  const tenant = (await api.request('PATCH', id, { body: patch, contentType: 'application/merge-patch+json' })) as Tenant;
  // Generation: the controller may have written the status in between.
  return { changed: tenant.metadata.generation !== before.metadata.generation, tenant };
}
