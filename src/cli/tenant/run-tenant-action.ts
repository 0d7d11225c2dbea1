import { LaunchError } from '../../launch/launch-error.ts';
import { watchOutput } from '../watch-output.ts';
import { CommandError } from './command-error.ts';
import { connectTenantApi, type TenantApi } from './tenant-api.ts';
import type { OperatorFlags } from './tenant-subcommand.ts';

/** Runs one command against the Tenant API. What fails is said on stderr, and the exit code is 1 then. */
export async function runTenantAction(flags: OperatorFlags, action: (api: TenantApi) => Promise<void>): Promise<void> {
  let api: TenantApi | undefined;
  await reportFailure(async () => {
    try {
      api = connectTenantApi(flags);
      await action(api);
    } finally {
      api?.close();
    }
  });
}

/** Runs a command; what it foresaw is said on stderr, and the exit code is 1 then. Anything else is thrown. */
export async function reportFailure(command: () => Promise<void>): Promise<void> {
  watchOutput();
  try {
    await command();
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof LaunchError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
