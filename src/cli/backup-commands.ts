import { Command, Option } from 'commander';
import { examples } from './examples.ts';
import { addPlatformOptions, type PlatformFlags } from './platform/platform-flags.ts';
import { reportFailure } from './tenant/run-tenant-action.ts';

const WHAT = `
In the file is every Tenant as it was at one moment: spec, labels, annotations, and the uid that its certificates name. Not in it:
the tenants' objects (they are upstream, and stay there), the key of the CA that signs tenants' certificates, the configuration,
and what the controller finds out again (status). Keep the folder pki/ of the state folder, or your CA's key, apart: with another CA
the tenants' kubeconfigs are worth nothing.`;

export function backupCommand(): Command {
  const command = new Command('backup')
    .description('write all tenants into a file that people can read')
    .requiredOption('-o, --output <file>', 'where to; - is standard output')
    .option(
      '--secrets',
      "also the kubeconfigs of the tenants' admins, private keys included; without them the controller makes new ones",
      false,
    )
    .addOption(
      new Option('--format <format>', 'of the file; a name that ends in .json is JSON without being asked').choices(['yaml', 'json']),
    );
  addPlatformOptions(command).action(async (flags: PlatformFlags & { output: string; secrets: boolean; format?: 'yaml' | 'json' }) => {
    const { writeBackup } = await import('./backup/write-backup.ts');
    await reportFailure(() => writeBackup(flags));
  });
  command.addHelpText('after', WHAT);
  return examples(command, [['every night', 'kubezoo backup -o "tenants-$(date +%F).yaml"']]);
}

export interface RestoreFlags extends PlatformFlags {
  readonly overwrite: boolean;
  readonly skipExisting: boolean;
  readonly withDeletions: boolean;
  readonly ignoreChecksum: boolean;
  readonly dryRun: boolean;
}

export function restoreCommand(): Command {
  const command = new Command('restore')
    .description('put the tenants of a backup back; what they own upstream becomes theirs again, nothing is deleted')
    .argument('<file>', 'what kubezoo backup has written; - is standard input')
    .option('--dry-run', 'only say what would be done', false)
    .addOption(
      new Option('--overwrite', 'a tenant that is there, but differs, becomes what it was').default(false).conflicts('skipExisting'),
    )
    .option('--skip-existing', 'a tenant that is there, but differs, stays what it is', false)
    .option('--with-deletions', 'also tenants that were being deleted: their deletion goes on', false)
    .option('--ignore-checksum', 'the file was changed by hand, and is to be restored as it is now', false);
  addPlatformOptions(command).action(async (file: string, flags: RestoreFlags) => {
    const { restoreBackup } = await import('./backup/restore-backup.ts');
    await reportFailure(() => restoreBackup(file, flags));
  });
  command.addHelpText(
    'after',
    `\nWhen a tenant is there already, and differs, nothing at all is restored, unless a flag says what to do. Each tenant is written whole
or not at all. After a loss of etcd start with no tenants first: npm start -- --tenants ''.`,
  );
  return examples(command, [
    ['what would be done', 'kubezoo restore tenants.yaml --dry-run'],
    ['only the tenants that are missing', 'kubezoo restore tenants.yaml --skip-existing'],
  ]);
}
