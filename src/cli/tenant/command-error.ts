/** What a command prints on stderr before it ends with 1. */
export class CommandError extends Error {
  /** HTTP status, when the server answered. */
  readonly status: number | undefined;

  constructor(message: string, { status, ...options }: ErrorOptions & { status?: number } = {}) {
    super(message, options);
    this.status = status;
  }
}
