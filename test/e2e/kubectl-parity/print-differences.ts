import Table from 'cli-table3';
import { type Step, titleOf } from './step.ts';

/** The explained differences, one reason a line: whose output is changed, why, in which steps. */
export function differencesTable(steps: readonly Step[]): string {
  const titlesByReason = new Map<string, string[]>();
  const add = (changed: string, reason: string, step: Step) => {
    const key = `${changed}\n${reason}`;
    titlesByReason.set(key, [...(titlesByReason.get(key) ?? []), titleOf(step)]);
  };
  for (const step of steps) {
    for (const { on, reason } of step.differences ?? []) add(on, reason, step);
    if (step.exitCodeOnly) add('both', `exit code only: ${step.exitCodeOnly}`, step);
  }
  const table = new Table({
    head: ['changed', 'reason', 'steps'],
    colWidths: [9, 50, 72],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  for (const [key, titles] of titlesByReason) table.push([...key.split('\n'), titles.join('\n')]);
  return table.toString();
}
