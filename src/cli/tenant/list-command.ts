import type { Command } from 'commander';
import { examples } from '../examples.ts';
import { listTenants } from './list-tenants.ts';
import { runTenantAction } from './run-tenant-action.ts';
import { type OperatorFlags, type OutputFormat, outputOption, tenantSubcommand } from './tenant-subcommand.ts';

const COLUMNS = `
What the columns say:
  STATUS       Ready, Pending or Terminating; ReadOnly or Frozen for a tenant that is suspended
  IN-FLIGHT    requests under way and their limit. The first is what the gateway on this machine counts: "-" with --kubeconfig
  NAMESPACES   how many there are, where the controller has counted them
  QUOTA        what is used most of spec.quota, in per cent; with -o wide all of it
  CERTIFICATE  what is left of the admin's certificate; it is renewed long before it ends`;

export function listCommand(): Command {
  const command = tenantSubcommand('list', 'show all tenants and what they use')
    .addOption(outputOption())
    .action(({ output, ...flags }: OperatorFlags & { output?: OutputFormat }) =>
      runTenantAction(flags, (api) => listTenants(api, output, flags.kubeconfig === undefined ? flags.home : undefined)),
    );
  command.addHelpText('after', COLUMNS);
  return examples(command, [
    ['with each quota, each limit and the reason why a tenant is not ready', 'kubezoo tenant list -o wide'],
    ['in a script', 'for id in $(kubezoo tenant list -o name); do echo $id; done'],
  ]);
}
