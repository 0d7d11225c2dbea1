import type { SuspensionMode, Tenant } from '../../tenants/tenant.ts';
import { CommandError } from './command-error.ts';
import { patchTenant } from './patch-tenant.ts';
import { qualifiedName, type TenantApi } from './tenant-api.ts';
import { waitForTenant } from './wait-for-tenant.ts';

/** A condition of this type, where the controller writes one, says whether the suspension is in force. */
const SUSPENDED = 'Suspended';

/** `waitMs` undefined: does not wait. */
export async function suspendTenant(
  api: TenantApi,
  id: string,
  mode: SuspensionMode,
  reason: string | undefined,
  waitMs: number | undefined,
): Promise<void> {
  // Without null an earlier suspension's reason would stay.
  const { changed, tenant } = await patchTenant(api, id, { spec: { suspension: { mode, reason: reason ?? null } } });
  if (tenant.metadata.deletionTimestamp) throw new CommandError(`error: tenant "${id}" is being deleted`);
  if (waitMs !== undefined) await waitForTenant(api, tenant, 'suspended', inForce(tenant, 'True'), waitMs);
  console.log(`${qualifiedName(id)} ${changed ? 'suspended' : 'is suspended already'} (${mode})`);
}

export async function resumeTenant(api: TenantApi, id: string, waitMs: number | undefined): Promise<void> {
  const { changed, tenant } = await patchTenant(api, id, { spec: { suspension: null } });
  if (waitMs !== undefined && !tenant.metadata.deletionTimestamp) {
    await waitForTenant(api, tenant, 'resumed', inForce(tenant, 'False'), waitMs);
  }
  console.log(`${qualifiedName(id)} ${changed ? 'resumed' : 'is not suspended'}`);
}

/** Gateways heed the spec as soon as they see it; what the Tenant API shows is that the controller, and upstream, have followed. */
function inForce(written: Tenant, wanted: 'True' | 'False'): (tenant: Tenant) => boolean {
  const generation = written.metadata.generation ?? 0;
  return ({ status }) => {
    if ((status?.observedGeneration ?? 0) < generation) return false;
    const condition = status?.conditions?.find(({ type }) => type === SUSPENDED);
    return condition === undefined || condition.status === wanted;
  };
}
