import type { DoctorContext } from './doctor-context.ts';

export type Level = 'ok' | 'warning' | 'failure';

/** What a check found, in a line for people. */
export interface Finding {
  readonly level: Level;
  readonly message: string;
  /** What to do about it; for all that is not ok. */
  readonly advice?: string;
}

export interface Check {
  /** For `--only`, and in JSON. */
  readonly name: string;
  /** What is looked at, in a few words. */
  readonly title: string;
  /** What has to be so; for the document. */
  readonly about: string;
  /** One finding at least. What it throws is a failure of its own: that it could not be looked at. */
  run(context: DoctorContext): Promise<readonly Finding[]>;
}

export const ok = (message: string): Finding => ({ level: 'ok', message });
export const warning = (message: string, advice: string): Finding => ({ level: 'warning', message, advice });
export const failure = (message: string, advice: string): Finding => ({ level: 'failure', message, advice });

/** `a, b, c and 7 more`. */
export function someOf(list: readonly string[], shown = 3): string {
  const more = list.length - shown;
  return more > 0 ? `${list.slice(0, shown).join(', ')} and ${more} more` : list.join(', ');
}
