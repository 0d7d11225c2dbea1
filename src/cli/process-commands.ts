import { Command } from 'commander';
import { runAction } from './run-action.ts';

/** The two processes of a gateway replica beside Envoy. Their code is loaded only when they run: the other commands answer sooner. */
export function sidecarCommand(): Command {
  return new Command('sidecar')
    .description("run Envoy's ext_proc server and the local API")
    .requiredOption('--config <file>', 'configuration, YAML or JSON')
    .action(async ({ config }: { config: string }) => {
      const { runSidecar } = await import('../gateway/sidecar.ts');
      await runAction(() => runSidecar(config));
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
      await runAction(() => runController(config));
      // One that failed at its start may have something open.
      if (process.exitCode) process.exit();
    });
}
