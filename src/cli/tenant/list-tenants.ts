import { formatTable } from './format-table.ts';
import { printObject, type TenantList } from './get-tenants.ts';
import { readInflight } from './read-inflight.ts';
import type { TenantApi } from './tenant-api.ts';
import type { OutputFormat } from './tenant-subcommand.ts';
import { usageTable } from './usage-table.ts';

/** `home`: the state folder of a gateway on this machine, which is asked for what only it knows; undefined for none. */
export async function listTenants(api: TenantApi, format: OutputFormat | undefined, home: string | undefined): Promise<void> {
  const list = (await api.request('GET', undefined)) as TenantList;
  if (format !== undefined && format !== 'wide') {
    printObject(list, format);
    return;
  }
  if (list.items.length === 0) {
    console.error('No resources found');
    return;
  }
  const inflight = home === undefined ? undefined : await readInflight(home);
  process.stdout.write(formatTable(usageTable(list.items, inflight, new Date()), format === 'wide'));
}
