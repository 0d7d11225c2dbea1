/** What `npm test`, `npm run test:unit` and `npm run check` stand for. Ends with `N passed, N failed`. */
import { globSync } from 'node:fs';
import { readDurations } from './helpers/file-durations.ts';
import { findTools } from './helpers/find-tools.ts';
import { planLanes, sumOfSeconds } from './helpers/plan-lanes.ts';
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
  return runMocha({ args: [...filesOf('unit'), '--timeout', '20000', ...mochaArgs], timeoutMs: 20 * MINUTE_MS });
}

/** Parts against real etcds and apiservers, and the whole stack on this machine; both need Envoy and a control plane. In two lanes. */
async function withRealProcesses(): Promise<Counts[]> {
  await findTools();
  const integration = filesOf('integration');
  const seconds = readDurations();
  const [first, second] = planLanes(filesOf('e2e'), seconds, sumOfSeconds(integration, seconds));
  const endToEnd = (files: readonly string[]) => [...files, '--require', 'test/helpers/shared-stack.ts', '--timeout', '180000', '--exit'];
  const firstLane = (async () => [
    await runMocha({ args: [...integration, '--timeout', '60000', '--exit', ...mochaArgs], timeoutMs: 30 * MINUTE_MS }),
    await runMocha({ args: [...endToEnd(first), ...mochaArgs], timeoutMs: 45 * MINUTE_MS }),
  ])();
  console.log(`${second.length} test files run beside the others; what they print comes behind.`);
  const secondLane = runMocha({ args: [...endToEnd(second), ...mochaArgs], timeoutMs: 60 * MINUTE_MS, silentUntil: firstLane });
  return [...(await firstLane), await secondLane];
}

function filesOf(folder: string): string[] {
  return globSync(`test/${folder}/**/*.test.ts`).sort();
}

const checked = mode === 'unit' ? true : await check();
if (mode === 'check') process.exit(checked ? 0 : 1);

const runs = mode === 'unit' ? [await unit()] : [await unit(), ...(await withRealProcesses())];
const sum = (key: keyof Counts) => runs.reduce((total, counts) => total + counts[key], 0);
console.log(`${sum('passed')} passed, ${sum('failed')} failed${sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : ''}`);
process.exitCode = checked && sum('failed') === 0 && sum('passed') > 0 ? 0 : 1;
