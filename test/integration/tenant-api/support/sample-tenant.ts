import { TENANT_API_VERSION, type Tenant } from '../../../../src/tenants/tenant.ts';

export function sampleTenant(name: string, labels?: Record<string, string>): Tenant {
  return { apiVersion: TENANT_API_VERSION, kind: 'Tenant', metadata: { name, ...(labels && { labels }) }, spec: {} };
}
