import { Argument, Command } from 'commander';
import { candidates } from './completion/candidates.ts';
import { SHELLS, type Shell, scriptFor } from './completion/shell-script.ts';
import { tenantIdsOf } from './completion/tenant-ids.ts';
import { examples } from './examples.ts';

const NAME = '__complete';

export function completionCommand(): Command {
  const command = new Command('completion')
    .description('print a script that completes commands, flags, files and tenants with Tab')
    .addArgument(new Argument('<shell>', 'the shell that is to run it').choices(SHELLS))
    .action((shell: Shell) => {
      process.stdout.write(scriptFor(shell, [process.execPath, process.argv[1] as string, NAME, '--']));
    });
  return examples(command, [
    ['bash, now; in ~/.bashrc for good', 'source <(kubezoo completion bash)'],
    ['zsh', 'source <(kubezoo completion zsh)'],
    ['fish', 'kubezoo completion fish | source'],
    ['npx kubezoo is no command to a shell: let it be one', "alias kubezoo='npx kubezoo'"],
  ]);
}

/** What the scripts ask: the words behind `kubezoo`, the one that is being typed last. Prints `:files` or nothing, then a candidate a line, a tab before what it is. */
export function completeCommand(program: () => Command): Command {
  return new Command(NAME).argument('[words...]').action((words: string[]) => {
    const found = candidates(program(), words, tenantIdsOf);
    process.stdout.write([found.files ? ':files\n' : ':\n', ...found.words.map(({ word, about }) => `${word}\t${about}\n`)].join(''));
  });
}
