import { Command } from 'commander';
import { ConfigError } from '../config/config-error.ts';

/** The two processes of a gateway replica beside Envoy. Their code is loaded only when they run: the other commands answer sooner. */
export function sidecarCommand(): Command {
  return new Command('sidecar')
    .description("run Envoy's ext_proc server and the local API")
    .requiredOption('--config <file>', 'configuration, YAML or JSON')
    .action(async ({ config }: { config: string }) => {
      const { runSidecar } = await import('../gateway/sidecar.ts');
      await runSidecar(config).catch(endOnConfigError);
      // A connection of Envoy's may be left that nobody can close from here: see gateway/server.ts.
      process.exit();
    });
}

export function controllerCommand(): Command {
  return new Command('controller')
    .description('run the controller that gives tenants what they need upstream')
    .requiredOption('--config <file>', 'configuration, YAML or JSON')
    .action(async ({ config }: { config: string }) => {
      const { runController } = await import('../controller/run.ts');
      await runController(config).catch(endOnConfigError);
    });
}

/** Ends the process with what is wrong with the file, and without a stack: it is the operator's to mend. Anything else is thrown. */
function endOnConfigError(error: unknown): never {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exit(1);
}
