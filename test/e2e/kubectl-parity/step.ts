/** A place where a tenant's output is not direct's, and why. Printed as a table at the end of the run. */
export interface Difference {
  readonly reason: string;
  /** Whose output is changed before the two are compared. */
  readonly on: 'direct' | 'tenant';
  /** Lines that go. */
  readonly drop?: RegExp;
  /** What is put in the place of what; `pattern` is global. */
  readonly replace?: { readonly pattern: RegExp; readonly by: string };
}

/**
 * One kubectl command of the parity script, as data. Its output must not hang on how fast the session was: the entries of
 * managedFields, for one, are sorted by second, so an object that several have written at about the same time shows either order.
 */
export interface Step {
  /** As one would type it, without `kubectl`; unique in the script. `{server}`, `{own}` and `{foreign}` stand for what the session fills in. */
  readonly command: string;
  /** Sets two steps with the same command apart. */
  readonly note?: string;
  readonly stdin?: string;
  /** Added to kubectl's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** `limited`: by the token of the ServiceAccount `shop/limited`, without a client certificate. */
  readonly as?: 'admin' | 'limited';
  /** Whether the command exits with a code other than 0. */
  readonly fails?: boolean;
  /** What direct's output (stdout and stderr) holds: two sessions that fail alike must not pass for success. */
  readonly shows?: RegExp;
  /** Run again until stdout matches: for what controllers bring about. */
  readonly until?: RegExp;
  /** Keep stdout as the token of `limited`. */
  readonly savesToken?: true;
  /** Start it and go on; its output is taken by the step that has the same word in `collects`. */
  readonly background?: string;
  /** Wait until the output of that background command matches `until`, end it, and compare what it wrote. Has no command of its own. */
  readonly collects?: string;
  readonly differences?: readonly Difference[];
  /** The tenants' outcome is another one by design: what they get instead. Has its reason in `differences`. */
  readonly tenantShows?: RegExp;
  /** Compare no output, for this reason. */
  readonly exitCodeOnly?: string;
  /** The answer repeats `{foreign}` or `{own}`, which the client itself put into the question. */
  readonly echoes?: true;
}

export function titleOf(step: Step): string {
  const who = step.as === 'limited' ? 'by token: ' : '';
  return `${who}${step.collects ? `what "${step.collects}" wrote` : `kubectl ${step.command}`}${step.note ? ` (${step.note})` : ''}`;
}

/** Splits as a shell would, as far as the script needs it: blanks separate, single quotes hold together. */
export function splitCommand(command: string): string[] {
  return [...command.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ''));
}
