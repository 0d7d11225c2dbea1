/** What the log keeps of an event. */
export interface LoggedEvent {
  /** Counts on from event to event. */
  readonly sequence: number;
  readonly revision: number;
  /** Whose it is; `EVERYBODY` for bookmarks, and for what the platform shares. */
  readonly tenantId: string;
  readonly isBookmark: boolean;
  /** Of an object that the platform shares, or has shared until then: its name. */
  readonly sharedName: string | undefined;
  /** As upstream sent it, until it has been translated: then in its tenant's names. */
  bytes: Buffer;
  isTranslated: boolean;
}

export const EVERYBODY = '*';

export interface LogLimits {
  readonly maxEvents: number;
  readonly maxBytes: number;
}

/**
 * The last events of a watch, in order, for clients that come back, that are slow, or that have just listed. Events of nobody's leave no
 * trace but the revision.
 */
export class EventLog {
  readonly #limits: LogLimits;
  #events: LoggedEvent[] = [];
  /** Where in the array the oldest stands. */
  #first = 0;
  #bytes = 0;
  #next = 0;
  #startRevision: number;

  /** @param startRevision behind which the log begins */
  constructor(startRevision: number, limits: LogLimits) {
    this.#startRevision = startRevision;
    this.#limits = limits;
  }

  /** All events with a later revision than this are in the log, and none else. */
  get startRevision(): number {
    return this.#startRevision;
  }

  /** Sequence of the oldest event, and of the one that comes next. */
  get start(): number {
    return this.#next - this.size;
  }

  get end(): number {
    return this.#next;
  }

  get size(): number {
    return this.#events.length - this.#first;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(event: Omit<LoggedEvent, 'sequence' | 'isTranslated'>): LoggedEvent {
    const logged = { ...event, sequence: this.#next++, isTranslated: false };
    this.#events.push(logged);
    this.#bytes += event.bytes.length;
    while (this.size > this.#limits.maxEvents || (this.#bytes > this.#limits.maxBytes && this.size > 1)) this.#dropOldest();
    return logged;
  }

  /** Gives up the older half: there is not enough memory for all logs. */
  halve(): void {
    for (let left = Math.ceil(this.size / 2); left > 0; left--) this.#dropOldest();
  }

  /** What is kept of it from now on, while it is kept. */
  replaceBytes(event: LoggedEvent, bytes: Buffer): void {
    if (event.sequence >= this.start) this.#bytes += bytes.length - event.bytes.length;
    event.bytes = bytes;
  }

  /** `start <= sequence < end` */
  at(sequence: number): LoggedEvent {
    return this.#events[this.#first + sequence - this.start] as LoggedEvent;
  }

  /** The first event that is later than the revision; `end` where there is none. */
  sequenceAfter(revision: number): number {
    let low = this.start;
    let high = this.#next;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.at(middle).revision > revision) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #dropOldest(): void {
    const oldest = this.#events[this.#first] as LoggedEvent;
    this.#events[this.#first++] = undefined as never;
    this.#bytes -= oldest.bytes.length;
    this.#startRevision = oldest.revision;
    if (this.#first > 1024 && this.#first * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#first);
      this.#first = 0;
    }
  }
}
