import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COUNTS_VARIABLE } from './counting-reporter.ts';
import { noteDurations } from './file-durations.ts';
import { runForeground } from './run-foreground.ts';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What the reporter leaves. */
export interface MochaResults {
  readonly counts: Counts;
  /** By file, relative to the checkout. */
  readonly seconds: Readonly<Record<string, number>>;
}

export interface MochaRun {
  readonly args: readonly string[];
  readonly timeoutMs: number;
  /** Holds its output back until this is over; then it goes on as it comes. */
  readonly silentUntil?: Promise<unknown>;
}

/** Runs mocha in a process of its own, with its usual output. A run that ends without a count has failed. */
export async function runMocha({ args, timeoutMs, silentUntil }: MochaRun): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'kz-counts-'));
  const file = join(folder, 'counts.json');
  const onCi = process.env.CI ? ['--forbid-only'] : [];
  try {
    const code = await runForeground(
      ['node_modules/mocha/bin/mocha.js', '--reporter', 'test/helpers/counting-reporter.ts', ...onCi, ...args],
      { env: { [COUNTS_VARIABLE]: file }, timeoutMs, silentUntil },
    );
    const { counts, seconds } = readResults(file);
    noteDurations(seconds);
    return code === 0 || counts.failed > 0 ? counts : { ...counts, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readResults(file: string): MochaResults {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as MochaResults;
  } catch {
    console.error('mocha ended before its tests did');
    return { counts: { passed: 0, failed: 1, skipped: 0 }, seconds: {} };
  }
}
