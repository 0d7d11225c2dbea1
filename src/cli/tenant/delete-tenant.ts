import { setTimeout as delay } from 'node:timers/promises';
import type { Tenant } from '../../tenants/tenant.ts';
import { CommandError } from './command-error.ts';
import { describeProof } from './describe-proof.ts';
import { qualifiedName, type TenantApi } from './tenant-api.ts';

const RETRY_MS = 500;

/**
 * As kubectl does, says at once that it is deleted. With `wait` it then tells, on stderr, how far the removal is, and at the end what
 * was removed and how that is known; the id is free when it returns.
 */
export async function deleteTenant(api: TenantApi, id: string, wait: boolean): Promise<void> {
  const { metadata } = (await api.request('GET', id)) as Tenant;
  await api.request('DELETE', id);
  console.log(`${qualifiedName(id).replace('/', ' ').replace(id, JSON.stringify(id))} deleted`);
  if (!wait) return;
  const last = await followToItsEnd(api, id, metadata);
  process.stdout.write(describeProof(id, last));
}

/** The Tenant as it was in the end; undefined when only its absence could be seen. */
async function followToItsEnd(api: TenantApi, id: string, { uid, resourceVersion = '' }: Tenant['metadata']): Promise<Tenant | undefined> {
  let seen = resourceVersion;
  let told = '';
  for (;;) {
    try {
      for await (const { type, object } of api.watch(id, seen)) {
        if (type === 'ERROR') break;
        seen = object.metadata.resourceVersion ?? seen;
        if (type === 'BOOKMARK' || object.metadata.uid !== uid) continue;
        if (type === 'DELETED') return object;
        told = tell(object, told);
      }
    } catch (error) {
      // Gateways come and go; what is refused stays refused.
      if (!(error instanceof CommandError) || (error.status !== undefined && error.status < 500 && error.status !== 410)) throw error;
    }
    await delay(RETRY_MS);
    // The watch has ended; what it has not told may be too long ago by now.
    const present = await findTenant(api, id);
    if (present === 'unknown') continue;
    if (present?.metadata.uid !== uid) return await lookBack(api, id, uid, seen);
    seen = present?.metadata.resourceVersion ?? seen;
  }
}

/** The event DELETED, where the server still knows it. */
async function lookBack(api: TenantApi, id: string, uid: string | undefined, since: string): Promise<Tenant | undefined> {
  try {
    for await (const { type, object } of api.watch(id, since)) {
      if (type === 'DELETED' && object.metadata.uid === uid) return object;
      if (type === 'ERROR' || type === 'BOOKMARK') return undefined;
    }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
  }
  return undefined;
}

async function findTenant(api: TenantApi, id: string): Promise<Tenant | undefined | 'unknown'> {
  try {
    return (await api.request('GET', id)) as Tenant;
  } catch (error) {
    if (error instanceof CommandError && error.status === 404) return undefined;
    if (error instanceof CommandError && (error.status === undefined || error.status >= 500)) return 'unknown';
    throw error;
  }
}

/** Says on stderr what is new in the condition. */
function tell({ status }: Tenant, told: string): string {
  const cleanedUp = status?.conditions?.find(({ type }) => type === 'CleanedUp');
  if (!cleanedUp || cleanedUp.status === 'True' || cleanedUp.message === told) return told;
  console.error(cleanedUp.message);
  return cleanedUp.message;
}
