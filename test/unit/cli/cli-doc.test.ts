import assert from 'node:assert/strict';
import type { Command } from 'commander';
import { buildProgram } from '../../../src/cli/program.ts';
import { readCliDoc } from './cli-doc.ts';

describe('docs/cli.md', () => {
  const home = process.env.KUBEZOO_HOME;
  before(() => {
    // It is a default in the help texts.
    delete process.env.KUBEZOO_HOME;
  });
  after(() => {
    if (home !== undefined) process.env.KUBEZOO_HOME = home;
  });

  it('says what --help says; else: node test/unit/cli/write-cli-doc.ts', () => {
    const { present, wanted } = readCliDoc();
    assert.equal(present, wanted);
    assert.match(present, /### kubezoo tenant suspend\n/);
  });
  it('has commands that a newcomer understands: each says what it does, and so does each flag and argument', () => {
    const look = (command: Command) => {
      assert.notEqual(command.description(), '', command.name());
      for (const { flags, description } of command.options) assert.notEqual(description, '', `${command.name()} ${flags}`);
      for (const argument of command.registeredArguments) assert.notEqual(argument.description, '', `${command.name()} ${argument.name()}`);
      for (const child of command.createHelp().visibleCommands(command)) if (child.name() !== 'help') look(child);
    };
    look(buildProgram());
  });
});
