import type { Outcomes } from './outcomes.ts';

export interface Verdict {
  readonly total: number;
  readonly passed: readonly string[];
  /** Tests that a tenant is meant to fail, and did: with the reason. */
  readonly excepted: ReadonlyMap<string, string>;
  /** Tests that failed or did not run, without being meant to: with the failure. */
  readonly lost: ReadonlyMap<string, string>;
  /** Tests that passed although they are listed as exceptions: the list is out of date. */
  readonly unexpected: readonly string[];
}

/** @param names the tests that pass straight at upstream; each of them counts, whether it ran or not */
export function judge(names: readonly string[], outcomes: Outcomes, exceptions: Readonly<Record<string, string>>): Verdict {
  const passed = names.filter((name) => outcomes.get(name)?.passed);
  const excepted = new Map<string, string>();
  const lost = new Map<string, string>();
  for (const name of names) {
    const outcome = outcomes.get(name);
    if (outcome?.passed) continue;
    const reason = exceptions[name];
    if (reason === undefined) lost.set(name, outcome?.failure ?? 'did not run');
    else excepted.set(name, reason);
  }
  return { total: names.length, passed, excepted, lost, unexpected: passed.filter((name) => Object.hasOwn(exceptions, name)) };
}

export function isAsMeant({ lost, unexpected }: Verdict): boolean {
  return lost.size === 0 && unexpected.length === 0;
}

/** `95.1 %`, rounded down: 94.96 is not 95. */
export function percentage(part: number, whole: number): string {
  return `${(Math.floor((part / whole) * 1000) / 10).toFixed(1)} %`;
}
