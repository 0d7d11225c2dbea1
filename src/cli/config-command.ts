import { Command } from 'commander';
import { runAction } from './run-action.ts';

/** `kubezoo config …`: about the file that sidecar and controller read. */
export function configCommand(): Command {
  const command = new Command('config').description('check the configuration of sidecar and controller');
  command
    .command('check')
    .argument('<file>', 'YAML or JSON')
    .description('say what is wrong with a configuration, line by line; KUBEZOO_CONFIG_… variables count as they would at a start')
    .action(async (file: string) => {
      const { loadConfig } = await import('../config/config.ts');
      await runAction(() => {
        loadConfig(file);
        console.log(`${file}: good`);
      });
    });
  command
    .command('schema')
    .description('print the JSON schema of the file, for editors')
    .action(async () => {
      const { configJsonSchema } = await import('../config/config.ts');
      console.log(JSON.stringify(configJsonSchema(), null, 2));
    });
  return command;
}
