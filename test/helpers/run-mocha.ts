import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COUNTS_VARIABLE } from './counting-reporter.ts';
import { runForeground } from './run-foreground.ts';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Runs mocha in a process of its own, with its usual output. A run that ends without a count has failed. */
export async function runMocha(args: readonly string[], timeoutMs: number): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'kz-counts-'));
  const file = join(folder, 'counts.json');
  const onCi = process.env.CI ? ['--forbid-only'] : [];
  try {
    const code = await runForeground(
      ['node_modules/mocha/bin/mocha.js', '--reporter', 'test/helpers/counting-reporter.ts', ...onCi, ...args],
      {
        env: { [COUNTS_VARIABLE]: file },
        timeoutMs,
      },
    );
    const counts = readCounts(file);
    return code === 0 || counts.failed > 0 ? counts : { ...counts, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readCounts(file: string): Counts {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Counts;
  } catch {
    console.error('mocha ended before its tests did');
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
