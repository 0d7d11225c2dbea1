import { LaunchError } from '../../launch/launch-error.ts';
import { CommandError } from './command-error.ts';
import { connectTenantApi, type TenantApi } from './tenant-api.ts';

/** Runs one command against the Tenant API of a state folder. What fails is said on stderr, and the exit code is 1 then. */
export async function runTenantAction(home: string, action: (api: TenantApi) => Promise<void>): Promise<void> {
  let api: TenantApi | undefined;
  try {
    api = connectTenantApi(home);
    await action(api);
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof LaunchError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  } finally {
    api?.close();
  }
}
