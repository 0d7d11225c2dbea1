/** What `npm test`, `npm run test:unit` and `npm run check` stand for. Ends with `N passed, N failed`. */
import { globSync } from 'node:fs';
import { findTools } from './helpers/find-tools.ts';
import { runForeground } from './helpers/run-foreground.ts';
import { type Counts, runMocha } from './helpers/run-mocha.ts';

const MINUTE_MS = 60_000;
const [mode = 'all', ...mochaArgs] = process.argv.slice(2);

/** Types, then format and lint. Both run, whatever the first says. */
async function check(): Promise<boolean> {
  const types = await runForeground(['node_modules/typescript/bin/tsc', '-p', '.']);
  const style = await runForeground(['node_modules/@biomejs/biome/bin/biome', 'check', '.']);
  console.log(types === 0 && style === 0 ? 'check: types, format and lint are fine' : 'check failed');
  return types === 0 && style === 0;
}

function unit(): Promise<Counts> {
  return runMocha([...globSync('test/unit/**/*.test.ts').sort(), '--timeout', '20000', ...mochaArgs], 20 * MINUTE_MS);
}

/** Parts against real etcds and apiservers, then the whole stack on this machine; both need Envoy and a control plane. */
async function withRealProcesses(): Promise<Counts[]> {
  await findTools();
  const files = (folder: string) => globSync(`test/${folder}/**/*.test.ts`).sort();
  return [
    await runMocha([...files('integration'), '--timeout', '60000', '--exit', ...mochaArgs], 30 * MINUTE_MS),
    await runMocha(
      [...files('e2e'), '--require', 'test/helpers/shared-stack.ts', '--timeout', '180000', '--exit', ...mochaArgs],
      45 * MINUTE_MS,
    ),
  ];
}

const checked = mode === 'unit' ? true : await check();
if (mode === 'check') process.exit(checked ? 0 : 1);

const runs = mode === 'unit' ? [await unit()] : [await unit(), ...(await withRealProcesses())];
const sum = (key: keyof Counts) => runs.reduce((total, counts) => total + counts[key], 0);
console.log(`${sum('passed')} passed, ${sum('failed')} failed${sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : ''}`);
process.exitCode = checked && sum('failed') === 0 && sum('passed') > 0 ? 0 : 1;
