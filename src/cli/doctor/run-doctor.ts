import { stringify } from 'yaml';
import { CommandError } from '../tenant/command-error.ts';
import { withSpinner } from '../with-spinner.ts';
import { CHECKS } from './checks/index.ts';
import type { DoctorFlags } from './doctor-context.ts';
import { openDoctorContext } from './doctor-context.ts';
import { formatReport, worstOf } from './format-report.ts';
import { runChecks } from './run-checks.ts';

/** Prints what was found; the exit code is 1 when anything failed. Throws CommandError when there is nothing to look at. */
export async function runDoctor(flags: DoctorFlags & { only?: string[]; output?: 'json' | 'yaml' }): Promise<void> {
  const { only, output } = flags;
  const unknown = only?.find((name) => !CHECKS.some((check) => check.name === name));
  if (unknown !== undefined) {
    throw new CommandError(`error: there is no check ${JSON.stringify(unknown)}; there are ${CHECKS.map(({ name }) => name).join(', ')}`);
  }
  const checks = CHECKS.filter(({ name }) => !only || only.includes(name));
  const context = openDoctorContext(flags);
  const results = await withSpinner('looking', (update) =>
    runChecks(checks, context, (open) => update(`${checks.length - open.length} of ${checks.length}, ${open[0] ?? ''}`)),
  ).finally(() => context.close());
  if (output === undefined) process.stdout.write(formatReport(results, process.stdout.isTTY && !process.env.NO_COLOR));
  else {
    const report = { level: worstOf(results), checks: results };
    process.stdout.write(output === 'json' ? `${JSON.stringify(report, null, 2)}\n` : stringify(report, { lineWidth: 0 }));
  }
  if (worstOf(results) === 'failure') process.exitCode = 1;
}
