import { stringify } from 'yaml';
import type { Tenant, TenantLimits } from '../../tenants/tenant.ts';
import { CommandError } from './command-error.ts';
import { formatTable } from './format-table.ts';
import { type LIMITS, limitsInForce } from './limit-flags.ts';
import { patchTenant } from './patch-tenant.ts';
import { qualifiedName, type TenantApi } from './tenant-api.ts';

export async function showLimits(api: TenantApi, id: string, format: 'json' | 'yaml' | undefined): Promise<void> {
  const rows = limitsInForce((await api.request('GET', id)) as Tenant);
  if (format === undefined) {
    const cells = rows.map(({ limit, value, from }) => ({
      cells: [limit.flag, value ?? '-', from === 'annotation' ? limit.annotation : from, limit.description],
    }));
    const columnDefinitions = [{ name: 'Limit' }, { name: 'Value' }, { name: 'From' }, { name: 'What' }];
    process.stdout.write(formatTable({ columnDefinitions, rows: cells }, false));
    return;
  }
  const byField = Object.fromEntries(rows.map(({ limit, value, from }) => [limit.field, { value: value ?? null, from }]));
  if (format === 'json') console.log(JSON.stringify(byField, null, 4));
  else process.stdout.write(stringify(byField));
}

/** Gateways heed it within a second; the Tenant API has no sign of it to wait for. */
export async function changeLimits(api: TenantApi, id: string, limits: TenantLimits, unset: typeof LIMITS): Promise<void> {
  const both = unset.find(({ field }) => limits[field] !== undefined);
  if (both) throw new CommandError(`error: --${both.flag} and --unset ${both.flag} contradict each other`);
  const cleared = Object.fromEntries(unset.map(({ field }) => [field, null]));
  const { changed, tenant } = await patchTenant(api, id, { spec: { limits: { ...limits, ...cleared } } });
  console.log(`${qualifiedName(id)} ${changed ? 'limits changed' : 'limits unchanged'}`);
  for (const { limit, value, from } of limitsInForce(tenant)) {
    if (from === 'annotation' && unset.includes(limit))
      console.error(`note: ${limit.flag} is now ${value}, by the annotation ${limit.annotation}`);
  }
}
