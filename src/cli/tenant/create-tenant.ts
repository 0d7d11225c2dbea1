import { TENANT_API_VERSION, type Tenant, type TenantSpec } from '../../tenants/tenant.ts';
import { qualifiedName, type TenantApi } from './tenant-api.ts';
import { waitForTenant } from './wait-for-tenant.ts';

/** `waitMs` undefined: returns when the tenant is written down; else waits so long until it can be used. */
export async function createTenant(api: TenantApi, id: string, spec: TenantSpec, waitMs: number | undefined): Promise<void> {
  const created = (await api.request('POST', undefined, {
    body: { apiVersion: TENANT_API_VERSION, kind: 'Tenant', metadata: { name: id }, spec },
  })) as Tenant;
  console.log(`${qualifiedName(id)} created`);
  if (waitMs === undefined) return;
  await waitForTenant(api, created, 'ready', ({ status }) => status?.phase === 'Ready', waitMs);
  console.log(`${qualifiedName(id)} ready`);
}
