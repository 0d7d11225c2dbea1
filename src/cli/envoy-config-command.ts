import { Command } from 'commander';
import { examples } from './examples.ts';
import { runAction } from './run-action.ts';

/** `kubezoo envoy-config`: what an Envoy needs that somebody else starts, as an image or a package has it. */
export function envoyConfigCommand(): Command {
  const command = new Command('envoy-config')
    .description("write Envoy's bootstrap file, and the files that it names, from the configuration of sidecar and controller")
    .requiredOption('--config <file>', 'configuration, YAML or JSON, with an `envoy` section; KUBEZOO_CONFIG_… variables count')
    .requiredOption(
      '--out <dir>',
      'folder to write into, made if need be: Envoy has to see it, and all files of the configuration, at the same paths',
    )
    .action(({ config, out }: { config: string; out: string }) =>
      runAction(async () => {
        const { loadConfig } = await import('../config/config.ts');
        const { writeEnvoyConfig } = await import('../launch/envoy/write-envoy-config.ts');
        console.log(writeEnvoyConfig(loadConfig(config), out));
      }),
    );
  command.addHelpText(
    'after',
    `
Prints the path of the bootstrap file. Run again after a change, and after a new kubeconfig of the gateway's: Envoy takes new keys at once,
anything else when it is started anew.`,
  );
  return examples(command, [
    [
      'and the Envoy that goes with it',
      'envoy --config-path "$(kubezoo envoy-config --config kubezoo.yaml --out /run/envoy)" --disable-hot-restart --drain-strategy immediate',
    ],
  ]);
}
