import { stringify } from 'yaml';
import type { Tenant } from '../../tenants/tenant.ts';
import { formatTable, type Table } from './format-table.ts';
import { qualifiedName, type TenantApi } from './tenant-api.ts';
import type { OutputFormat } from './tenant-subcommand.ts';

const AS_TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

/** Prints one tenant, or all; as a table that the server makes, unless a format says otherwise. */
export async function getTenants(api: TenantApi, id: string | undefined, format: OutputFormat | undefined): Promise<void> {
  if (format === undefined || format === 'wide') {
    const table = (await api.request('GET', id, { accept: AS_TABLE })) as Table;
    if (table.rows?.length) process.stdout.write(formatTable(table, format === 'wide'));
    else console.error('No resources found');
    return;
  }
  printObject((await api.request('GET', id)) as Tenant | TenantList, format);
}

export interface TenantList {
  readonly items: readonly Tenant[];
}

/** Prints what the server said, in a form that is no table. */
export function printObject(found: Tenant | TenantList, format: 'json' | 'yaml' | 'name'): void {
  if (format === 'json') console.log(JSON.stringify(found, null, 4));
  else if (format === 'yaml') process.stdout.write(stringify(found));
  else for (const { metadata } of 'items' in found ? found.items : [found]) console.log(qualifiedName(metadata.name));
}
