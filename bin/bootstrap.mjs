#!/usr/bin/env node
import { runInCheckout } from './run-in-checkout.mjs';

/** What the scripts of package.json run: file and first arguments. */
const COMMANDS = {
  start: ['src/cli/main.ts', 'start'],
  test: ['test/run-tests.ts', 'all'],
  'test:unit': ['test/run-tests.ts', 'unit'],
  check: ['test/run-tests.ts', 'check'],
  conformance: ['test/conformance/run.ts'],
  soak: ['test/soak/run.ts'],
  bench: ['test/bench/run.ts'],
  'compose-test': ['test/compose/run.ts'],
};

const [command = '', ...args] = process.argv.slice(2);
const found = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
if (found) {
  const [file, ...first] = found;
  await runInCheckout(file, [...first, ...args]);
} else {
  process.stderr.write(`usage: bootstrap.mjs ${Object.keys(COMMANDS).join('|')} [arguments]\n`);
  process.exitCode = 1;
}
