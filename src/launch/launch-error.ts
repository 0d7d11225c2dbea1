/** Why a start cannot go on, in words for the person at the terminal: what is wrong, and what to do about it. */
export class LaunchError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}

/** What to print for anything that was thrown. A stack is shown only for what nobody foresaw. */
export function describeError(thrown: unknown): string {
  if (thrown instanceof LaunchError) return `${thrown.message}\n${thrown.hint}`;
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}
