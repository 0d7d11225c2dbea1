import { TENANT_API_VERSION } from '../../tenants/tenant.ts';
import { qualifiedName, type TenantApi } from './tenant-api.ts';

export async function createTenant(api: TenantApi, id: string): Promise<void> {
  await api.request('POST', undefined, {
    body: { apiVersion: TENANT_API_VERSION, kind: 'Tenant', metadata: { name: id }, spec: {} },
  });
  console.log(`${qualifiedName(id)} created`);
}
