import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { ConformanceTests } from './build-tests.ts';
import { type Outcomes, readOutcomes } from './outcomes.ts';

export interface ConformanceRun {
  readonly tests: ConformanceTests;
  readonly names: readonly string[];
  readonly kubeconfig: string;
  readonly processes: number;
  /** Where ginkgo's JSON report goes; its log stands beside it. */
  readonly reportFile: string;
}

/** Runs the named tests against one cluster; resolves with what became of each that ran. @throws Error when no report was written */
export async function runConformanceTests({ tests, names, kubeconfig, processes, reportFile }: ConformanceRun): Promise<Outcomes> {
  const log = createWriteStream(`${reportFile}.log`);
  await once(log, 'open');
  const child = spawn(
    tests.ginkgo,
    [
      `-procs=${processes}`,
      '--no-color',
      '--silence-skips',
      `--focus=(${names.map(escapeForGo).join('|')})`,
      `--json-report=${basename(reportFile)}`,
      `--output-dir=${dirname(reportFile)}`,
      tests.e2e,
      '--',
      '--provider=skeleton',
      `--kubeconfig=${kubeconfig}`,
      '--num-nodes=0',
      '--allowed-not-ready-nodes=-1',
      '--node-schedulable-timeout=1s',
      '--system-pods-startup-timeout=1s',
    ],
    { stdio: ['ignore', log, log] },
  );
  await once(child, 'exit');
  log.close();
  return readOutcomes(readFileSync(reportFile, 'utf8'));
}

/** For Go's regexp (RE2). */
function escapeForGo(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
