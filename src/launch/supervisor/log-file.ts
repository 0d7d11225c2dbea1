import { readFileSync, renameSync, statSync } from 'node:fs';

/** A log that has grown beyond this is put aside at the next start; one older log is kept. */
const LARGEST_LOG_BYTES = 32 * 1024 * 1024;

export function beginLog(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LARGEST_LOG_BYTES) renameSync(file, `${file}.1`);
}

/** Frames of a crash of Envoy's, without names: they stand after the reason, and say nothing to anybody who cannot resolve them. */
const FRAME = /\] #\d+:? (UNKNOWN )?\[0x/;

/** The last lines of a log that say something; '' when there is none. */
export function tailLog(file: string, lines = 15): string {
  if (!statSync(file, { throwIfNoEntry: false })) return '';
  const said = readFileSync(file, 'utf8').trimEnd().split('\n');
  return said
    .filter((line) => !FRAME.test(line))
    .slice(-lines)
    .join('\n');
}
