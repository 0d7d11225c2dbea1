import { Command } from 'commander';
import { certsCommand } from './certs/certs-command.ts';
import { configCommand } from './config-command.ts';
import { controllerCommand, sidecarCommand } from './process-commands.ts';
import { startCommand } from './start-command.ts';
import { tenantCommand } from './tenant-command.ts';

const program = new Command('kubezoo')
  .description('One Kubernetes cluster that looks like many.')
  .addCommand(startCommand())
  .addCommand(tenantCommand())
  .addCommand(certsCommand())
  .addCommand(sidecarCommand())
  .addCommand(controllerCommand())
  .addCommand(configCommand());

await program.parseAsync();
