/** The lines in which two texts differ, between what they begin and end with alike. */
export function differenceOf(wanted: string, got: string): string {
  const [left, right] = [wanted.split('\n'), got.split('\n')];
  let start = 0;
  while (start < Math.min(left.length, right.length) && left[start] === right[start]) start++;
  let end = 0;
  while (end < Math.min(left.length, right.length) - start && left.at(-1 - end) === right.at(-1 - end)) end++;
  const shown = (lines: readonly string[], mark: string) => lines.slice(start, lines.length - end).map((line) => `${mark} ${line}`);
  return [...left.slice(Math.max(0, start - 3), start).map((line) => `  ${line}`), ...shown(left, '-'), ...shown(right, '+')].join('\n');
}
