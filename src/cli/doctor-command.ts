import { Command, Option } from 'commander';
import type { DoctorFlags } from './doctor/doctor-context.ts';
import { examples } from './examples.ts';
import { addPlatformOptions } from './platform/platform-flags.ts';
import { reportFailure } from './tenant/run-tenant-action.ts';

export function doctorCommand(): Command {
  const command = new Command('doctor')
    .description('look at everything the platform stands on: what is wrong, and what to do about it')
    .option('--envoy-config <file>', "Envoy's bootstrap file, where there is no state folder: it says where Envoy's admin endpoint is")
    .option('--only <checks>', 'only these, parted by commas: as docs/cli.md names them', (text) =>
      text.split(',').map((name) => name.trim()),
    )
    .addOption(new Option('-o, --output <format>', 'instead of lines for people').choices(['json', 'yaml']));
  addPlatformOptions(command).action(async (flags: DoctorFlags & { only?: string[]; output?: 'json' | 'yaml' }) => {
    const { runDoctor } = await import('./doctor/run-doctor.ts');
    await reportFailure(() => runDoctor(flags));
  });
  command.addHelpText('after', '\nIt changes nothing. Exit code 1 when something fails; warnings alone are 0.');
  return examples(command, [
    ['as the first thing when something is strange', 'kubezoo doctor'],
    ['for monitoring', 'kubezoo doctor -o json --config /etc/kubezoo/config.json --envoy-config /etc/kubezoo/envoy.yaml'],
  ]);
}
