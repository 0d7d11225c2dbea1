import { setTimeout as delay } from 'node:timers/promises';
import { isUpstreamError } from '../upstream/upstream-error.ts';
import { type Amounts, amountOf } from './amounts.ts';
import { type CountedKind, isNearLimit, withLiveUse } from './count-live.ts';
import { type Ledger, type Share, withGrants } from './ledger.ts';
import { type KeptLedger, readLedger, writeLedger } from './ledger-store.ts';
import { quotaPath, SHARE_QUOTA } from './names.ts';
import { type Asking, planRoom, type RoomPlan } from './plan-room.ts';
import type { Reservations } from './reservations.ts';
import type { RoomAnswer, RoomKeeperDeps } from './room-keeper.ts';
import { listTenantQuotas, lowerShare, raiseShare, sharesAmong } from './shares.ts';

/** Beyond this kube-apiserver decides by the share as it is. */
const PATIENCE_MS = 6_000;
const PAUSE_MS = 20;
/** A namespace in which nothing has changed for so long has nothing under way, on whatever replica. */
const QUIET_MS = 200;
/** Who has waited so long takes from namespaces with something under way, too. */
const INSISTS_AFTER_MS = 600;
/** From the apiserver's cache, in which a change has been seen, to its quota plugin's. */
const SPREAD_MS = 15;

interface Waiting extends Asking {
  readonly since: number;
  readonly resolve: (answer: RoomAnswer) => void;
  readonly reject: (thrown: unknown) => void;
}

export interface TenantLineOptions extends RoomKeeperDeps {
  readonly tenantId: string;
  readonly reservations: Reservations;
  /** Nobody waits any more, and nobody may join. */
  readonly onEmpty: () => void;
}

/** Those of a tenant that wait for room, on this replica: served together, for what two fetched alone they would fetch from each other. */
export class TenantLine {
  readonly #options: TenantLineOptions;
  #waiting: Waiting[] = [];
  #isServing = false;
  /** By namespace: since when its share is seen in this version. */
  readonly #seen = new Map<string, { version: string; since: number }>();

  constructor(options: TenantLineOptions) {
    this.#options = options;
  }

  join(asking: Asking): Promise<RoomAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<RoomAnswer>();
    this.#waiting.push({ ...asking, since: performance.now(), resolve, reject });
    if (!this.#isServing) void this.#serve();
    return promise;
  }

  async #serve(): Promise<void> {
    this.#isServing = true;
    while (this.#waiting.length > 0) {
      const asking = [...this.#waiting];
      try {
        await this.#round(asking);
      } catch (thrown) {
        for (const one of asking) one.reject(thrown);
        this.#leave(new Set(asking));
      }
    }
    this.#options.onEmpty();
  }

  async #round(asking: readonly Waiting[]): Promise<void> {
    const { upstream, keys, tenantId, reservations } = this.#options;
    const kept = await readLedger(keys, tenantId);
    const counted = sharesAmong(await listTenantQuotas(upstream, tenantId));
    if (!kept) return this.#answer(asking, () => ({ kind: 'room' }));
    for (const share of counted.values()) this.#observe(share);
    const shares = await this.#corrected(asking, kept.ledger, counted);
    const plan = planRoom(asking, {
      ledger: kept.ledger,
      shares,
      reserved: (namespace) => reservations.of(namespace),
      mayTakeFrom: (namespace, index) => this.#isQuiet(namespace) || performance.now() - asking[index]!.since > INSISTS_AFTER_MS,
    });
    const verdicts = new Map(asking.map((one, index) => [one, plan.verdicts[index]!]));
    this.#answer(asking, (one) => {
      const verdict = verdicts.get(one)!;
      if (verdict.kind === 'exceeded') return exceeded(kept.ledger, one.need, verdict.used);
      if (verdict.kind === 'wait') return performance.now() - one.since > PATIENCE_MS ? { kind: 'room' } : undefined;
      reservations.add(one.namespace, one.need, shares.get(one.namespace)?.used ?? new Map());
      return { kind: 'room' };
    });
    if (plan.raise.size > 0) await this.#move(kept, shares, plan);
    else if (this.#waiting.length > 0) await delay(PAUSE_MS);
  }

  async #corrected(asking: readonly Asking[], ledger: Ledger, counted: ReadonlyMap<string, Share>): Promise<ReadonlyMap<string, Share>> {
    const kinds = new Map<string, CountedKind>();
    for (const { need, kind } of asking) if (isNearLimit(ledger.hard, counted, need)) kinds.set(`${kind.resource}.${kind.group}`, kind);
    let shares = counted;
    for (const kind of kinds.values()) shares = await withLiveUse(this.#options.upstream, this.#options.tenantId, kind, shares);
    return shares;
  }

  /** Those that get an answer need not wait any more. */
  #answer(asking: readonly Waiting[], answerOf: (one: Waiting) => RoomAnswer | undefined): void {
    const served = new Set<Waiting>();
    for (const one of asking) {
      const answer = answerOf(one);
      if (!answer) continue;
      one.resolve(answer);
      served.add(one);
    }
    this.#leave(served);
  }

  #leave(served: ReadonlySet<Waiting>): void {
    this.#waiting = this.#waiting.filter((one) => !served.has(one));
  }

  #observe({ namespace, resourceVersion, used }: Share): void {
    this.#options.reservations.observe(namespace, used);
    if (this.#seen.get(namespace)?.version !== resourceVersion)
      this.#seen.set(namespace, { version: resourceVersion, since: performance.now() });
  }

  #isQuiet(namespace: string): boolean {
    const seen = this.#seen.get(namespace);
    return seen !== undefined && performance.now() - seen.since >= QUIET_MS;
  }

  /** Where somebody else wrote meanwhile, the next round plans anew. */
  async #move({ ledger, revision }: KeptLedger, shares: ReadonlyMap<string, Share>, { lower, raise }: RoomPlan): Promise<void> {
    const { upstream, keys, tenantId } = this.#options;
    try {
      await Promise.all([...lower].map(([namespace, limits]) => lowerShare(upstream, shares.get(namespace)!, limits)));
      const moved = withGrants(withGrants(ledger, lower), raise);
      if (!(await writeLedger(keys, tenantId, moved, revision))) return;
      await Promise.all([...raise].map(([namespace, limits]) => this.#raise(shares.get(namespace)!, limits)));
    } catch (thrown) {
      if (!isUpstreamError(thrown, 'Conflict', 'NotFound')) throw thrown;
    }
  }

  /** Resolves when the apiserver's own cache has the share as it was just written. */
  async #raise(share: Share, limits: Amounts): Promise<void> {
    const { upstream } = this.#options;
    await raiseShare(upstream, share, limits);
    const deadline = performance.now() + 1_000;
    const path = quotaPath(share.namespace, SHARE_QUOTA);
    while (performance.now() < deadline) {
      const { metadata } = await upstream.get(path, { resourceVersion: 0 });
      if (BigInt(metadata.resourceVersion ?? 0) > BigInt(share.resourceVersion)) break;
      await delay(2);
    }
    await delay(SPREAD_MS);
  }
}

function exceeded(ledger: Ledger, need: Amounts, used: Amounts): RoomAnswer {
  const of = (amounts: Amounts) => new Map([...used.keys()].sort().map((key) => [key, amountOf(amounts, key)]));
  return { kind: 'exceeded', requested: of(need), used: of(used), limited: of(ledger.hard) };
}
