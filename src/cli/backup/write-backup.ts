import { etcdOf } from '../../config/etcd-of-config.ts';
import { writeSecretFile } from '../../launch/state/write-secret-file.ts';
import { openEtcdStore } from '../../tenants/etcd-store.ts';
import { type PlatformFlags, readPlatformConfig } from '../platform/platform-flags.ts';
import { CommandError } from '../tenant/command-error.ts';
import { withSpinner } from '../with-spinner.ts';
import { makeBackup, renderBackup } from './backup-file.ts';
import { fromStore } from './from-store.ts';

export async function writeBackup(flags: PlatformFlags & { output: string; secrets: boolean; format?: 'yaml' | 'json' }): Promise<void> {
  const { output, secrets } = flags;
  const store = openEtcdStore(etcdOf(readPlatformConfig(flags)));
  const { tenants, revision } = await withSpinner('reading the tenants', () => fromStore(() => store.list())).finally(() => store.close());
  const format = flags.format ?? (output.endsWith('.json') ? 'json' : 'yaml');
  const text = renderBackup(makeBackup(tenants, revision, secrets, new Date()), format);
  if (output === '-') process.stdout.write(text);
  else {
    write(output, text);
    console.log(`${tenants.length} tenants at revision ${revision} written to ${output}`);
  }
  if (secrets) console.error('note: private keys of tenants are in it');
}

function write(file: string, text: string): void {
  try {
    writeSecretFile(file, text);
  } catch (cause) {
    throw new CommandError(`error: ${file} cannot be written: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
