import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../../src/launch/kube/kubeconfig.ts';
import { openExchange } from '../helpers/open-exchange.ts';
import type { ChangeType, Observations, Observer, Session, Sighting } from './observation.ts';
import type { Random } from './random.ts';
import { ID_STEM, OWNER_ANNOTATION } from './tenants.ts';

const CONFIG_MAPS = '/api/v1/configmaps';
/** Short, so that there are many ends and begins. */
const WATCH_SECONDS: readonly [number, number] = [20, 90];
/** A watch that does not end by itself is ended after that many seconds more. */
const PATIENCE_SECONDS = 30;
const EXPIRED = 410;

interface WireObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

interface WireEvent {
  readonly type: ChangeType | 'BOOKMARK' | 'ERROR';
  readonly object: WireObject & { readonly code?: number };
}

/** A reflector in our own hand, on ConfigMaps of all namespaces: lists, watches on from the last revision it knows, lists anew when that is too old. */
export class RawWatcher {
  readonly observations: Observations;
  /** Answers that were neither a list nor a watch, and ERROR events, by their code. */
  readonly refusals = new Map<number, number>();
  /** Lines that hold what no tenant may see. */
  readonly forbidden: string[] = [];
  /** Requests that ended without a whole answer. */
  broken = 0;
  /** Watches that did not end when they should have. */
  overdue = 0;
  /** Times that the last known revision was too old. */
  expired = 0;
  reached = 0;
  readonly #cluster: Cluster;
  readonly #random: Random;
  readonly #over: AbortController = new AbortController();
  readonly #running: Promise<void>;

  constructor(cluster: Cluster, tenantId: string, random: Random) {
    const observer: Observer = { tenantId, client: 'raw watcher', resource: 'configmaps' };
    this.observations = { observer, listings: [], sessions: [] };
    this.#cluster = cluster;
    this.#random = random;
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    let from: number | undefined;
    while (!this.#over.signal.aborted) {
      if (from === undefined) from = await this.#list();
      else from = await this.#watch(from);
      this.reached = Math.max(this.reached, from ?? 0);
    }
  }

  /** The list's revision; undefined when there was none. */
  async #list(): Promise<number | undefined> {
    const exchange = openExchange(this.#cluster, CONFIG_MAPS);
    this.#over.signal.addEventListener('abort', exchange.cut, { once: true });
    try {
      const { status, body } = await exchange.answer();
      this.#checkNames(body);
      if (status !== 200) {
        await this.#refused(status);
        return undefined;
      }
      const { metadata, items } = JSON.parse(body) as { metadata: { resourceVersion: string }; items: WireObject[] };
      const revision = Number(metadata.resourceVersion);
      this.observations.listings.push({ observer: this.observations.observer, revision, items: items.map(toSighting) });
      return revision;
    } catch {
      await this.#brokenOff();
      return undefined;
    } finally {
      this.#over.signal.removeEventListener('abort', exchange.cut);
    }
  }

  /** Where to go on: the last revision it knows, or undefined for a new list. */
  async #watch(from: number): Promise<number | undefined> {
    const seconds = Math.round(this.#random.between(...WATCH_SECONDS));
    const query = `watch=true&allowWatchBookmarks=true&resourceVersion=${from}&timeoutSeconds=${seconds}`;
    const begun = performance.now();
    const exchange = openExchange(this.#cluster, `${CONFIG_MAPS}?${query}`, { timeoutMs: (seconds + PATIENCE_SECONDS) * 1000 });
    this.#over.signal.addEventListener('abort', exchange.cut, { once: true });
    let reached = from;
    try {
      const response = await exchange.response;
      if (response.statusCode !== 200) {
        const { status, body } = await exchange.answer();
        this.#checkNames(body);
        if (status !== EXPIRED) await this.#refused(status);
        else this.expired += 1;
        return status === EXPIRED ? undefined : from;
      }
      const session: Session = { observer: this.observations.observer, from, entries: [] };
      this.observations.sessions.push(session);
      let text = '';
      response.setEncoding('utf8');
      for await (const chunk of response) {
        const lines = (text + chunk).split('\n');
        // What follows the last line break is cut off when the answer is.
        text = lines.pop()!;
        for (const line of lines) {
          this.#checkNames(line);
          const { type, object } = JSON.parse(line) as WireEvent;
          if (type === 'ERROR') {
            const code = object.code ?? 0;
            if (code !== EXPIRED) await this.#refused(code);
            else this.expired += 1;
            return code === EXPIRED ? undefined : reached;
          }
          const revision = Number(object.metadata.resourceVersion);
          session.entries.push(type === 'BOOKMARK' ? { type, revision } : { type, ...toSighting(object) });
          reached = revision;
          this.reached = Math.max(this.reached, reached);
        }
      }
      return reached;
    } catch {
      if (performance.now() - begun >= (seconds + PATIENCE_SECONDS) * 1000 - 100) this.overdue += 1;
      await this.#brokenOff();
      return reached;
    } finally {
      exchange.cut();
      this.#over.signal.removeEventListener('abort', exchange.cut);
    }
  }

  #checkNames(text: string): void {
    const at = text.indexOf(ID_STEM);
    if (at >= 0 && this.forbidden.length < 5) this.forbidden.push(text.slice(Math.max(0, at - 100), at + 100));
  }

  #refused(status: number): Promise<void> {
    this.refusals.set(status, (this.refusals.get(status) ?? 0) + 1);
    return this.#backOff();
  }

  #brokenOff(): Promise<void> {
    if (!this.#over.signal.aborted) this.broken += 1;
    return this.#backOff();
  }

  /** As any client does: else it would be a busy loop. */
  async #backOff(): Promise<void> {
    await delay(this.#random.between(200, 1000), undefined, { signal: this.#over.signal }).catch(() => {});
  }
}

function toSighting({ metadata }: WireObject): Sighting {
  const { name, namespace, resourceVersion, annotations } = metadata;
  return {
    key: namespace === undefined ? name : `${namespace}/${name}`,
    revision: Number(resourceVersion),
    owner: annotations?.[OWNER_ANNOTATION],
  };
}
