import type { Command } from 'commander';
import { getTenants } from './get-tenants.ts';
import { runTenantAction } from './run-tenant-action.ts';
import { type OperatorFlags, type OutputFormat, outputOption, tenantSubcommand } from './tenant-subcommand.ts';

export function getCommand(): Command {
  return tenantSubcommand('get', 'show one tenant, or all, as kubectl does')
    .argument('[id]', "the tenant's id; without it all")
    .addOption(outputOption())
    .action((id: string | undefined, { output, ...flags }: OperatorFlags & { output?: OutputFormat }) =>
      runTenantAction(flags, (api) => getTenants(api, id, output)),
    );
}
