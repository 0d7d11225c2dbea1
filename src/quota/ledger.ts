/**
 * The room of a tenant, handed out to its namespaces. Pure arithmetic; the rule is that what has been handed out is together never more than
 * the limit, and that no namespace's ResourceQuota ever allows more than it has been handed.
 */
import { type Amounts, amountOf, greater, lesser, readAmounts, showAmounts } from './amounts.ts';
import { grainOf } from './keys.ts';

export interface Ledger {
  /** The tenant's limits, by upstream's keys. */
  readonly hard: Amounts;
  /** By upstream's name of a namespace: the most that its share may be. */
  readonly granted: ReadonlyMap<string, Amounts>;
}

/** What a namespace's share is and holds, as upstream has it. */
export interface Share {
  /** In upstream's spelling. */
  readonly namespace: string;
  readonly resourceVersion: string;
  /** As written; upstream's controller brings `hard` back to it when it counts anew. */
  readonly spec: Amounts;
  /** What kube-apiserver compares with. */
  readonly hard: Amounts;
  readonly used: Amounts;
}

export interface GrantRequest {
  readonly namespace: string;
  readonly need: Amounts;
  /** What was let through lately and may not be counted as used yet, by namespace. */
  readonly reserved: (namespace: string) => Amounts;
  /** Whether a namespace may be taken room from: nothing is under way in it. */
  readonly isQuiet: (namespace: string) => boolean;
}

export type GrantPlan =
  | { readonly kind: 'roomy' }
  /** The tenant as a whole has no room: what it uses of these keys. */
  | { readonly kind: 'exceeded'; readonly used: Amounts }
  /** There may be room when what is under way is over. */
  | { readonly kind: 'wait' }
  /** Of each donor, and of the namespace itself: the keys whose grant changes, with what it is to be. */
  | { readonly kind: 'move'; readonly donors: ReadonlyMap<string, Amounts>; readonly receiver: Amounts };

/** How the namespace gets room for `need`, other namespaces giving up what they do not use. */
export function planGrant(ledger: Ledger, shares: ReadonlyMap<string, Share>, request: GrantRequest): GrantPlan {
  const { namespace, need, reserved } = request;
  const share = shares.get(namespace);
  if (!share) return { kind: 'wait' };
  const limited = [...need].filter(([key]) => ledger.hard.has(key));
  const exceeded = limited.filter(([key, amount]) => totalUsed(shares, key) + amount > amountOf(ledger.hard, key));
  if (exceeded.length > 0) return { kind: 'exceeded', used: new Map(exceeded.map(([key]) => [key, totalUsed(shares, key)])) };
  const donors = new Map<string, Map<string, bigint>>();
  const receiver = new Map<string, bigint>();
  for (const [key, amount] of limited) {
    const target = amountOf(share.used, key) + amountOf(reserved(namespace), key) + amount;
    if (amountOf(share.hard, key) >= target) continue;
    const granted = grantOf(ledger, namespace, key);
    if (granted >= target) {
      receiver.set(key, granted);
      continue;
    }
    const claimed = claimOf(ledger, shares, namespace, key);
    const free = freeRoom(ledger, shares, key);
    const lack = target - claimed;
    if (free >= lack) {
      receiver.set(key, target + extra(free - lack, ledger.granted.size, key));
      continue;
    }
    const missing = lack - (free > 0n ? free : 0n);
    if (!takeFromDonors(ledger, shares, request, key, missing, donors)) return { kind: 'wait' };
    receiver.set(key, target);
  }
  return receiver.size === 0 ? { kind: 'roomy' } : { kind: 'move', donors, receiver };
}

/** So that not every creation has to ask: a part of what nobody has, the same for each namespace. */
function extra(free: bigint, namespaces: number, key: string): bigint {
  const grain = grainOf(key);
  return (free / (2n * BigInt(Math.max(namespaces, 1))) / grain) * grain;
}

/** @returns whether `missing` was found; then `donors` has what becomes of their grants */
function takeFromDonors(
  ledger: Ledger,
  shares: ReadonlyMap<string, Share>,
  { namespace, reserved, isQuiet }: GrantRequest,
  key: string,
  missing: bigint,
  donors: Map<string, Map<string, bigint>>,
): boolean {
  let still = missing;
  const spares = [...ledger.granted.keys()]
    .filter((donor) => donor !== namespace && shares.has(donor) && isQuiet(donor))
    .map((donor) => {
      const granted = grantOf(ledger, donor, key);
      return { donor, granted, spare: granted - amountOf(shares.get(donor)!.used, key) - amountOf(reserved(donor), key) };
    })
    .sort((a, b) => (a.spare < b.spare ? 1 : -1));
  for (const { donor, granted, spare } of spares) {
    if (still <= 0n || spare <= 0n) break;
    const taken = lesser(spare, still);
    still -= taken;
    donors.set(donor, new Map(donors.get(donor)).set(key, granted - taken));
  }
  return still <= 0n;
}

/** What a namespace holds of the limit: what it was handed, or what it uses where that is more. */
export function claimOf(ledger: Ledger, shares: ReadonlyMap<string, Share>, namespace: string, key: string): bigint {
  const granted = grantOf(ledger, namespace, key);
  const used = amountOf(shares.get(namespace)?.used ?? new Map(), key);
  return greater(granted, used);
}

/** Negative where the tenant has more than its limit. */
export function freeRoom(ledger: Ledger, shares: ReadonlyMap<string, Share>, key: string): bigint {
  const namespaces = new Set([...ledger.granted.keys(), ...shares.keys()]);
  return [...namespaces].reduce((free, namespace) => free - claimOf(ledger, shares, namespace, key), amountOf(ledger.hard, key));
}

export function totalUsed(shares: ReadonlyMap<string, Share>, key: string): bigint {
  return [...shares.values()].reduce((total, { used }) => total + amountOf(used, key), 0n);
}

export function grantOf(ledger: Ledger, namespace: string, key: string): bigint {
  return amountOf(ledger.granted.get(namespace) ?? new Map(), key);
}

/** The ledger with these keys of these namespaces' grants as given. */
export function withGrants(ledger: Ledger, changes: ReadonlyMap<string, Amounts>): Ledger {
  const granted = new Map(ledger.granted);
  for (const [namespace, amounts] of changes) granted.set(namespace, new Map([...(granted.get(namespace) ?? []), ...amounts]));
  return { ...ledger, granted };
}

export function withoutNamespaces(ledger: Ledger, isGone: (namespace: string) => boolean): Ledger {
  return { ...ledger, granted: new Map([...ledger.granted].filter(([namespace]) => !isGone(namespace))) };
}

/**
 * What each namespace may keep when the limits are `hard`: what it uses, as far as all of that fits. Keys that are not limited any more go.
 */
export function planShrink(ledger: Ledger, hard: Amounts, shares: ReadonlyMap<string, Share>): Map<string, Amounts> {
  const kept = new Map<string, Map<string, bigint>>();
  for (const key of hard.keys()) {
    const over = -freeRoom({ ...ledger, hard }, shares, key);
    if (over <= 0n) continue;
    let left = amountOf(hard, key);
    for (const namespace of [...ledger.granted.keys()].sort()) {
      const used = amountOf(shares.get(namespace)?.used ?? new Map(), key);
      const granted = grantOf(ledger, namespace, key);
      const wanted = lesser(used, granted);
      // Where more is used than the limit, nothing new comes up anywhere before enough is gone.
      const keep = lesser(wanted, left);
      left -= keep;
      if (keep < granted) kept.set(namespace, (kept.get(namespace) ?? new Map<string, bigint>()).set(key, keep));
    }
  }
  return kept;
}

interface StoredLedger {
  readonly hard: Record<string, string>;
  readonly granted: Record<string, Record<string, string>>;
}

export function encodeLedger({ hard, granted }: Ledger): string {
  const stored: StoredLedger = {
    hard: showAmounts(hard),
    granted: Object.fromEntries([...granted].map(([namespace, amounts]) => [namespace, showAmounts(amounts)])),
  };
  return JSON.stringify(stored);
}

export function decodeLedger(text: string): Ledger {
  const { hard, granted } = JSON.parse(text) as StoredLedger;
  return {
    hard: readAmounts(hard),
    granted: new Map(Object.entries(granted).map(([namespace, amounts]) => [namespace, readAmounts(amounts)])),
  };
}
