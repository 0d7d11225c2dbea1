/**
 * Gets namespaces the room that they lack. Whatever goes wrong here, no limit is passed: kube-apiserver itself keeps each
 * namespace to its share, and the shares together are within the limit by the order in which things are written:
 *
 * - to raise a share: read it; write the ledger, from the revision that was read; write the share, from the version that was read;
 * - to lower one: read the ledger; write the share; write the ledger, from the revision that was read.
 *
 * So of two that meet, on whatever replicas, one fails and begins again; and one that stops half-way leaves room unused, never used twice.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { KeyStore } from '../tenants/etcd-keys.ts';
import type { UpstreamClient } from '../upstream/upstream-client.ts';
import { isUpstreamError } from '../upstream/upstream-error.ts';
import { type Amounts, amountOf } from './amounts.ts';
import { type GrantPlan, type Ledger, planGrant, type Share, withGrants } from './ledger.ts';
import { readLedger, writeLedger } from './ledger-store.ts';
import { quotaPath, SHARE_QUOTA } from './names.ts';
import { Reservations } from './reservations.ts';
import { listTenantQuotas, lowerShare, raiseShare, readShare, sharesAmong } from './shares.ts';

/** Beyond this kube-apiserver decides by the share as it is. */
const PATIENCE_MS = 4_000;
const PAUSE_MS = 25;
/** A namespace in which nothing has changed for so long has nothing under way, on whatever replica. */
const QUIET_MS = 300;
/** From the apiserver's cache, in which a change has been seen, to its quota plugin's. */
const SPREAD_MS = 15;
/** Namespaces that are no more are forgotten with all others. */
const MAX_SEEN = 10_000;

export type RoomAnswer =
  | { readonly kind: 'room' }
  /** The tenant as a whole has none: what it asked for, uses and may use of the keys in question. */
  | { readonly kind: 'exceeded'; readonly requested: Amounts; readonly used: Amounts; readonly limited: Amounts };

const ROOM: RoomAnswer = { kind: 'room' };

export interface RoomKeeperDeps {
  /** May read and write ResourceQuotas. */
  readonly upstream: UpstreamClient;
  readonly keys: KeyStore;
}

export class RoomKeeper {
  readonly #deps: RoomKeeperDeps;
  readonly #reservations = new Reservations();
  /** By tenant: the end of the last one in the line. */
  readonly #lines = new Map<string, Promise<unknown>>();
  /** By namespace: since when its share is seen in this version. */
  readonly #seen = new Map<string, { version: string; since: number }>();

  constructor(deps: RoomKeeperDeps) {
    this.#deps = deps;
  }

  /**
   * Room for `need` in a namespace, both in upstream's spelling, as far as the tenant has it. Throws UpstreamError, StoreError: then the
   * namespace has the share it had.
   */
  async makeRoom(tenantId: string, namespace: string, need: Amounts): Promise<RoomAnswer> {
    const share = await readShare(this.#deps.upstream, namespace);
    if (!share) return ROOM;
    const limited: Amounts = new Map([...need].filter(([key]) => share.spec.has(key)));
    if (limited.size === 0) return ROOM;
    this.#reservations.observe(namespace, share.used);
    if (this.#fits(share, limited)) return this.#letThrough(share, limited);
    return await this.#inLine(tenantId, () => this.#fetchRoom(tenantId, namespace, limited));
  }

  #fits({ namespace, hard, used }: Share, need: Amounts): boolean {
    const reserved = this.#reservations.of(namespace);
    return [...need].every(([key, amount]) => amountOf(used, key) + amountOf(reserved, key) + amount <= amountOf(hard, key));
  }

  #letThrough({ namespace, used }: Share, need: Amounts): RoomAnswer {
    this.#reservations.add(namespace, need, used);
    return ROOM;
  }

  /** One at a time for a tenant: what two would fetch, they would fetch from each other. */
  async #inLine<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
    const before = this.#lines.get(tenantId) ?? Promise.resolve();
    const run = before.then(work, work);
    const settled = run.catch(() => undefined);
    this.#lines.set(tenantId, settled);
    try {
      return await run;
    } finally {
      if (this.#lines.get(tenantId) === settled) this.#lines.delete(tenantId);
    }
  }

  async #fetchRoom(tenantId: string, namespace: string, need: Amounts): Promise<RoomAnswer> {
    const { upstream, keys } = this.#deps;
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const kept = await readLedger(keys, tenantId);
      if (!kept) return ROOM;
      const shares = sharesAmong(await listTenantQuotas(upstream, tenantId));
      for (const share of shares.values()) this.#observe(share);
      const plan = this.#plan(kept.ledger, shares, namespace, need);
      const share = shares.get(namespace);
      if (plan.kind === 'exceeded') return exceeded(kept.ledger, need, plan.used);
      if (!share) return ROOM;
      if (plan.kind === 'roomy') return this.#letThrough(share, need);
      // A share is written while nothing of ours is being counted in it: kube-apiserver gives up on a count after a few conflicts.
      const isBusy = this.#reservations.of(namespace).size > 0;
      const moved = plan.kind === 'move' && !isBusy && (await this.#move(tenantId, kept, shares, share, plan));
      if (moved) return this.#letThrough(share, need);
      if (performance.now() > deadline) return ROOM;
      await delay(PAUSE_MS);
    }
  }

  #plan(ledger: Ledger, shares: ReadonlyMap<string, Share>, namespace: string, need: Amounts): GrantPlan {
    return planGrant(ledger, shares, {
      namespace,
      need,
      reserved: (other) => this.#reservations.of(other),
      isQuiet: (other) => this.#isQuiet(other),
    });
  }

  #observe({ namespace, resourceVersion, used }: Share): void {
    this.#reservations.observe(namespace, used);
    if (this.#seen.size > MAX_SEEN) this.#seen.clear();
    if (this.#seen.get(namespace)?.version !== resourceVersion)
      this.#seen.set(namespace, { version: resourceVersion, since: performance.now() });
  }

  #isQuiet(namespace: string): boolean {
    const seen = this.#seen.get(namespace);
    return seen !== undefined && performance.now() - seen.since >= QUIET_MS && this.#reservations.of(namespace).size === 0;
  }

  /** @returns false: somebody else wrote meanwhile, and it is to be planned anew */
  async #move(
    tenantId: string,
    { ledger, revision }: { ledger: Ledger; revision: string },
    shares: ReadonlyMap<string, Share>,
    receiver: Share,
    plan: Extract<GrantPlan, { kind: 'move' }>,
  ): Promise<boolean> {
    const { upstream, keys } = this.#deps;
    try {
      for (const [donor, limits] of plan.donors) await lowerShare(upstream, shares.get(donor)!, limits);
      const moved = withGrants(ledger, new Map([...plan.donors, [receiver.namespace, plan.receiver]]));
      if (!(await writeLedger(keys, tenantId, moved, revision))) return false;
      await raiseShare(upstream, receiver, plan.receiver);
    } catch (thrown) {
      if (isUpstreamError(thrown, 'Conflict', 'NotFound')) return false;
      throw thrown;
    }
    await this.#awaitSpread(receiver);
    return true;
  }

  /** Until the apiserver's own cache has the share as it was just written. */
  async #awaitSpread({ namespace, resourceVersion }: Share): Promise<void> {
    const deadline = performance.now() + 1_000;
    const path = quotaPath(namespace, SHARE_QUOTA);
    while (performance.now() < deadline) {
      const { metadata } = await this.#deps.upstream.get(path, { resourceVersion: 0 });
      if (BigInt(metadata.resourceVersion ?? 0) > BigInt(resourceVersion)) break;
      await delay(2);
    }
    await delay(SPREAD_MS);
  }
}

function exceeded(ledger: Ledger, need: Amounts, used: Amounts): RoomAnswer {
  const of = (amounts: Amounts) => new Map([...used.keys()].sort().map((key) => [key, amountOf(amounts, key)]));
  return { kind: 'exceeded', requested: of(need), used: of(used), limited: of(ledger.hard) };
}
