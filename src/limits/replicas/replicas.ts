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
import { Agreement, type Step } from './agreement.ts';
import { NO_PART, type Published, type ReplicaRecord, readReplica, writeReplica } from './replica-record.ts';

const RETRY_MS = 200;
const POLL_MS = 10;
/** A token of a bucket that was handed over empty takes a second at most. */
const TURN_MS = 3000;
/** For all to agree to a turn; and besides, before the next one where that was not enough. */
const TURN_WAIT_MS = 1000;
const TURN_AGAIN_MS = 7000;

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
  #published: Published = NO_PART;
  #hasShare = false;
  #isAgreed = false;
  #turning: NodeJS.Timeout | undefined;
  #isPublishing = false;
  #toPublish: Step['toPublish'];
  #turn = 0;
  #turnedAt = Number.NEGATIVE_INFINITY;

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

  /**
   * Tenants were refused here because this replica has nothing at all of their limits: what cannot be divided evenly shall go round. Not more
   * often than every three seconds, and not where what is held does not fit within one.
   */
  askTurn(): void {
    if (performance.now() - this.#turnedAt < TURN_MS) return;
    if (!this.#agreement.askTurn()) return;
    this.#step();
    // While they wait for each other, small limits are shut: one tenant that holds its own for long must not shut out the others.
    this.#turning = setTimeout(() => {
      if (this.#isAgreed) return;
      this.#agreement.withdrawTurn();
      this.#turnedAt = performance.now() + TURN_AGAIN_MS;
      this.#step();
    }, TURN_WAIT_MS).unref();
  }

  /** Gives its part back at once. To be called when nothing of the limits is held any more. */
  async close(): Promise<void> {
    clearTimeout(this.#turning);
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
    const { divisions, toPublish, isAgreed } = this.#agreement.observe(this.#seen);
    const turn = Math.max(...[...this.#seen.values()].map((record) => record.turn));
    if (turn !== this.#turn) [this.#turn, this.#turnedAt] = [turn, performance.now()];
    this.#options.onDivisions(divisions);
    this.#hasShare = divisions.length > 0;
    this.#isAgreed = isAgreed;
    if (isAgreed) this.#onAgreed();
    this.#toPublish = toPublish;
    if (toPublish && !this.#isPublishing) void this.#publish(toPublish, own.revision);
  }

  #giveNameUp(): void {
    this.#options.onTrouble?.(new Error(`another replica is called ${this.#name} as well`));
    this.#name = `${this.#options.name}-${randomUUID().slice(0, 8)}`;
    this.#agreement.startAnew(this.#name);
    this.#published = NO_PART;
    this.#options.onDivisions([]);
    this.#hasShare = false;
    this.#registeredAt = undefined;
    void this.#lease?.release('another replica has the name');
  }

  /** Says by whom this replica divides, as soon as it does so in fact. */
  async #publish(wanted: NonNullable<Step['toPublish']>, ownRevision: string): Promise<void> {
    this.#isPublishing = true;
    try {
      if (!(await this.#untilFits(wanted))) return;
      const key = this.#key();
      this.#published = wanted.published;
      await this.#options.client.kv.txn({
        // A write that was given up may still come through; it must not undo a later one.
        compare: [{ key, result: 'Equal', target: 'Mod', mod_revision: ownRevision }],
        success: [{ request_put: { key, value: this.#record(wanted.published), lease: this.#lease?.id ?? '0' } }],
        failure: [],
      });
    } catch (thrown) {
      // The next step, within a second or so, tries again.
      this.#options.onTrouble?.(thrown);
    } finally {
      this.#isPublishing = false;
      // What has changed meanwhile.
      if (this.#seen.get(this.#name)?.revision !== ownRevision || !isSamePublication(this.#toPublish, wanted)) this.#step();
    }
  }

  /** False where there is something else to publish by now. A turn waits until it is withdrawn, a newcomer not for ever. */
  async #untilFits(wanted: NonNullable<Step['toPublish']>): Promise<boolean> {
    if (wanted.isAsAgreed) return true;
    const giveUpAt = performance.now() + (wanted.isOnlyTurn ? Number.POSITIVE_INFINITY : this.#options.handOverMs);
    const { signal } = this.#stopping;
    while (!this.#options.fits(wanted.division) && performance.now() < giveUpAt) {
      await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted || !isSamePublication(this.#toPublish, wanted)) return false;
    }
    return true;
  }

  #key(): Buffer {
    return Buffer.concat([this.#range.start, Buffer.from(this.#name)]);
  }

  #record(published: Published): Buffer {
    return writeReplica({ instance: this.#instance, ...published });
  }
}

function isSamePublication(one: Step['toPublish'], other: Step['toPublish']): boolean {
  return JSON.stringify(one?.published) === JSON.stringify(other?.published);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
