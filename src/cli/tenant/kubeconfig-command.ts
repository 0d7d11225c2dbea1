import type { Command } from 'commander';
import { printKubeconfig } from './print-kubeconfig.ts';
import { runTenantAction } from './run-tenant-action.ts';
import { type OperatorFlags, tenantSubcommand } from './tenant-subcommand.ts';

export function kubeconfigCommand(): Command {
  return tenantSubcommand('kubeconfig', "print a tenant's kubeconfig")
    .argument('<id>', "the tenant's id")
    .action((id: string, flags: OperatorFlags) => runTenantAction(flags, (api) => printKubeconfig(api, id)));
}
