/**
 * The room of a tenant, handed out to its namespaces. Pure arithmetic; the rule is that what has been handed out is together never more than
 * the limit, and that no namespace's ResourceQuota ever allows more than it has been handed.
 */
import { type Amounts, amountOf, greater, lesser, readAmounts, showAmounts } from './amounts.ts';

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
