import Table from 'cli-table3';
import { type Step, titleOf } from './step.ts';

/** The explained differences, one a line: which step, whose output is changed, why. */
export function differencesTable(steps: readonly Step[]): string {
  const table = new Table({ head: ['step', 'changed', 'reason'], colWidths: [60, 10, 70], wordWrap: true, style: { head: [] } });
  for (const step of steps) {
    for (const { on, reason } of step.differences ?? []) table.push([titleOf(step), on, reason]);
    if (step.exitCodeOnly) table.push([titleOf(step), 'both', `exit code only: ${step.exitCodeOnly}`]);
  }
  return table.toString();
}
