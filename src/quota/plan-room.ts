/** Who gets which room next: pure, over the ledger and the shares as they were just read. */
import { type Amounts, addAmounts, amountOf, greater, lesser } from './amounts.ts';
import type { CountedKind } from './count-live.ts';
import { grainOf } from './keys.ts';
import { freeRoom, grantOf, type Ledger, type Share, totalUsed } from './ledger.ts';

export interface Asking {
  /** In upstream's spelling. */
  readonly namespace: string;
  /** By upstream's keys, of those that are limited. */
  readonly need: Amounts;
  /** Of the object that needs it. */
  readonly kind: CountedKind;
}

export type Verdict =
  /** Its namespace has room. */
  | { readonly kind: 'through' }
  /** The tenant as a whole has none: what it uses of these keys. */
  | { readonly kind: 'exceeded'; readonly used: Amounts }
  | { readonly kind: 'wait' };

export interface RoomPlan {
  /** One for each that asks, in the same order. */
  readonly verdicts: readonly Verdict[];
  /** What namespaces are to be handed instead of what they have: less of some keys, and more. */
  readonly lower: ReadonlyMap<string, Amounts>;
  readonly raise: ReadonlyMap<string, Amounts>;
}

export interface Surroundings {
  readonly ledger: Ledger;
  readonly shares: ReadonlyMap<string, Share>;
  /** What was let through lately and may not be counted as used yet, by namespace. */
  readonly reserved: (namespace: string) => Amounts;
  /** Whether room that is not used may be taken from a namespace, for the one that asks at this place. */
  readonly mayTakeFrom: (namespace: string, index: number) => boolean;
}

/** Who asked first is served first; what one cannot have keeps nobody else from what he can. */
export function planRoom(asking: readonly Asking[], surroundings: Surroundings): RoomPlan {
  const draft = new Draft(surroundings);
  const verdicts = asking.map((one, index) => draft.decide(one, index));
  return { verdicts, ...draft.changes() };
}

class Draft {
  readonly #given: Surroundings;
  /** What each namespace is to be handed, where that changes. */
  readonly #grants = new Map<string, Map<string, bigint>>();
  /** What each namespace needs at least: used, reserved and promised here. */
  readonly #levels = new Map<string, Map<string, bigint>>();
  readonly #raised = new Map<string, Set<string>>();

  constructor(given: Surroundings) {
    this.#given = given;
  }

  decide({ namespace, need }: Asking, index: number): Verdict {
    const { ledger, shares } = this.#given;
    const share = shares.get(namespace);
    if (!share) return { kind: 'through' };
    const limited = [...need].filter(([key]) => ledger.hard.has(key));
    const exceeded = limited.filter(([key, amount]) => totalUsed(shares, key) + amount > amountOf(ledger.hard, key));
    if (exceeded.length > 0) return { kind: 'exceeded', used: new Map(exceeded.map(([key]) => [key, totalUsed(shares, key)])) };
    const level = this.#levelOf(namespace);
    const lacking = limited.filter(([key, amount]) => amountOf(share.hard, key) < amountOf(level, key) + amount);
    const before = new Map([...this.#grants].map(([name, grants]) => [name, new Map(grants)]));
    for (const [key, amount] of lacking) {
      if (this.#secure(namespace, key, amountOf(level, key) + amount, index)) continue;
      this.#grants.clear();
      for (const [name, grants] of before) this.#grants.set(name, grants);
      return { kind: 'wait' };
    }
    addAmounts(level, new Map(limited));
    for (const [key] of lacking) this.#raised.set(namespace, (this.#raised.get(namespace) ?? new Set<string>()).add(key));
    return { kind: lacking.length === 0 ? 'through' : 'wait' };
  }

  changes(): Pick<RoomPlan, 'lower' | 'raise'> {
    const { ledger } = this.#given;
    const lower = new Map<string, Map<string, bigint>>();
    const raise = new Map<string, Map<string, bigint>>();
    for (const [namespace, keys] of this.#raised) {
      for (const key of keys) {
        this.#addExtra(namespace, key);
        raise.set(namespace, (raise.get(namespace) ?? new Map<string, bigint>()).set(key, this.#grantOf(namespace, key)));
      }
    }
    for (const [namespace, grants] of this.#grants) {
      for (const [key, grant] of grants) {
        if (grant < grantOf(ledger, namespace, key))
          lower.set(namespace, (lower.get(namespace) ?? new Map<string, bigint>()).set(key, grant));
      }
    }
    return { lower, raise };
  }

  /** From what nobody has, then from what others do not use. */
  #secure(namespace: string, key: string, target: bigint, index: number): boolean {
    const { ledger, mayTakeFrom } = this.#given;
    const used = this.#usedOf(namespace, key);
    let lack = target - greater(this.#grantOf(namespace, key), used);
    if (lack <= 0n) return true;
    lack -= greater(lesser(this.#freeOf(key), lack), 0n);
    const spares = [...ledger.granted.keys()]
      .filter((donor) => donor !== namespace && this.#given.shares.has(donor) && mayTakeFrom(donor, index))
      .map((donor) => ({ donor, spare: this.#grantOf(donor, key) - amountOf(this.#levelOf(donor), key) }))
      .filter(({ spare }) => spare > 0n)
      .sort((a, b) => (a.spare < b.spare ? 1 : -1));
    for (const { donor, spare } of spares) {
      if (lack <= 0n) break;
      const taken = lesser(spare, lack);
      lack -= taken;
      this.#setGrant(donor, key, this.#grantOf(donor, key) - taken);
    }
    if (lack > 0n) return false;
    this.#setGrant(namespace, key, target);
    return true;
  }

  /** So that not every creation has to ask: a part of what nobody has, the same for each namespace, given once. */
  #addExtra(namespace: string, key: string): void {
    const parts = 2n * BigInt(this.#given.ledger.granted.size || 1);
    const grain = grainOf(key);
    const extra = greater((this.#freeOf(key) / parts / grain) * grain, 0n);
    if (extra > 0n) this.#setGrant(namespace, key, this.#grantOf(namespace, key) + extra);
  }

  #freeOf(key: string): bigint {
    const { ledger, shares } = this.#given;
    const granted = new Map(ledger.granted);
    for (const [namespace, grants] of this.#grants) granted.set(namespace, new Map([...(granted.get(namespace) ?? []), ...grants]));
    return freeRoom({ hard: ledger.hard, granted }, shares, key);
  }

  #grantOf(namespace: string, key: string): bigint {
    return this.#grants.get(namespace)?.get(key) ?? grantOf(this.#given.ledger, namespace, key);
  }

  #setGrant(namespace: string, key: string, grant: bigint): void {
    this.#grants.set(namespace, (this.#grants.get(namespace) ?? new Map<string, bigint>()).set(key, grant));
  }

  #usedOf(namespace: string, key: string): bigint {
    return amountOf(this.#given.shares.get(namespace)?.used ?? new Map(), key);
  }

  #levelOf(namespace: string): Map<string, bigint> {
    const known = this.#levels.get(namespace);
    if (known) return known;
    const level = new Map(this.#given.shares.get(namespace)?.used);
    addAmounts(level, this.#given.reserved(namespace));
    this.#levels.set(namespace, level);
    return level;
  }
}
