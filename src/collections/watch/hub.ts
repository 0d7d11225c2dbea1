/**
 * The shared watches of this replica: one for each kind and form (and selector), whatever the number of tenants and clients.
 *
 * A client that starts further back than what is kept of a stream is served from another that begins there. That one has all the
 * other has, so it takes its place, and the clients of the other move over when it has come as far: see docs/decisions/0026.
 */
import type { Ask } from '../ask-upstream.ts';
import type { Collection } from '../collection.ts';
import type { Form } from '../form.ts';
import { isSelected } from '../selection.ts';
import type { LogLimits } from './event-log.ts';
import type { EventTranslator } from './event-translator.ts';
import { HubStream } from './hub-stream.ts';
import type { Sharing } from './shared-events.ts';
import { type StreamKey, textOfKey } from './stream-key.ts';
import type { Subscriber } from './subscriber.ts';

export interface HubMetrics {
  onHubBytes(count: number): void;
  /** A stream was begun because a client starts further back than the one there was. */
  onCatchUp(): void;
  /** A client was too slow. */
  onDrop(): void;
  /** A stream goes on after upstream has ended or broken it. */
  onResume(): void;
}

export interface HubOptions {
  /** As the gateway itself. */
  readonly ask: Ask;
  readonly metrics: HubMetrics;
  /** Of each stream. */
  readonly limits?: LogLimits;
  /** Of the events of all streams. */
  readonly maxBytes?: number;
  /** How long a stream goes on without clients, in ms: they come back. */
  readonly lingerMs?: number;
  readonly onInternalError: (error: unknown) => void;
  readonly onTrouble: (error: unknown, path: string) => void;
}

export interface Subscription {
  readonly key: StreamKey;
  readonly collection: Collection;
  readonly form: Form;
  readonly createTranslator: () => EventTranslator;
  readonly createSharing?: (() => Sharing) | undefined;
}

const LIMITS: LogLimits = { maxEvents: 16_384, maxBytes: 32 * 1024 * 1024 };
/** As much as four busy streams: few are, and the largest gives way. */
const MAX_BYTES = 128 * 1024 * 1024;
const LINGER_MS = 30_000;
const SELECTED_LINGER_MS = 2_000;

export class Hub {
  readonly #options: HubOptions;
  /** By key: the one that goes furthest back, which new clients follow. */
  readonly #streams = new Map<string, HubStream>();
  /** By key: those whose place another has taken, until their clients have moved. */
  readonly #retired = new Map<string, Set<HubStream>>();
  readonly #timers = new Map<HubStream, NodeJS.Timeout>();

  constructor(options: HubOptions) {
    this.#options = options;
  }

  /** All streams, those included that wait for their end. */
  *streams(): Generator<HubStream> {
    yield* this.#streams.values();
    for (const retired of this.#retired.values()) yield* retired;
  }

  /**
   * The stream from which a client can be told all that has come since the revision. Resolves when upstream has answered.
   * Rejects with UpstreamRefusal, or another Error where upstream cannot be reached.
   */
  async open(subscription: Subscription, revision: number): Promise<HubStream> {
    const text = textOfKey(subscription.key);
    const known = this.#streams.get(text);
    let stream = this.#find(text, revision);
    if (stream) this.#keep(stream);
    else {
      stream = this.#begin(subscription, revision, text);
      if (known && !known.isOver) this.#options.metrics.onCatchUp();
    }
    stream.awaited++;
    try {
      await stream.opened;
    } finally {
      // The client is added at once, but not yet.
      setImmediate(() => stream.awaited--);
    }
    return stream;
  }

  /** One of which upstream may know nothing is for those alone whom no other can serve. */
  #find(text: string, revision: number): HubStream | undefined {
    const current = this.#streams.get(text);
    const covering = [...(this.#retired.get(text) ?? [])].filter((stream) => stream.covers(revision));
    if (current?.covers(revision) && (current.hasProgressed || covering.length === 0)) return current;
    return covering[0];
  }

  /** Ends every watch of the tenant's that was begun for another than the one that there is now. */
  endWhere(isOver: (subscriber: Subscriber) => boolean): void {
    for (const stream of [...this.streams()]) {
      for (const subscriber of [...stream.subscribers()]) if (isOver(subscriber)) subscriber.end();
    }
  }

  close(): void {
    for (const stream of [...this.streams()]) {
      for (const subscriber of [...stream.subscribers()]) subscriber.end();
      this.#remove(stream);
    }
  }

  #begin({ key, collection, form, createTranslator, createSharing }: Subscription, revision: number, text: string): HubStream {
    const { ask, metrics, limits = LIMITS, onInternalError, onTrouble } = this.#options;
    const replaced = this.#streams.get(text);
    const stream = new HubStream(revision, {
      key,
      collection,
      form,
      ask,
      limits,
      translator: createTranslator(),
      sharing: createSharing?.(),
      onBytes: metrics.onHubBytes,
      onRetry: (error) => {
        metrics.onResume();
        onTrouble(error, key.path);
      },
      onDrop: metrics.onDrop,
      onEnd: (ended) => this.#remove(ended),
      onProgress: () => {
        this.#move(text);
        this.#keepWithin();
      },
      onIdle: (idle) => this.#linger(idle),
      onInternalError,
    });
    this.#streams.set(text, stream);
    // Nobody may have come when upstream has answered.
    this.#linger(stream);
    if (replaced && !replaced.isOver) {
      const retired = this.#retired.get(text) ?? new Set();
      this.#retired.set(text, retired.add(replaced));
    }
    return stream;
  }

  /** Many streams, each within its own limits, must not be too much together. */
  #keepWithin(): void {
    const streams = [...this.streams()];
    const total = streams.reduce((sum, { log }) => sum + log.bytes, 0);
    if (total <= (this.#options.maxBytes ?? MAX_BYTES)) return;
    streams.reduce((largest, stream) => (stream.log.bytes > largest.log.bytes ? stream : largest)).log.halve();
  }

  /** Lets clients of a retired stream go on from the one that has taken its place, once that has told all that they have been told. */
  #move(text: string): void {
    const retired = this.#retired.get(text);
    if (!retired) return;
    const current = this.#streams.get(text);
    for (const stream of [...retired]) {
      if (current && current !== stream && current.position >= stream.position && current.covers(stream.position)) {
        for (const subscriber of [...stream.subscribers()]) {
          if (!subscriber.isIdle) continue;
          const { position = stream.position } = subscriber;
          subscriber.detach();
          current.add(subscriber, position);
        }
      }
      if (stream.isUnused) this.#remove(stream);
    }
  }

  #linger(stream: HubStream): void {
    const { lingerMs = isSelected(stream.key) ? SELECTED_LINGER_MS : LINGER_MS } = this.#options;
    clearTimeout(this.#timers.get(stream));
    const timer = setTimeout(() => {
      if (stream.isUnused) this.#remove(stream);
      else if (stream.tenants === 0) this.#linger(stream);
      else this.#timers.delete(stream);
    }, lingerMs);
    timer.unref();
    this.#timers.set(stream, timer);
  }

  /** Somebody is about to follow it. */
  #keep(stream: HubStream): void {
    if (this.#timers.has(stream)) this.#linger(stream);
  }

  #remove(stream: HubStream): void {
    clearTimeout(this.#timers.get(stream));
    this.#timers.delete(stream);
    stream.close();
    const text = textOfKey(stream.key);
    const retired = this.#retired.get(text);
    retired?.delete(stream);
    if (this.#streams.get(text) === stream) {
      this.#streams.delete(text);
      // Upstream may know no more of where the new one was to begin; the one before goes on.
      const [before] = [...(retired ?? [])].sort((a, b) => a.log.startRevision - b.log.startRevision);
      if (before) {
        retired?.delete(before);
        this.#streams.set(text, before);
      }
    }
    if (retired?.size === 0) this.#retired.delete(text);
  }
}
