import { Command, Option } from 'commander';
import { defaultHome } from '../../launch/state/home.ts';

/** How to find the Tenant API: the operator's kubeconfig, or the state folder that has one. */
export interface OperatorFlags {
  readonly home: string;
  readonly kubeconfig?: string;
}

export type OutputFormat = 'json' | 'yaml' | 'name' | 'wide';

/**
 * A command of `kubezoo tenant`, with the flags that all of them have. `$KUBECONFIG` is not one: it names a tenant's
 * kubeconfig, as a rule, where tenants are tried out.
 */
export function tenantSubcommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--home <dir>', 'state folder, with the operator.kubeconfig in it', defaultHome())
    .addOption(new Option('--kubeconfig <file>', "the operator's kubeconfig, where there is no state folder").conflicts('home'));
}

export function outputOption(choices: readonly OutputFormat[] = ['json', 'yaml', 'name', 'wide']): Option {
  return new Option('-o, --output <format>', 'instead of a table').choices(choices);
}
