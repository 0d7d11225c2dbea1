/** One shared watch: what upstream sends once is given to every client whose tenant it belongs to. */
import type { Ask } from '../ask-upstream.ts';
import { type Collection, tenantIdOfKey } from '../collection.ts';
import type { Form } from '../form.ts';
import { EVERYBODY, EventLog, type LoggedEvent, type LogLimits } from './event-log.ts';
import type { EventTranslator } from './event-translator.ts';
import { type UpstreamEvent, withColumns, withType } from './read-events.ts';
import type { Sharing } from './shared-events.ts';
import type { StreamKey } from './stream-key.ts';
import type { Feed, Subscriber } from './subscriber.ts';
import { followUpstream, type WatchEnd } from './upstream-watch.ts';

export interface HubStreamOptions {
  readonly key: StreamKey;
  readonly collection: Pick<Collection, 'row' | 'group' | 'version' | 'resource'>;
  readonly form: Form;
  readonly ask: Ask;
  readonly limits: LogLimits;
  readonly translator: EventTranslator;
  /** Of kinds of which the platform shares objects. */
  readonly sharing?: Sharing | undefined;
  readonly onBytes: (count: number) => void;
  readonly onRetry: (error: unknown) => void;
  /** A client was too slow. */
  readonly onDrop: () => void;
  /** Told once, when it is over; its clients have been told before. */
  readonly onEnd: (stream: HubStream, end: WatchEnd) => void;
  /** Told when there is something new to go by: see Hub. */
  readonly onProgress: (stream: HubStream) => void;
  /** Told when the last client has left. */
  readonly onIdle: (stream: HubStream) => void;
  readonly onInternalError: (error: unknown) => void;
}

export class HubStream implements Feed {
  readonly log: EventLog;
  readonly #options: HubStreamOptions;
  readonly #stop = new AbortController();
  readonly #byTenant = new Map<string, Set<Subscriber>>();
  readonly #lagging = new Set<Subscriber>();
  readonly #opened = Promise.withResolvers<void>();
  #position: number;
  #columns: string | undefined;
  #isOver = false;
  #hasProgressed = false;
  /** Requests that are about to add a client. */
  awaited = 0;
  /** The frame with which upstream has ended it. */
  #error: Buffer | undefined;

  /** Begins at once. @param revision behind which it begins */
  constructor(revision: number, options: HubStreamOptions) {
    this.#options = options;
    this.#position = revision;
    this.log = new EventLog(revision, options.limits);
    // Whoever waits is told; nobody may be.
    this.#opened.promise.catch(() => {});
    void this.#run(revision);
  }

  /** Resolves when upstream has answered; rejects with what it ended with before. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  get key(): StreamKey {
    return this.#options.key;
  }

  get position(): number {
    return this.#position;
  }

  /** Upstream has told something: it knows of where this one began. */
  get hasProgressed(): boolean {
    return this.#hasProgressed;
  }

  get isUnused(): boolean {
    return this.tenants === 0 && this.awaited === 0;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get tenants(): number {
    return this.#byTenant.size;
  }

  *subscribers(): Generator<Subscriber> {
    for (const subscribers of this.#byTenant.values()) yield* subscribers;
  }

  /** Whether all that has come since the revision can be told. */
  covers(revision: number): boolean {
    return !this.#isOver && revision >= this.log.startRevision;
  }

  /** @param revision which it covers. A stream that is over tells the client so. */
  add(subscriber: Subscriber, revision: number): void {
    if (this.#isOver) {
      subscriber.end(this.#lastFrame(subscriber));
      return;
    }
    if (!this.covers(revision)) {
      // What is kept has moved on since it was asked: better no watch than one with a gap.
      subscriber.end();
      return;
    }
    const ofTenant = this.#byTenant.get(subscriber.tenantId) ?? new Set();
    if (ofTenant.size === 0) this.#byTenant.set(subscriber.tenantId, ofTenant);
    ofTenant.add(subscriber);
    subscriber.follow(this, revision);
  }

  leave(subscriber: Subscriber): void {
    this.#lagging.delete(subscriber);
    const ofTenant = this.#byTenant.get(subscriber.tenantId);
    if (!ofTenant?.delete(subscriber)) return;
    if (ofTenant.size > 0) return;
    this.#byTenant.delete(subscriber.tenantId);
    this.#options.translator.forget(subscriber.tenantId);
    if (this.#byTenant.size === 0 && !this.#isOver) this.#options.onIdle(this);
  }

  /** Ends the watch upstream; there are no clients left. */
  close(): void {
    this.#isOver = true;
    this.#stop.abort();
  }

  setLagging(subscriber: Subscriber, lagging: boolean): void {
    if (lagging) this.#lagging.add(subscriber);
    else this.#lagging.delete(subscriber);
  }

  render(event: LoggedEvent, subscriber: Subscriber): Buffer {
    const bytes = this.#translated(event, subscriber);
    if (this.#options.form.shape !== 'table' || subscriber.hasColumns || this.#columns === undefined) return bytes;
    subscriber.hasColumns = true;
    return withColumns(bytes, this.#columns);
  }

  #translated(event: LoggedEvent, { tenantId }: Subscriber): Buffer {
    if (event.isTranslated) return event.bytes;
    let translated: Buffer;
    try {
      translated = this.#options.translator.translate(tenantId, event.bytes, event.sharedName);
    } catch (error) {
      // Nothing of it may leave, and what comes after would have a gap.
      this.#options.onInternalError(error);
      for (const subscriber of [...(this.#byTenant.get(tenantId) ?? [])]) subscriber.end();
      return Buffer.alloc(0);
    }
    if (event.tenantId !== EVERYBODY || event.isBookmark) {
      // Bookmarks name nobody: they are the same for all.
      this.log.replaceBytes(event, translated);
      event.isTranslated = true;
    }
    return translated;
  }

  async #run(revision: number): Promise<void> {
    const { key, form, ask, onBytes, onRetry } = this.#options;
    const end = await followUpstream(revision, {
      key,
      form,
      ask,
      signal: this.#stop.signal,
      onEvent: (event) => this.#take(event),
      onOpen: () => this.#opened.resolve(),
      onBytes,
      onRetry,
    });
    this.#isOver = true;
    if ('error' in end) this.#error = end.error;
    this.#opened.reject('failure' in end ? end.failure : new Error('upstream has ended the watch'));
    for (const subscriber of [...this.subscribers()]) subscriber.end(this.#lastFrame(subscriber));
    this.#options.onEnd(this, end);
  }

  /** Upstream's reason, in the tenant's words. */
  #lastFrame({ tenantId }: Subscriber): Buffer | undefined {
    try {
      return this.#error && this.#options.translator.translate(tenantId, this.#error);
    } catch (error) {
      this.#options.onInternalError(error);
      return undefined;
    }
  }

  #take(event: UpstreamEvent): void {
    this.#position = Number(event.meta.resourceVersion);
    this.#hasProgressed = true;
    if (event.columns !== undefined) this.#columns = event.columns;
    const logged = this.#log(event);
    if (logged) this.#tell(logged);
    this.#options.onProgress(this);
  }

  #tell(logged: LoggedEvent): void {
    for (const subscriber of this.#lagging) {
      if (!subscriber.isLost()) continue;
      this.#options.onDrop();
      subscriber.end();
    }
    const told = logged.tenantId === EVERYBODY ? this.subscribers() : (this.#byTenant.get(logged.tenantId) ?? []);
    for (const subscriber of [...told]) subscriber.offer(logged);
  }

  /** Undefined: it is nobody's. Whether there is such a tenant is not asked: who is none has no clients. */
  #log({ type, meta, bytes, globalDefault }: UpstreamEvent): LoggedEvent | undefined {
    const revision = this.#position;
    if (type === 'BOOKMARK') return this.log.push({ revision, tenantId: EVERYBODY, isBookmark: true, sharedName: undefined, bytes });
    const shown = this.#options.sharing?.(type, meta, globalDefault);
    if (shown !== undefined) {
      const told = shown === type ? bytes : withType(this.#options.form, bytes, type, shown);
      return this.log.push({ revision, tenantId: EVERYBODY, isBookmark: false, sharedName: meta.name, bytes: told });
    }
    const tenantId = tenantIdOfKey(this.#options.collection.row, meta);
    return tenantId === undefined ? undefined : this.log.push({ revision, tenantId, isBookmark: false, sharedName: undefined, bytes });
  }
}
