import type { Argument, Command, Option } from 'commander';

export interface Candidate {
  readonly word: string;
  /** What it is, in a few words. */
  readonly about: string;
}

export interface Candidates {
  readonly words: readonly Candidate[];
  /** Files will do as well. */
  readonly files: boolean;
}

const NOTHING: Candidates = { words: [], files: false };
const FILES: Candidates = { words: [], files: true };

/**
 * What may stand in the place of the last of `words`, which is what was typed of it so far. `tenantIds`: those of a state folder, the
 * default one where it is undefined.
 */
export function candidates(program: Command, words: readonly string[], tenantIds: (home: string | undefined) => string[]): Candidates {
  // bash makes three words of `--home=x`.
  const whole = words.filter((word) => word !== '=').flatMap((word) => (/^--[a-z-]+=/.test(word) ? splitOnce(word) : [word]));
  if (words.at(-1) === '=') whole.push('');
  const typed = whole.at(-1) ?? '';
  let command = program;
  let position = 0;
  let home: string | undefined;
  let waiting: Option | undefined;
  for (const word of whole.slice(0, -1)) {
    if (waiting) {
      if (waiting.long === '--home') home = word;
      waiting = undefined;
    } else if (word.startsWith('-') && word !== '-') waiting = takesValue(optionOf(command, word));
    else {
      const next = command.commands.find((child) => child.name() === word);
      // What nobody knows has no successor.
      if (!next && command.commands.length > 0) return NOTHING;
      if (next) command = next;
      else position++;
    }
  }
  if (waiting) return valuesOf(waiting, typed);
  if (typed.startsWith('-')) return startingWith(typed, flagsOf(command));
  if (command.commands.length > 0) return startingWith(typed, childrenOf(command));
  const argument = command.registeredArguments[position];
  return argument ? valuesOfArgument(argument, typed, () => tenantIds(home)) : NOTHING;
}

function splitOnce(word: string): string[] {
  const at = word.indexOf('=');
  return [word.slice(0, at), word.slice(at + 1)];
}

function optionOf(command: Command, word: string): Option | undefined {
  return command.options.find(({ long, short }) => long === word || short === word);
}

function takesValue(option: Option | undefined): Option | undefined {
  return option && (option.required || option.optional) ? option : undefined;
}

function valuesOf({ argChoices, flags }: Option, typed: string): Candidates {
  if (argChoices) return startingWith(typed, plain(argChoices));
  return /<(file|dir)>/.test(flags) ? FILES : NOTHING;
}

function valuesOfArgument(argument: Argument, typed: string, tenantIds: () => string[]): Candidates {
  if (argument.argChoices) return startingWith(typed, plain(argument.argChoices));
  if (argument.name() === 'id') return startingWith(typed, plain(tenantIds()));
  return argument.name() === 'file' ? FILES : NOTHING;
}

function plain(words: readonly string[]): Candidate[] {
  return words.map((word) => ({ word, about: '' }));
}

function flagsOf(command: Command): Candidate[] {
  const help = command.createHelp();
  return help.visibleOptions(command).flatMap(({ long, description }) => (long ? [{ word: long, about: description }] : []));
}

function childrenOf(command: Command): Candidate[] {
  const help = command.createHelp();
  return help.visibleCommands(command).map((child) => ({ word: child.name(), about: child.description() }));
}

function startingWith(typed: string, words: readonly Candidate[]): Candidates {
  return { words: words.filter(({ word }) => word.startsWith(typed)), files: false };
}
