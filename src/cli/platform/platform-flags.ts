import { existsSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { type Config, loadConfig } from '../../config/config.ts';
import { defaultHome, homeAt } from '../../launch/state/home.ts';
import { CommandError } from '../tenant/command-error.ts';

/** For commands that need what the gateway's own processes have, not only the Tenant API: keys, etcd, upstream. */
export interface PlatformFlags {
  readonly home: string;
  readonly config?: string;
}

export function addPlatformOptions(command: Command): Command {
  return command
    .option('--home <dir>', 'state folder, with the config.json in it', defaultHome())
    .addOption(
      new Option('--config <file>', "the gateways' and the controller's configuration, where there is no state folder").conflicts('home'),
    );
}

/** Throws a CommandError when there is no such file, or it is wrong. */
export function readPlatformConfig({ home, config }: PlatformFlags): Readonly<Config> {
  const file = config ?? homeAt(home).config;
  if (!existsSync(file)) {
    throw new CommandError(
      `error: ${file} is not there: start kubezoo first (npm start), name its state folder with --home, or the configuration with --config`,
    );
  }
  try {
    return loadConfig(file);
  } catch (cause) {
    throw new CommandError(`error: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
