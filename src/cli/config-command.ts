import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { ConfigError } from '../config/config-error.ts';

/** `kubezoo config …`: about the file that sidecar and controller read. */
export function configCommand(): Command {
  const command = new Command('config').description('check the configuration of sidecar and controller');
  command
    .command('check <file>')
    .description('say what is wrong with a configuration, line by line; KUBEZOO_CONFIG_… variables count as they would at a start')
    .action(async (file: string) => {
      const { checkConfig } = await import('../config/config.ts');
      try {
        checkConfig(file, readFileSync(file, 'utf8'), process.env);
        console.log(`${file}: good`);
      } catch (error) {
        if (!(error instanceof ConfigError) && !isFileError(error)) throw error;
        console.error(error.message);
        process.exitCode = 1;
      }
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

function isFileError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && 'path' in error;
}
