/** How a step tells the terminal what it does. */
export interface Progress {
  /** A line worth keeping: a warning, a choice that was made. */
  note(line: string): void;
  /** The present state; on a terminal each replaces the one before, elsewhere only now and then one is printed. */
  update(line: string): void;
}

export const SILENT: Progress = { note: () => {}, update: () => {} };
