import { type Command, InvalidArgumentError, Option } from 'commander';
import type { SuspensionMode } from '../../tenants/tenant.ts';
import { examples } from '../examples.ts';
import { runTenantAction } from './run-tenant-action.ts';
import { suspendTenant } from './suspension.ts';
import { type OperatorFlags, tenantSubcommand } from './tenant-subcommand.ts';
import { addTimeoutOption, type TimeoutFlags } from './wait-for-tenant.ts';

interface Flags extends OperatorFlags, TimeoutFlags {
  readonly mode: SuspensionMode;
  readonly reason?: string;
  readonly wait: boolean;
}

export function suspendCommand(): Command {
  const command = tenantSubcommand('suspend', 'take from a tenant what it may do, for now; nothing of it is deleted')
    .argument('<id>', "the tenant's id")
    .addOption(
      new Option('--mode <mode>', 'ReadOnly: nothing is written and no container entered; Frozen: nothing is answered')
        .choices(['ReadOnly', 'Frozen'] satisfies SuspensionMode[])
        .makeOptionMandatory(),
    )
    .option('--reason <text>', 'shown to the tenant with each refusal', parseReason)
    .option('--no-wait', 'do not wait until the controller has taken note');
  addTimeoutOption(command).action((id: string, { mode, reason, wait, timeout, ...flags }: Flags) =>
    runTenantAction(flags, (api) => suspendTenant(api, id, mode, reason, wait ? timeout : undefined)),
  );
  return examples(command, [
    ['a bill that was not paid', 'kubezoo tenant suspend acme01 --mode ReadOnly --reason "invoice 4711 is overdue"'],
  ]);
}

function parseReason(text: string): string {
  // A line: it stands in a Status's message.
  if (text.trim() === '' || /[\r\n]/.test(text)) throw new InvalidArgumentError('A reason is one line of text.');
  return text.trim();
}
