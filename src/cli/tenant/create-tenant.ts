import { TENANT_API_VERSION, type Tenant, type TenantSpec } from '../../tenants/tenant.ts';
import { CommandError } from './command-error.ts';
import { qualifiedName, type TenantApi } from './tenant-api.ts';
import { waitForTenant } from './wait-for-tenant.ts';

interface CreateOptions {
  /** One that is there already is left as it is, and is no error. */
  readonly ifAbsent?: boolean;
  /** Undefined: returns when the tenant is written down; else waits so long until it can be used. */
  readonly waitMs?: number | undefined;
}

export async function createTenant(
  api: TenantApi,
  id: string,
  spec: TenantSpec,
  { ifAbsent = false, waitMs }: CreateOptions,
): Promise<void> {
  const tenant = ifAbsent ? await findOrPostTenant(api, id, spec) : await postTenant(api, id, spec);
  if (waitMs === undefined) return;
  await waitForTenant(api, tenant, 'ready', ({ status }) => status?.phase === 'Ready', waitMs);
  console.log(`${qualifiedName(id)} ready`);
}

async function postTenant(api: TenantApi, id: string, spec: TenantSpec): Promise<Tenant> {
  const body = { apiVersion: TENANT_API_VERSION, kind: 'Tenant', metadata: { name: id }, spec };
  const created = (await api.request('POST', undefined, { body })) as Tenant;
  console.log(`${qualifiedName(id)} created`);
  return created;
}

async function findOrPostTenant(api: TenantApi, id: string, spec: TenantSpec): Promise<Tenant> {
  const found = await findTenant(api, id);
  if (found) return found;
  try {
    return await postTenant(api, id, spec);
  } catch (error) {
    // 409: somebody else has made it in between.
    const others = error instanceof CommandError && error.status === 409 ? await findTenant(api, id) : undefined;
    if (others) return others;
    throw error;
  }
}

async function findTenant(api: TenantApi, id: string): Promise<Tenant | undefined> {
  try {
    const found = (await api.request('GET', id)) as Tenant;
    if (found.metadata.deletionTimestamp) throw new CommandError(`error: tenant "${id}" is being deleted`);
    console.log(`${qualifiedName(id)} unchanged`);
    return found;
  } catch (error) {
    if (error instanceof CommandError && error.status === 404) return undefined;
    throw error;
  }
}
