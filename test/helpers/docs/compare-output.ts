/** In what a guide shows: any text in a line; alone in a line, any number of lines. */
const ANYTHING = '…';

/** Whether a command has printed what the guide shows. Runs of blanks count as one: tables are as wide as their longest name. */
export function isAsShown(shown: readonly string[], printed: string): boolean {
  return patternOf(shown, '$').test(`${tidy(printed.split('\n'), true).join('\n')}\n`);
}

/** Whether it has printed that so far, with whatever comes behind it. */
export function beginsAsShown(shown: readonly string[], printed: string): boolean {
  return patternOf(shown, '').test(`${tidy(printed.split('\n'), true).join('\n')}\n`);
}

/** Whether the guide shows anything that says what happened. */
export function showsSomething(shown: readonly string[]): boolean {
  return tidy(shown, false).some((line) => line !== '' && line !== ANYTHING);
}

function patternOf(shown: readonly string[], end: string): RegExp {
  const lines = tidy(shown, false).map((line) =>
    line === ANYTHING ? '(?:.*\\n)*?' : `${line.split(ANYTHING).map(literally).join('.*?')}\\n`,
  );
  return new RegExp(`^${lines.join('')}${end}`);
}

/** @param colours whether there may be any, and what a terminal overwrites */
function tidy(lines: readonly string[], colours: boolean): string[] {
  const plain = lines.map((line) => (colours ? stripColours(line) : line).replace(/[ \t]+/g, ' ').trimEnd());
  while (plain.at(-1) === '') plain.pop();
  return plain;
}

const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function stripColours(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are made of
  return line.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replace(/\r$/, '');
}
