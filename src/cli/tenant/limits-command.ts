import { type Command, Option } from 'commander';
import { examples } from '../examples.ts';
import { addLimitOptions, type LIMITS, type LimitFlags, limitsOf, parseLimitNames } from './limit-flags.ts';
import { changeLimits, showLimits } from './limits.ts';
import { runTenantAction } from './run-tenant-action.ts';
import { type OperatorFlags, tenantSubcommand } from './tenant-subcommand.ts';

interface Flags extends OperatorFlags, LimitFlags {
  readonly unset?: typeof LIMITS;
  readonly output?: 'json' | 'yaml';
}

export function limitsCommand(): Command {
  const command = tenantSubcommand('limits', 'show what a tenant may ask of all gateways together, or change it').argument(
    '<id>',
    "the tenant's id",
  );
  addLimitOptions(command)
    .option(
      '--unset <names>',
      "limits to leave to the platform's default, parted by commas: inflight, qps, burst, long-running",
      parseLimitNames,
    )
    .addOption(new Option('-o, --output <format>', 'instead of a table, when nothing is changed').choices(['json', 'yaml']))
    .action((id: string, { unset = [], output, ...flags }: Flags) =>
      runTenantAction(flags, async (api) => {
        const limits = limitsOf(flags);
        if (limits || unset.length > 0) await changeLimits(api, id, limits ?? {}, unset);
        else await showLimits(api, id, output);
      }),
    );
  return examples(command, [
    ['what is in force, and where it comes from', 'kubezoo tenant limits acme01'],
    ['fifty requests a second, a hundred at once', 'kubezoo tenant limits acme01 --qps 50 --burst 100'],
    ["back to the platform's default", 'kubezoo tenant limits acme01 --unset qps,burst'],
  ]);
}
