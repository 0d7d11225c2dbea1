/** `npm run conformance`: see conformance/README.md. Ends with 0 when every test passed but those that are meant to fail. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { Steps } from '../../src/launch/stack/steps.ts';
import { findTools } from '../helpers/find-tools.ts';
import { startStack } from '../helpers/stack.ts';
import { buildConformanceTests, CONFORMANCE_FOLDER } from './build-tests.ts';
import { conformanceDocument } from './document.ts';
import type { Outcomes } from './outcomes.ts';
import { runConformanceTests } from './run-tests.ts';
import { isAsMeant, judge, percentage, type Verdict } from './verdict.ts';

const DOCUMENT = fileURLToPath(new URL('../../docs/conformance.md', import.meta.url));
const REPORTS = fileURLToPath(new URL('../../.kubezoo/conformance/', import.meta.url));

const options = new Command()
  .option('--focus <text>', 'only tests whose name holds this; no document is written')
  .option('--gateway-only', 'leave the run straight at upstream out')
  .option('--processes <n>', 'tests at a time', '4')
  .parse()
  .opts<{ focus?: string; gatewayOnly?: boolean; processes: string }>();

const exceptions = JSON.parse(readFileSync(join(CONFORMANCE_FOLDER, 'exceptions.json'), 'utf8')) as Record<string, string>;
const listed = readFileSync(join(CONFORMANCE_FOLDER, 'tests.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '');
const names = listed.filter((name) => name.includes(options.focus ?? ''));
if (names.length === 0) throw new Error(`no test's name holds ${options.focus}`);

await findTools();
const tests = await new Steps('auto').one('conformance tests', buildConformanceTests);
mkdirSync(REPORTS, { recursive: true });
const stack = await startStack();
try {
  const runOnce = (title: string, kubeconfig: string, wanted: readonly string[], processes: number): Promise<Outcomes> => {
    console.log(`running ${wanted.length} tests ${title}`);
    const reportFile = join(REPORTS, `${title.replaceAll(' ', '-')}.json`);
    return runConformanceTests({ tests, names: wanted, kubeconfig, processes, reportFile });
  };
  /** What failed without being meant to is run once more by itself: some tests wait for controllers for a fixed time. */
  const run = async (title: string, kubeconfig: string, expected: Record<string, string>): Promise<Verdict> => {
    const outcomes = await runOnce(title, kubeconfig, names, Number(options.processes));
    const lost = [...judge(names, outcomes, expected).lost.keys()];
    if (lost.length === 0 || lost.length > 10) return judge(names, outcomes, expected);
    const again = await runOnce(`${title}, once more`, kubeconfig, lost, 1);
    return judge(names, new Map([...outcomes, ...again]), expected);
  };
  const straight = options.gatewayOnly ? undefined : await run('straight at upstream', stack.kubeconfig('upstream'), {});
  if (straight) show('straight at upstream', straight);
  const verdict = await run('through the gateway', stack.kubeconfig({ tenant: 'demo01' }), exceptions);
  show('through the gateway', verdict);
  if (options.focus === undefined) writeFileSync(DOCUMENT, conformanceDocument(verdict, await upstreamVersion()));
  // What fails at upstream says nothing of the gateway, so it must not hide behind the run as a whole.
  process.exitCode = isAsMeant(verdict) && (!straight || isAsMeant(straight)) ? 0 : 1;
} finally {
  await stack.stop();
}

async function upstreamVersion(): Promise<string> {
  const { serverVersion } = JSON.parse(await stack.mustKubectl(['version', '--output=json'], 'upstream')) as {
    serverVersion: { gitVersion: string };
  };
  return serverVersion.gitVersion;
}

function show(title: string, { total, passed, excepted, lost, unexpected }: Verdict): void {
  for (const [name, failure] of lost) console.log(`failed ${title}: ${name}\n    ${failure}`);
  for (const name of unexpected) console.log(`passed ${title}, but is listed as an exception: ${name}`);
  console.log(
    `${title}: ${passed.length} of ${total} (${percentage(passed.length, total)}), ${excepted.size} meant to fail, ${lost.size} lost`,
  );
}
