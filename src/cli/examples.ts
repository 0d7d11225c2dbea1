import type { Command } from 'commander';

/** Adds examples to a command's help, each with what it is for. Returns the command. */
export function examples(command: Command, list: readonly (readonly [purpose: string, line: string])[]): Command {
  return command.addHelpText('after', `\nExamples:\n${list.map(([purpose, line]) => `  # ${purpose}\n  ${line}\n`).join('')}`.trimEnd());
}
