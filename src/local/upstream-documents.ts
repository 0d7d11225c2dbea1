import { createHash } from 'node:crypto';
import { KubeError } from '../errors.ts';
import { type CacheCounts, NO_CACHE_METRICS } from '../telemetry/cache-metrics.ts';

export interface UpstreamAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** GET of a path (with its query, if any) at upstream with the gateway's own credential. Throws when there is no answer in due time. */
export type UpstreamFetch = (path: string, headers: Readonly<Record<string, string>>) => Promise<UpstreamAnswer>;

/** One upstream document in one media type, and what is made of it. */
export interface DocumentSource<T> {
  readonly path: string;
  readonly accept: string;
  /**
   * Runs once for each change of the document.
   * @param previous what was built of the document as it was before
   */
  build(answer: UpstreamAnswer, previous: T | undefined): T | Promise<T>;
  /** Bytes that the built value holds on to. */
  size(value: T, answer: UpstreamAnswer): number;
}

export interface UpstreamDocumentsOptions {
  readonly fetch: UpstreamFetch;
  /** Gets each failure to refresh. */
  readonly onFailure: (path: string, error: unknown) => void;
  /** Told of each reading, and of each for which upstream was asked. */
  readonly counts?: CacheCounts;
  /** How long a document is served unasked, in ms. */
  readonly freshForMs?: number;
  /** The same of a document that takes long to check, in ms. */
  readonly longestPauseMs?: number;
  /** How long a request waits for a refresh when it could have the old document, in ms. */
  readonly patienceMs?: number;
  /** Bytes of built documents that are kept; the least recently read go first. */
  readonly maxBytes?: number;
  readonly now?: () => number;
}

interface Entry {
  /** Undefined: upstream has no such document. */
  value: unknown;
  hasValue: boolean;
  upstreamEtag: string | undefined;
  digest: string;
  size: number;
  checkedAt: number;
  /** How long the last check took, in ms. */
  took: number;
  refreshing: Promise<void> | undefined;
}

/**
 * Documents that upstream gives to everybody alike (discovery, OpenAPI, version), built once for all tenants. They are
 * asked for again by ETag after a short while, by one request at a time, and the last good ones are served while
 * upstream is away.
 */
export class UpstreamDocuments {
  readonly #entries = new Map<string, Entry>();
  readonly #options: Required<UpstreamDocumentsOptions>;

  constructor(options: UpstreamDocumentsOptions) {
    const counts = NO_CACHE_METRICS.upstream_documents;
    const defaults = { counts, freshForMs: 250, longestPauseMs: 1_000, patienceMs: 2_000, maxBytes: 64 * 1024 * 1024, now: Date.now };
    this.#options = { ...defaults, ...options };
  }

  /**
   * The built document, or undefined where upstream has none. Throws KubeError ServiceUnavailable.
   * @param freshForMs how old it may be, where that is less than usual
   */
  async read<T>(source: DocumentSource<T>, freshForMs?: number): Promise<T | undefined> {
    const key = `${source.accept} ${source.path}`;
    this.#options.counts.onLookup();
    const entry = this.#entries.get(key) ?? newEntry();
    const maxAgeMs = freshForMs ?? Math.max(this.#options.freshForMs, Math.min(PAUSE_FACTOR * entry.took, this.#options.longestPauseMs));
    // Re-insertion keeps the map in order of last use.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (!entry.hasValue || this.#options.now() - entry.checkedAt >= maxAgeMs) {
      entry.refreshing ??= this.#refresh(key, source, entry).finally(() => {
        entry.refreshing = undefined;
      });
      if (!entry.hasValue) await entry.refreshing;
      // Upstream is slow or hangs: one request has waited for it, those of the next moments get what is there.
      else if (!(await settlesWithin(entry.refreshing, this.#options.patienceMs))) entry.checkedAt = this.#options.now();
    }
    return entry.value as T | undefined;
  }

  /** Bytes held at the moment. */
  get bytes(): number {
    let total = 0;
    for (const entry of this.#entries.values()) total += entry.size;
    return total + OVERHEAD_BYTES * this.#entries.size;
  }

  /** Throws only when there is nothing old to serve. */
  async #refresh<T>(key: string, source: DocumentSource<T>, entry: Entry): Promise<void> {
    const startedAt = this.#options.now();
    this.#options.counts.onMiss();
    try {
      const headers: Record<string, string> = { accept: source.accept };
      if (entry.upstreamEtag !== undefined) headers['if-none-match'] = entry.upstreamEtag;
      const answer = await this.#options.fetch(source.path, headers);
      if (answer.status !== 304) await store(source, entry, answer);
      entry.hasValue = true;
    } catch (error) {
      this.#options.onFailure(source.path, error);
      if (!entry.hasValue) {
        this.#entries.delete(key);
        throw new KubeError('ServiceUnavailable', 'the server is currently unable to handle the request', undefined, { cause: error });
      }
    }
    entry.checkedAt = this.#options.now();
    entry.took = entry.checkedAt - startedAt;
    this.#evict(key);
  }

  #evict(keptKey: string): void {
    let total = this.bytes;
    for (const [key, entry] of this.#entries) {
      if (total <= this.#options.maxBytes) return;
      if (key === keptKey || entry.refreshing) continue;
      this.#entries.delete(key);
      total -= entry.size + OVERHEAD_BYTES;
    }
  }
}

/** So many times as long as a document's last check took, it is served unasked: large ones must not keep this process busy. */
const PAUSE_FACTOR = 4;

/** What an entry costs beside what is built, also one that says that there is nothing. */
const OVERHEAD_BYTES = 512;

function newEntry(): Entry {
  return { value: undefined, hasValue: false, upstreamEtag: undefined, digest: '', size: 0, checkedAt: 0, took: 0, refreshing: undefined };
}

async function store<T>(source: DocumentSource<T>, entry: Entry, answer: UpstreamAnswer): Promise<void> {
  if (answer.status === 404 || answer.status === 406) {
    Object.assign(entry, { value: undefined, upstreamEtag: undefined, digest: '', size: 0 });
    return;
  }
  if (answer.status !== 200) throw new Error(`upstream answered ${answer.status} to GET ${source.path}`);
  const digest = createHash('sha256').update(answer.body).digest('base64');
  if (digest !== entry.digest) {
    const value = await source.build(answer, entry.value as T | undefined);
    Object.assign(entry, { value, digest, size: source.size(value, answer) });
  }
  entry.upstreamEtag = oneValue(answer.headers.etag);
}

function oneValue(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

async function settlesWithin(promise: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  return Promise.race([promise.then(() => true), patience]).finally(() => clearTimeout(timer));
}
