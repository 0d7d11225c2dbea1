import { waitUntil } from '../../launch/wait-until.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { CommandError } from './command-error.ts';
import { qualifiedName, type TenantApi } from './tenant-api.ts';

const POLL_MS = 250;
const A_DAY_MS = 24 * 60 * 60 * 1000;

/** As kubectl does, says at once that it is deleted and then waits until it is gone; `wait` false: does not. */
export async function deleteTenant(api: TenantApi, id: string, wait: boolean): Promise<void> {
  const { metadata } = (await api.request('GET', id)) as Tenant;
  await api.request('DELETE', id);
  console.log(`${qualifiedName(id).replace('/', ' ').replace(id, JSON.stringify(id))} deleted`);
  if (wait) {
    await waitUntil(`${id} to be gone`, () => isGone(api, id, metadata.uid), { timeoutMs: A_DAY_MS, intervalMs: POLL_MS });
  }
}

/** Another tenant of the same name may have been made since. */
async function isGone(api: TenantApi, id: string, uid: string | undefined): Promise<boolean> {
  try {
    const { metadata } = (await api.request('GET', id)) as Tenant;
    return metadata.uid !== uid;
  } catch (error) {
    if (error instanceof CommandError && error.status === 404) return true;
    throw error;
  }
}
