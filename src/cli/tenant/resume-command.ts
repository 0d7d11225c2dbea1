import type { Command } from 'commander';
import { runTenantAction } from './run-tenant-action.ts';
import { resumeTenant } from './suspension.ts';
import { type OperatorFlags, tenantSubcommand } from './tenant-subcommand.ts';
import { addTimeoutOption, type TimeoutFlags } from './wait-for-tenant.ts';

export function resumeCommand(): Command {
  const command = tenantSubcommand('resume', 'end the suspension of a tenant')
    .argument('<id>', "the tenant's id")
    .option('--no-wait', 'do not wait until the controller has taken note');
  return addTimeoutOption(command).action((id: string, { wait, timeout, ...flags }: OperatorFlags & TimeoutFlags & { wait: boolean }) =>
    runTenantAction(flags, (api) => resumeTenant(api, id, wait ? timeout : undefined)),
  );
}
