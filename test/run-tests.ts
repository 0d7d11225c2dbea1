/** What `npm test`, `npm run test:unit` and `npm run check` stand for. Ends with `N passed, N failed`. */
import { globSync } from 'node:fs';
import { noteDurations, readDurations } from './helpers/file-durations.ts';
import { type FileResult, type FileResults, filesToRunAgain, sumOf } from './helpers/file-results.ts';
import { findTools } from './helpers/find-tools.ts';
import { planLanes, sumOfSeconds } from './helpers/plan-lanes.ts';
import { runForeground } from './helpers/run-foreground.ts';
import { runMocha } from './helpers/run-mocha.ts';

const MINUTE_MS = 60_000;
const [mode = 'all', ...mochaArgs] = process.argv.slice(2);

/** Types, then format and lint. Both run, whatever the first says. */
async function check(): Promise<boolean> {
  const types = await runForeground(['node_modules/typescript/bin/tsc', '-p', '.']);
  const style = await runForeground(['node_modules/@biomejs/biome/bin/biome', 'check', '.']);
  console.log(types === 0 && style === 0 ? 'check: types, format and lint are fine' : 'check failed');
  return types === 0 && style === 0;
}

function unit(): Promise<FileResults> {
  return runMocha({ args: [...filesOf('unit'), '--timeout', '120000', ...mochaArgs], timeoutMs: 20 * MINUTE_MS });
}

const integrationArgs = (files: readonly string[]) => [...files, '--timeout', '60000', '--exit', ...mochaArgs];
const endToEndArgs = (files: readonly string[]) => [
  ...files,
  ...['--require', 'test/helpers/shared-stack.ts', '--timeout', '180000', '--exit'],
  ...mochaArgs,
];

/** Parts against real etcds and apiservers, and the whole stack on this machine; both need Envoy and a control plane. In two lanes. */
async function withRealProcesses(): Promise<FileResults> {
  await findTools();
  const integration = filesOf('integration');
  const seconds = readDurations();
  const [first, second] = planLanes(filesOf('e2e'), seconds, sumOfSeconds(integration, seconds));
  const firstLane = (async () => [
    await runMocha({ args: integrationArgs(integration), timeoutMs: 30 * MINUTE_MS }),
    await runMocha({ args: endToEndArgs(first), timeoutMs: 45 * MINUTE_MS }),
  ])();
  console.log(`${second.length} test files run beside the others; what they print comes behind.`);
  const secondLane = runMocha({ args: endToEndArgs(second), timeoutMs: 60 * MINUTE_MS, silentUntil: firstLane });
  // What belongs to no file has the same key in each.
  const all = [...(await firstLane), await secondLane];
  const broken = all.find((results) => results['']);
  return againAlone({ ...Object.assign({}, ...all), ...(broken && { '': broken['']! }) });
}

/** Whether what failed fails again, with nothing beside it and in a stack of its own; both is shown (decision 55). */
async function againAlone(results: FileResults): Promise<FileResults> {
  const merged: Record<string, FileResult> = { ...results };
  const passedThen: string[] = [];
  for (const file of filesToRunAgain(results)) {
    console.log(`\n${file} has failed; once more, alone:`);
    const args = file.startsWith('test/e2e/') ? endToEndArgs([file]) : integrationArgs([file]);
    const again = await runMocha({ args, timeoutMs: 15 * MINUTE_MS });
    if (sumOf(again, 'failed') > 0 || !again[file]) continue;
    merged[file] = again[file];
    passedThen.push(file);
  }
  if (passedThen.length > 0) console.log(`Failed at first, passed alone (see above):\n${passedThen.map((file) => `  ${file}`).join('\n')}`);
  return merged;
}

function filesOf(folder: string): string[] {
  return globSync(`test/${folder}/**/*.test.ts`).sort();
}

const checked = mode === 'unit' ? true : await check();
if (mode === 'check') process.exit(checked ? 0 : 1);

const units = await unit();
const results = mode === 'unit' ? units : { ...units, ...(await withRealProcesses()) };
// Of a choice of tests, a file's time says nothing.
if (mochaArgs.length === 0) noteDurations(results);
const [passed, failed, skipped] = [sumOf(results, 'passed'), sumOf(results, 'failed'), sumOf(results, 'skipped')];
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = checked && failed === 0 && passed > 0 ? 0 : 1;
