import type { Command } from 'commander';
import { examples } from '../examples.ts';
import { createTenant } from './create-tenant.ts';
import { addLimitOptions, type LimitFlags, limitsOf } from './limit-flags.ts';
import { parseQuota } from './parse-quota.ts';
import { runTenantAction } from './run-tenant-action.ts';
import { type OperatorFlags, tenantSubcommand } from './tenant-subcommand.ts';
import { addTimeoutOption, type TimeoutFlags } from './wait-for-tenant.ts';

interface Flags extends OperatorFlags, LimitFlags, TimeoutFlags {
  readonly upstream?: string;
  readonly quota?: Record<string, string>;
  readonly ifAbsent: boolean;
  readonly wait: boolean;
}

export function createCommand(): Command {
  const command = tenantSubcommand('create', 'create a tenant')
    .argument('<id>', 'six characters of a-z, 0-9 and, inside, a dash')
    .option('--upstream <name>', 'the upstream cluster it is to live in, for good; the first of the configuration if not said');
  addLimitOptions(command)
    .option('--quota <key=quantity,…>', 'what it may have in all its namespaces together, by the keys of a ResourceQuota', parseQuota)
    .option('--if-absent', 'where there is one of this name already, leave it as it is', false)
    .option('--wait', 'until it can be used', false);
  addTimeoutOption(command).action((id: string, { upstream, quota, ifAbsent, wait, timeout, ...flags }: Flags) =>
    runTenantAction(flags, (api) => {
      const limits = limitsOf(flags);
      const spec = { ...(upstream !== undefined && { upstream }), ...(limits && { limits }), ...(quota && { quota: { hard: quota } }) };
      return createTenant(api, id, spec, { ifAbsent, waitMs: wait ? timeout : undefined });
    }),
  );
  return examples(command, [
    ['one that may be used when the command ends', 'kubezoo tenant create acme01 --wait'],
    ['one with limits and a quota', 'kubezoo tenant create acme01 --qps 50 --burst 100 --quota pods=20,requests.memory=8Gi'],
  ]);
}
