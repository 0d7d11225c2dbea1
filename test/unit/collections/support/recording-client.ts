import { type EventSink, Subscriber } from '../../../../src/collections/watch/subscriber.ts';

/** A client of a shared watch: keeps what it gets, and reads only when it is let. */
export class RecordingClient implements EventSink {
  readonly subscriber: Subscriber;
  readonly written: Buffer[] = [];
  last: Buffer | undefined;
  ends = 0;
  /** Writes behind the end, which a socket would refuse. */
  lateWrites = 0;
  #isBlocked = false;
  #isFull = false;
  #onDrain: () => void = () => {};

  constructor(tenantId = 'demo01', wantsBookmarks = false, tenantUid = `uid of ${tenantId}`) {
    this.subscriber = new Subscriber(tenantId, tenantUid, wantsBookmarks, this);
  }

  get isEnded(): boolean {
    return this.ends > 0;
  }

  /** Takes one more, and then none until `unblock`. */
  block(): void {
    this.#isBlocked = true;
  }

  /** The next one, while it is blocked. */
  takeOne(): void {
    if (!this.#isFull) return;
    this.#isFull = false;
    this.#onDrain();
  }

  unblock(): void {
    this.#isBlocked = false;
    this.takeOne();
  }

  write(bytes: Buffer): boolean {
    if (bytes.length === 0) return true;
    if (this.isEnded) this.lateWrites++;
    this.written.push(bytes);
    this.#isFull ||= this.#isBlocked;
    return !this.#isFull;
  }

  onDrain(listener: () => void): void {
    this.#onDrain = listener;
  }

  end(last?: Buffer): void {
    this.ends++;
    this.last = last;
  }

  get text(): string {
    return Buffer.concat(this.written).toString('utf8');
  }

  /** The events, of a watch in JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of it is the test
  get events(): { type: string; object: any }[] {
    return this.text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  }

  /** `type namespace/name@revision` of each event; of bookmarks `BOOKMARK @revision`. */
  get seen(): string[] {
    return this.events.map(({ type, object }) => {
      const { namespace, name, resourceVersion } = object.metadata;
      return `${type} ${[namespace, name].filter((part) => part !== undefined).join('/')}@${resourceVersion}`;
    });
  }
}
