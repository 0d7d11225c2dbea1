import type { EventLog, LoggedEvent } from './event-log.ts';
import { EVERYBODY } from './event-log.ts';

/** Where a client's events go. */
export interface EventSink {
  /** @returns false: it takes no more for now, and says `onDrain` when it does */
  write(bytes: Buffer): boolean;
  onDrain(listener: () => void): void;
  /** Over, in good order; a last frame may come before. */
  end(last?: Buffer): void;
}

/** What a stream does for those who follow it. */
export interface Feed {
  readonly log: EventLog;
  /** The revision up to which everything has been told. */
  readonly position: number;
  /** Bytes for that client. */
  render(event: LoggedEvent, subscriber: Subscriber): Buffer;
  /** It has fallen behind what is kept, or has caught up again. */
  setLagging(subscriber: Subscriber, lagging: boolean): void;
  leave(subscriber: Subscriber): void;
}

/**
 * One client of a shared watch. It holds no events of its own, only its place in the log: who reads slowly reads from there, and
 * loses its watch when the log has moved on, which costs nobody else anything.
 */
export class Subscriber {
  readonly tenantId: string;
  /** Of the tenant as it was when the client was let in. */
  readonly tenantUid: string | undefined;
  readonly wantsBookmarks: boolean;
  readonly #sink: EventSink;
  #feed: Feed | undefined;
  /** The next event that it has not got; while `#isIdle`, all that are for it have been sent. */
  #sequence = 0;
  /** What is not later than this it has been told elsewhere: by a list, which may be ahead of the watch. */
  #from = 0;
  #isIdle = true;
  #isBlocked = false;
  /** Of a Table: its columns have been told. */
  hasColumns = false;

  constructor(tenantId: string, tenantUid: string | undefined, wantsBookmarks: boolean, sink: EventSink) {
    this.tenantId = tenantId;
    this.tenantUid = tenantUid;
    this.wantsBookmarks = wantsBookmarks;
    this.#sink = sink;
    sink.onDrain(() => {
      this.#isBlocked = false;
      if (!this.#isIdle) this.#pump();
    });
  }

  /** Everything that it is to get has been sent. */
  get isIdle(): boolean {
    return this.#isIdle;
  }

  /** The revision up to which it has been told everything; undefined while there is more to tell. */
  get position(): number | undefined {
    return this.#isIdle && this.#feed ? Math.max(this.#from, this.#feed.position) : undefined;
  }

  /** From now on it follows that feed, with what comes after the revision. Its former feed, if any, has let go of it. */
  follow(feed: Feed, revision: number): void {
    this.#feed = feed;
    this.#from = revision;
    this.#sequence = feed.log.sequenceAfter(revision);
    this.#isIdle = false;
    this.#pump();
  }

  /** A new event stands in the log. Told of those alone that may be for it. */
  offer(event: LoggedEvent): void {
    if (!this.#isIdle) return;
    this.#sequence = event.sequence;
    this.#pump();
  }

  /** What is kept begins behind its place: it has lost events. */
  isLost(): boolean {
    return !this.#isIdle && this.#feed !== undefined && this.#sequence < this.#feed.log.start;
  }

  /** Its watch is over; it is told a last frame where there is one. */
  end(last?: Buffer): void {
    const feed = this.#feed;
    this.#feed = undefined;
    feed?.leave(this);
    this.#sink.end(last);
  }

  /** The client is gone, or goes on elsewhere. */
  detach(): void {
    const feed = this.#feed;
    this.#feed = undefined;
    feed?.leave(this);
  }

  #pump(): void {
    const feed = this.#feed;
    if (!feed) return;
    while (this.#sequence < feed.log.end) {
      const event = this.#sequence < feed.log.start ? undefined : feed.log.at(this.#sequence);
      if (event && !this.#wants(event)) {
        this.#sequence++;
        continue;
      }
      if (!event || this.#isBlocked) {
        this.#wait(feed);
        return;
      }
      this.#sequence++;
      if (!this.#sink.write(feed.render(event, this))) this.#isBlocked = true;
      // Rendering may have ended it: the stream was not as it should be.
      if (this.#feed !== feed) return;
    }
    if (!this.#isIdle) feed.setLagging(this, false);
    this.#isIdle = true;
  }

  #wait(feed: Feed): void {
    this.#isIdle = false;
    feed.setLagging(this, true);
  }

  #wants({ tenantId, isBookmark, revision }: LoggedEvent): boolean {
    if (revision <= this.#from) return false;
    if (isBookmark) return this.wantsBookmarks;
    return tenantId === this.tenantId || tenantId === EVERYBODY;
  }
}
