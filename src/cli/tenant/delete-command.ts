import type { Command } from 'commander';
import { deleteTenant } from './delete-tenant.ts';
import { runTenantAction } from './run-tenant-action.ts';
import { type OperatorFlags, tenantSubcommand } from './tenant-subcommand.ts';

export function deleteCommand(): Command {
  return tenantSubcommand('delete', 'delete a tenant and all that it owns')
    .argument('<id>', "the tenant's id")
    .option('--wait', 'wait until all of it is gone, and show that it is (the default)', true)
    .option('--no-wait', 'do not wait')
    .action((id: string, { wait, ...flags }: OperatorFlags & { wait: boolean }) =>
      runTenantAction(flags, (api) => deleteTenant(api, id, wait)),
    );
}
