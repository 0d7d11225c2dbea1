import { normalise, type SessionWords } from './normalise.ts';
import type { Outcome } from './run-kubectl.ts';
import { type Difference, type Step, titleOf } from './step.ts';

export interface Side {
  readonly outcome: Outcome;
  readonly words: SessionWords;
}

/**
 * What is wrong with a tenant's outcome of a step, beside direct's.
 *
 * @returns undefined when they are equal, but for the differences that the step declares; else a text to show
 */
export function compareOutcomes(step: Step, direct: Side, tenant: Side): string | undefined {
  if (step.tenantShows) {
    const shown = textOf(tenant.outcome);
    return step.tenantShows.test(shown) ? undefined : `the tenant's output does not hold ${step.tenantShows}:\n${shown}`;
  }
  const wanted = render(step, direct, 'direct');
  const got = render(step, tenant, 'tenant');
  return wanted === got
    ? undefined
    : `${titleOf(step)}\n${firstDifference(wanted, got)}\n--- direct ---\n${wanted}\n--- tenant ---\n${got}`;
}

/**
 * Whether direct itself did what the step is there for.
 *
 * @returns undefined when it did; else a text to show
 */
export function checkDirect(step: Step, { stdout, stderr, code }: Outcome): string | undefined {
  const said = `exit code ${code}\n${stdout}${stderr}`;
  if (code === 'timeout') return `it took too long: ${said}`;
  if (!step.collects && (code !== 0) !== (step.fails ?? false)) return `it should have ${step.fails ? 'failed' : 'succeeded'}: ${said}`;
  if (step.until && !step.background && !step.until.test(stdout)) return `its output never matched ${step.until}: ${said}`;
  if (step.shows && !step.shows.test(stdout + stderr)) return `its output does not hold ${step.shows}: ${said}`;
  return undefined;
}

/** Exit code, stdout and stderr as one text, normalised. */
function render(step: Step, { outcome, words }: Side, on: Difference['on']): string {
  if (step.exitCodeOnly) return `exit code ${outcome.code}`;
  const [stdout, stderr] = [outcome.stdout, outcome.stderr].map((text) => explain(step, normalise(text, words), on));
  return `exit code ${outcome.code}\n${stdout}${stderr ? `\n--- stderr ---\n${stderr}` : ''}`;
}

function explain(step: Step, text: string, on: Difference['on']): string {
  let result = text;
  for (const difference of step.differences ?? []) {
    if (difference.on !== on) continue;
    const { drop, replace } = difference;
    if (drop) {
      result = result
        .split('\n')
        .filter((line) => !drop.test(line))
        .join('\n');
    }
    if (replace) result = result.replace(replace.pattern, replace.by);
  }
  return result;
}

function firstDifference(wanted: string, got: string): string {
  const wantedLines = wanted.split('\n');
  const gotLines = got.split('\n');
  const at = wantedLines.findIndex((line, index) => line !== gotLines[index]);
  const index = at < 0 ? wantedLines.length : at;
  return `line ${index + 1}:\n- ${wantedLines[index] ?? '(nothing)'}\n+ ${gotLines[index] ?? '(nothing)'}`;
}

function textOf({ stdout, stderr, code }: Outcome): string {
  return `exit code ${code}\n${stdout}${stderr}`;
}
