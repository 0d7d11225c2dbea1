/** Which test files run side by side. Most of an end-to-end test is waiting, for a controller or for a certificate: two cores can do more. */

/** Of a file that never ran here. */
const UNKNOWN_SECONDS = 15;

/**
 * Shares files out so that both lanes end at about the same time; the first begins `headStartSeconds` later. Within a lane they stay in
 * their order.
 *
 * @param seconds how long files took when they last ran here
 */
export function planLanes(
  files: readonly string[],
  seconds: Readonly<Record<string, number>>,
  headStartSeconds: number,
): [first: string[], second: string[]] {
  const durationOf = (file: string) => seconds[file] ?? UNKNOWN_SECONDS;
  const lanes: [string[], string[]] = [[], []];
  const busy = [headStartSeconds, 0];
  // The longest first; of equal ones, as they come.
  for (const file of files.toSorted((one, other) => durationOf(other) - durationOf(one))) {
    const lane = busy[0]! <= busy[1]! ? 0 : 1;
    lanes[lane].push(file);
    busy[lane]! += durationOf(file);
  }
  return [lanes[0].toSorted(), lanes[1].toSorted()];
}

export function sumOfSeconds(files: readonly string[], seconds: Readonly<Record<string, number>>): number {
  return files.reduce((sum, file) => sum + (seconds[file] ?? UNKNOWN_SECONDS), 0);
}
