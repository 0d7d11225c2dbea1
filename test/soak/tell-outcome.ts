const MOST_PRINTED = 40;

/** Prints what was found wrong, and sets the exit code by it. @param run `soak passed, seed 7` begins with it */
export function tellOutcome(run: string, seed: number, found: readonly string[]): void {
  for (const line of found.slice(0, MOST_PRINTED)) console.log(`WRONG: ${line}`);
  if (found.length > MOST_PRINTED) console.log(`… and ${found.length - MOST_PRINTED} more`);
  console.log(found.length === 0 ? `${run} passed, seed ${seed}` : `${run} failed: ${found.length} problems, seed ${seed}`);
  process.exitCode = found.length === 0 ? 0 : 1;
}
