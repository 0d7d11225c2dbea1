import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RESULTS_VARIABLE } from './counting-reporter.ts';
import { type FileResults, sumOf } from './file-results.ts';
import { runForeground } from './run-foreground.ts';

export interface MochaRun {
  readonly args: readonly string[];
  readonly timeoutMs: number;
  /** Holds its output back until this is over; then it goes on as it comes. */
  readonly silentUntil?: Promise<unknown>;
}

const NO_END: FileResults = { '': { passed: 0, failed: 1, skipped: 0, seconds: 0 } };

/** Runs mocha in a process of its own, with its usual output. A run that ends without results has failed. */
export async function runMocha({ args, timeoutMs, silentUntil }: MochaRun): Promise<FileResults> {
  const folder = mkdtempSync(join(tmpdir(), 'kz-results-'));
  const file = join(folder, 'results.json');
  const onCi = process.env.CI ? ['--forbid-only'] : [];
  try {
    const code = await runForeground(
      ['node_modules/mocha/bin/mocha.js', '--reporter', 'test/helpers/counting-reporter.ts', ...onCi, ...args],
      { env: { [RESULTS_VARIABLE]: file }, timeoutMs, silentUntil },
    );
    const results = readResults(file);
    if (!results) return NO_END;
    return code === 0 || sumOf(results, 'failed') > 0 ? results : { ...results, ...NO_END };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readResults(file: string): FileResults | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as FileResults;
  } catch {
    console.error('mocha ended before its tests did');
    return undefined;
  }
}
