/**
 * How the local API has answered, for the records of the exchanges: the two are told apart from each other (an exchange may be another
 * thread's, and may be over before its answer is), and are put together by the audit id.
 */
import type { AnswerWatcher, LocalOutcome } from '../../local/answer-request.ts';
import type { SeenRequest } from './seen-request.ts';

export type Joined = (seen: SeenRequest, outcome: LocalOutcome | undefined) => void;

interface Entry {
  begun: boolean;
  outcome: LocalOutcome | undefined;
  waiting: { readonly seen: SeenRequest; readonly then: Joined } | undefined;
  /** Since when one side waits for the other; by performance.now(). */
  since: number;
}

/** So long the one side waits for the other, once it is complete itself. */
const PATIENCE_MS = 10_000;
const SWEEP_MS = 1_000;

export class LocalAnswers implements AnswerWatcher {
  readonly #entries = new Map<string, Entry>();
  readonly #onOrphan: (outcome: LocalOutcome) => void;
  readonly #sweeper: NodeJS.Timeout;

  /** @param onOrphan told of an answer whose exchange nobody told of: the thread that knew of it has ended */
  constructor(onOrphan: (outcome: LocalOutcome) => void) {
    this.#onOrphan = onOrphan;
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  begin(auditId: string): void {
    this.#entry(auditId).begun = true;
  }

  settle(auditId: string, outcome: LocalOutcome): void {
    const entry = this.#entry(auditId);
    const { waiting } = entry;
    if (!waiting) {
      entry.outcome = outcome;
      entry.since = performance.now();
      return;
    }
    this.#entries.delete(auditId);
    waiting.then(waiting.seen, outcome);
  }

  /** Calls `then` once: at once when the answer is known, later when it is not, without one when it never comes. */
  join(seen: SeenRequest, then: Joined): void {
    const entry = this.#entry(seen.auditId);
    if (entry.outcome) {
      this.#entries.delete(seen.auditId);
      then(seen, entry.outcome);
    } else {
      entry.waiting = { seen, then };
      entry.since = performance.now();
    }
  }

  /** Whoever waits still, waits no longer. */
  close(): void {
    clearInterval(this.#sweeper);
    for (const { waiting } of this.#entries.values()) waiting?.then(waiting.seen, undefined);
    this.#entries.clear();
  }

  #entry(auditId: string): Entry {
    const known = this.#entries.get(auditId);
    if (known) return known;
    const entry: Entry = { begun: false, outcome: undefined, waiting: undefined, since: performance.now() };
    this.#entries.set(auditId, entry);
    return entry;
  }

  #sweep(): void {
    const limit = performance.now() - PATIENCE_MS;
    for (const [auditId, { begun, outcome, waiting, since }] of this.#entries) {
      // One that has begun comes to an end by itself.
      if (since > limit || (begun && !outcome)) continue;
      this.#entries.delete(auditId);
      if (waiting) waiting.then(waiting.seen, undefined);
      else if (outcome) this.#onOrphan(outcome);
    }
  }
}
