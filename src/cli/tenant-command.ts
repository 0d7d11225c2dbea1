import { Command } from 'commander';
import { examples } from './examples.ts';
import { createCommand } from './tenant/create-command.ts';
import { deleteCommand } from './tenant/delete-command.ts';
import { getCommand } from './tenant/get-command.ts';
import { kubeconfigCommand } from './tenant/kubeconfig-command.ts';
import { limitsCommand } from './tenant/limits-command.ts';
import { listCommand } from './tenant/list-command.ts';
import { resumeCommand } from './tenant/resume-command.ts';
import { revokeCommand } from './tenant/revoke-command.ts';
import { suspendCommand } from './tenant/suspend-command.ts';

/** `kubezoo tenant …`: a convenience over the Tenant API; what it prints and how it ends is as with kubectl. Each command is a file of `tenant/`. */
export function tenantCommand(): Command {
  const tenant = new Command('tenant')
    .description("create, show, limit, suspend and delete tenants, with the operator's kubeconfig")
    .addCommand(createCommand())
    .addCommand(getCommand())
    .addCommand(listCommand())
    .addCommand(limitsCommand())
    .addCommand(suspendCommand())
    .addCommand(resumeCommand())
    .addCommand(kubeconfigCommand())
    .addCommand(revokeCommand())
    .addCommand(deleteCommand());
  return examples(tenant, [
    [
      'a tenant, and a kubeconfig for its admin',
      'kubezoo tenant create acme01 --wait && kubezoo tenant kubeconfig acme01 > acme01.kubeconfig',
    ],
    ['from another machine than the one of kubezoo start', 'kubezoo tenant list --kubeconfig operator.kubeconfig'],
  ]);
}
