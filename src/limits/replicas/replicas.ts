/**
 * This gateway among its replicas: a key in etcd on a lease, and the keys of the others. From them it takes its part of every limit;
 * how they agree is in agreement.ts.
 *
 * Without etcd it goes on with the part it has. When etcd is away for all, that is exact. When it is away for this replica alone, the
 * others take its part over as soon as its lease ends, and the tenants may have as much more as that part until it is back: the
 * price of serving them at all. `trouble` is there for readiness, so that traffic goes elsewhere.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Etcd3 } from 'etcd3';
import { readFromEtcd } from '../../tenants/etcd-client.ts';
import { type KeyRange, watchKeys } from '../../tenants/etcd-watch.ts';
import { grantLease, type HeldLease } from '../../tenants/held-lease.ts';
import type { Division } from '../divisions.ts';
import { Agreement } from './agreement.ts';
import { type ReplicaRecord, readReplica, writeReplica } from './replica-record.ts';

const RETRY_MS = 200;
const POLL_MS = 10;

export interface ReplicasOptions {
  readonly client: Etcd3;
  /** Prefix of the product's keys; replicas are under `<prefix>replicas/`. */
  readonly prefix: string;
  /** The same when the replica is started again: then it takes the place of its predecessor at once. */
  readonly name: string;
  readonly leaseSeconds: number;
  /** The longest to wait, before a newcomer gets its part, for requests that are more than this replica's smaller one. */
  readonly handOverMs: number;
  /** Told what divisions are in force. */
  readonly onDivisions: (divisions: readonly Division[]) => void;
  /** Whether nothing is held that would be more than this division gives, in any thread. */
  readonly fits: (division: Division) => boolean;
  readonly onTrouble?: (cause: unknown) => void;
}

interface SeenRecord extends ReplicaRecord {
  readonly revision: string;
}

export class Replicas {
  /** Resolves when this replica has a part of the limits for the first time. Never rejects. */
  readonly ready: Promise<void>;
  readonly #options: ReplicasOptions;
  readonly #range: KeyRange;
  readonly #instance = randomUUID();
  readonly #agreement: Agreement;
  readonly #stopping = new AbortController();
  readonly #running: Promise<unknown>;
  readonly #seen = new Map<string, SeenRecord>();
  readonly #onAgreed: () => void;
  #name: string;
  #lease: HeldLease | undefined;
  #registeredAt: bigint | undefined;
  #published: readonly string[] = [];
  #hasShare = false;
  #isPublishing = false;

  constructor(options: ReplicasOptions) {
    this.#options = options;
    this.#name = options.name;
    this.#agreement = new Agreement(options.name);
    this.#range = { start: Buffer.from(`${options.prefix}replicas/`), end: Buffer.from(`${options.prefix}replicas0`) };
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ready = promise;
    this.#onAgreed = resolve;
    options.onDivisions([]);
    this.#running = Promise.all([this.#hold(), this.#follow()]);
  }

  /** Why this replica's part is not certain; undefined: it is. */
  get trouble(): string | undefined {
    if (!this.#hasShare) return 'the other replicas have not made room yet';
    return this.#lease && !this.#lease.ended.aborted ? undefined : 'this replica has lost its lease in etcd';
  }

  /** Gives its part back at once. To be called when nothing of the limits is held any more. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#lease?.release('the replica ends');
    await this.#running;
  }

  /** Keeps a lease, and the key on it. */
  async #hold(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const lease = await grantLease(this.#options.client, this.#options.leaseSeconds);
        this.#lease = lease;
        if (signal.aborted) return await lease.release('the replica ends');
        this.#registeredAt = undefined;
        const { header } = await this.#options.client.kv.put({ key: this.#key(), value: this.#record(this.#published), lease: lease.id });
        this.#registeredAt = BigInt(header.revision);
        this.#step();
        await aborted(lease.ended);
        if (!signal.aborted) this.#options.onTrouble?.(lease.ended.reason);
      } catch (thrown) {
        await this.#lease?.release('the key could not be written');
        this.#options.onTrouble?.(thrown);
        await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Keeps `#seen` as etcd has it. */
  async #follow(): Promise<void> {
    const { client, onTrouble } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const { kvs, header } = await readFromEtcd(() => client.kv.range({ key: this.#range.start, range_end: this.#range.end }));
        this.#seen.clear();
        for (const kv of kvs) this.#see(kv.key.toString(), kv.value, kv.mod_revision);
        this.#step();
        for await (const { events } of watchKeys(client, this.#range, header.revision, signal, onTrouble && { onRetry: onTrouble })) {
          for (const { type, key, value, revision } of events) this.#see(key, type === 'put' ? value : undefined, revision);
          this.#step();
        }
      } catch (thrown) {
        if (!signal.aborted) onTrouble?.(thrown);
      }
      await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  #see(key: string, value: Buffer | undefined, revision: string): void {
    const name = key.slice(this.#range.start.length);
    if (value === undefined) this.#seen.delete(name);
    else this.#seen.set(name, { ...readReplica(value), revision });
  }

  #step(): void {
    const own = this.#seen.get(this.#name);
    if (!own || this.#stopping.signal.aborted) return;
    if (own.instance !== this.#instance) {
      // A predecessor's, until our own has been written; or a namesake's who came after us, and has the name now.
      if (this.#registeredAt !== undefined && BigInt(own.revision) > this.#registeredAt) this.#giveNameUp();
      return;
    }
    const members = new Map([...this.#seen].map(([name, { members }]) => [name, members]));
    const { divisions, toPublish, isAgreed } = this.#agreement.observe(members);
    this.#options.onDivisions(divisions);
    this.#hasShare = divisions.length > 0;
    if (isAgreed) this.#onAgreed();
    if (toPublish && !this.#isPublishing) void this.#publish(toPublish, own.revision);
  }

  #giveNameUp(): void {
    this.#options.onTrouble?.(new Error(`another replica is called ${this.#name} as well`));
    this.#name = `${this.#options.name}-${randomUUID().slice(0, 8)}`;
    this.#agreement.startAnew(this.#name);
    this.#published = [];
    this.#options.onDivisions([]);
    this.#hasShare = false;
    this.#registeredAt = undefined;
    void this.#lease?.release('another replica has the name');
  }

  /** Says by whom this replica divides, as soon as it does so in fact. */
  async #publish(names: readonly string[], ownRevision: string): Promise<void> {
    this.#isPublishing = true;
    try {
      await this.#untilFits({ count: names.length, index: names.indexOf(this.#name) });
      const key = this.#key();
      this.#published = names;
      await this.#options.client.kv.txn({
        // A write that was given up may still come through; it must not undo a later one.
        compare: [{ key, result: 'Equal', target: 'Mod', mod_revision: ownRevision }],
        success: [{ request_put: { key, value: this.#record(names), lease: this.#lease?.id ?? '0' } }],
        failure: [],
      });
    } catch (thrown) {
      // The next step, within a second or so, tries again.
      this.#options.onTrouble?.(thrown);
    } finally {
      this.#isPublishing = false;
    }
    // What has changed meanwhile.
    if (this.#seen.get(this.#name)?.revision !== ownRevision) this.#step();
  }

  async #untilFits(division: Division): Promise<void> {
    const giveUpAt = performance.now() + this.#options.handOverMs;
    const { signal } = this.#stopping;
    while (!this.#options.fits(division) && performance.now() < giveUpAt && !signal.aborted) {
      await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  #key(): Buffer {
    return Buffer.concat([this.#range.start, Buffer.from(this.#name)]);
  }

  #record(members: readonly string[]): Buffer {
    return writeReplica({ instance: this.#instance, members });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
