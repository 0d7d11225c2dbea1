import { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { backupCommand, restoreCommand } from './backup-commands.ts';
import { certsCommand } from './certs/certs-command.ts';
import { completeCommand, completionCommand } from './completion-command.ts';
import { configCommand } from './config-command.ts';
import { doctorCommand } from './doctor-command.ts';
import { envoyConfigCommand } from './envoy-config-command.ts';
import { examples } from './examples.ts';
import { pkiCommand } from './pki/pki-command.ts';
import { controllerCommand, sidecarCommand } from './process-commands.ts';
import { startCommand } from './start-command.ts';
import { tenantCommand } from './tenant-command.ts';

/** All of `kubezoo`, as a tree of commands: for the process, for completion, and for the document that is made of it. */
export function buildProgram(): Command {
  const program = new Command('kubezoo')
    .description('One Kubernetes cluster that looks like many.')
    .version(manifest.version, '--version', 'print the version')
    .addCommand(startCommand())
    .addCommand(tenantCommand())
    .addCommand(certsCommand())
    .addCommand(doctorCommand())
    .addCommand(backupCommand())
    .addCommand(restoreCommand())
    .addCommand(completionCommand())
    .addCommand(sidecarCommand())
    .addCommand(controllerCommand())
    .addCommand(configCommand())
    .addCommand(pkiCommand())
    .addCommand(envoyConfigCommand());
  program.addCommand(
    completeCommand(() => program),
    { hidden: true },
  );
  return examples(program, [
    ['everything on this machine, with a cluster of its own', 'kubezoo start'],
    ['one more tenant', 'kubezoo tenant create acme01 --wait'],
    ['how the tenants are, and what they use', 'kubezoo tenant list'],
    ['what is wrong, and what to do about it', 'kubezoo doctor'],
  ]);
}
