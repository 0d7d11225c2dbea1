/** Amounts by quota key: what is limited, used, needed. */
import { isBinaryKey } from './keys.ts';
import { formatQuantity, parseQuantity } from './quantity.ts';

/** In nanos. A key that is absent is not limited, or none is needed of it. */
export type Amounts = ReadonlyMap<string, bigint>;

/** @throws Error for what is no quantity: it comes from the apiserver, or has been validated */
export function readAmounts(quantities: Readonly<Record<string, string | number>> | undefined): Map<string, bigint> {
  const amounts = new Map<string, bigint>();
  for (const [key, quantity] of Object.entries(quantities ?? {})) {
    const amount = parseQuantity(quantity);
    if (amount === undefined) throw new Error(`${key}: ${JSON.stringify(quantity)} is no quantity`);
    amounts.set(key, amount);
  }
  return amounts;
}

export function showAmounts(amounts: Amounts): Record<string, string> {
  return Object.fromEntries([...amounts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, amount]) => [key, showAmount(key, amount)]));
}

export function showAmount(key: string, amount: bigint): string {
  return formatQuantity(amount, isBinaryKey(key));
}

export function amountOf(amounts: Amounts, key: string): bigint {
  return amounts.get(key) ?? 0n;
}

export function addAmounts(into: Map<string, bigint>, more: Amounts): void {
  for (const [key, amount] of more) into.set(key, amountOf(into, key) + amount);
}

export function lesser(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

export function greater(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}
