import { styleText } from 'node:util';
import type { Level } from './check.ts';
import type { CheckResult } from './run-checks.ts';

const MARKS: Readonly<Record<Level, { readonly plain: string; readonly pretty: string; readonly style: 'green' | 'yellow' | 'red' }>> = {
  ok: { plain: 'ok', pretty: '✔', style: 'green' },
  warning: { plain: 'warning', pretty: '▲', style: 'yellow' },
  failure: { plain: 'FAILURE', pretty: '✖', style: 'red' },
};

/** A line for each finding, what to do below it, and the sum. `pretty`: for a terminal, with signs and colours. */
export function formatReport(results: readonly CheckResult[], pretty: boolean): string {
  const titleWidth = Math.max(...results.map(({ title }) => title.length)) + 2;
  const markWidth = pretty ? 2 : 9;
  const lines: string[] = [];
  for (const { title, findings } of results) {
    for (const [index, { level, message, advice }] of findings.entries()) {
      const { plain, pretty: sign, style } = MARKS[level];
      const mark = pretty ? styleText(style, sign.padEnd(markWidth), { validateStream: false }) : plain.padEnd(markWidth);
      // A title stands once; a log that is searched line by line has it on each.
      lines.push(`${mark}${(pretty && index > 0 ? '' : title).padEnd(titleWidth)}${message}`);
      if (advice) lines.push(`${' '.repeat(markWidth + titleWidth)}→ ${advice}`);
    }
  }
  return `${lines.join('\n')}\n\n${sumUp(results)}\n`;
}

export function worstOf(results: readonly CheckResult[]): Level {
  const levels = results.flatMap(({ findings }) => findings.map(({ level }) => level));
  return levels.includes('failure') ? 'failure' : levels.includes('warning') ? 'warning' : 'ok';
}

function sumUp(results: readonly CheckResult[]): string {
  const levels = results.flatMap(({ findings }) => findings.map(({ level }) => level));
  const count = (level: Level) => levels.filter((one) => one === level).length;
  const plural = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`;
  return `${count('ok')} ok, ${plural(count('warning'), 'warning')}, ${plural(count('failure'), 'failure')}`;
}
