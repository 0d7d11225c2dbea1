import { waitUntil } from '../../../src/launch/wait-until.ts';
import { TENANT_API_VERSION, TENANT_GROUP, TENANT_VERSION } from '../../../src/tenants/tenant.ts';
import { isServed } from '../../helpers/make-tenant.ts';
import type { Stack } from '../../helpers/stack.ts';
import { inParallel } from './in-parallel.ts';

const TENANTS_PATH = `/apis/${TENANT_GROUP}/${TENANT_VERSION}/tenants`;
const WORKERS = 8;

/** Creates tenants through the Tenant API, several at a time; resolves, when all are served, with the seconds that each took. */
export async function makeTenants(stack: Stack, tenantIds: readonly string[]): Promise<number[]> {
  const operator = stack.client('operator');
  const seconds: number[] = [];
  try {
    await inParallel(tenantIds, WORKERS, async (tenantId) => {
      const begun = performance.now();
      const tenant = { apiVersion: TENANT_API_VERSION, kind: 'Tenant', metadata: { name: tenantId }, spec: {} };
      const { status, body } = await operator.request('POST', TENANTS_PATH, { body: tenant, timeoutMs: 60_000 });
      if (status !== 201) throw new Error(`tenant ${tenantId} (${status}): ${body}`);
      await waitUntil(`tenant ${tenantId} to be served`, () => isServed(stack, tenantId), { timeoutMs: 300_000 });
      seconds.push((performance.now() - begun) / 1000);
    });
  } finally {
    operator.close();
  }
  return seconds;
}
