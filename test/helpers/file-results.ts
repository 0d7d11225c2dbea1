/** What came of a test file. */
export interface FileResult {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
}

/** By test file, relative to the checkout; '' stands for what belongs to no file. */
export type FileResults = Readonly<Record<string, FileResult>>;

/** More than this is no accident. */
const MOST_FILES_AGAIN = 3;

/** @returns the files with a failure, to be run once more alone; none where that would hide something that is broken */
export function filesToRunAgain(results: FileResults): string[] {
  const failed = Object.keys(results).filter((file) => results[file]!.failed > 0);
  return failed.length > MOST_FILES_AGAIN || failed.includes('') ? [] : failed;
}

export function sumOf(results: FileResults, key: keyof FileResult): number {
  return Object.values(results).reduce((sum, result) => sum + result[key], 0);
}
