import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDir } from '../../src/launch/tools/cache-dir.ts';
import type { FileResults } from './file-results.ts';

const FILE = join(cacheDir(), 'test-durations.json');

/** Seconds by test file, of the last run of each on this machine; nothing where it never ran. */
export function readDurations(): Record<string, number> {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, number>;
  } catch {
    return {};
  }
}

/** Adds to what is there. It is a hint for the next run alone: that it cannot be kept is no failure. */
export function noteDurations(results: FileResults): void {
  const seconds = Object.fromEntries(Object.entries(results).map(([file, result]) => [file, result.seconds]));
  try {
    mkdirSync(dirname(FILE), { recursive: true });
    writeFileSync(FILE, JSON.stringify({ ...readDurations(), ...seconds }));
  } catch (error) {
    console.error(`how long the tests took cannot be kept: ${error}`);
  }
}
