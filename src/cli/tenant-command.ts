import { Command, Option } from 'commander';
import { defaultHome } from '../launch/state/home.ts';
import { createTenant } from './tenant/create-tenant.ts';
import { deleteTenant } from './tenant/delete-tenant.ts';
import { getTenants } from './tenant/get-tenants.ts';
import { printKubeconfig } from './tenant/print-kubeconfig.ts';
import { runTenantAction } from './tenant/run-tenant-action.ts';

interface TenantFlags {
  home: string;
  output?: 'json' | 'yaml' | 'name' | 'wide';
  wait: boolean;
}

/** `kubezoo tenant …`: a convenience over the Tenant API; what it prints and how it ends is as with kubectl. */
export function tenantCommand(): Command {
  const tenant = new Command('tenant').description("create, show and delete tenants, with the operator's kubeconfig of the state folder");
  const command = (usage: string, description: string) =>
    tenant.command(usage).description(description).option('--home <dir>', 'state folder', defaultHome());

  command('create <id>', 'create a tenant: six characters of a-z, 0-9 and, inside, a dash').action((id: string, { home }: TenantFlags) =>
    runTenantAction(home, (api) => createTenant(api, id)),
  );
  command('get [id]', 'show one tenant, or all')
    .addOption(outputOption())
    .action((id: string | undefined, { home, output }: TenantFlags) => runTenantAction(home, (api) => getTenants(api, id, output)));
  command('list', 'show all tenants')
    .addOption(outputOption())
    .action(({ home, output }: TenantFlags) => runTenantAction(home, (api) => getTenants(api, undefined, output)));
  command('delete <id>', 'delete a tenant and all that it owns')
    .option('--wait', 'wait until all of it is gone, and show that it is (the default)', true)
    .option('--no-wait', 'do not wait')
    .action((id: string, { home, wait }: TenantFlags) => runTenantAction(home, (api) => deleteTenant(api, id, wait)));
  command('kubeconfig <id>', "print a tenant's kubeconfig").action((id: string, { home }: TenantFlags) =>
    runTenantAction(home, (api) => printKubeconfig(api, id)),
  );
  return tenant;
}

function outputOption(): Option {
  return new Option('-o, --output <format>', 'instead of a table').choices(['json', 'yaml', 'name', 'wide']);
}
