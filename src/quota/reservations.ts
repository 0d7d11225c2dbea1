import { type Amounts, addAmounts, amountOf } from './amounts.ts';

/** Between the answer to a review and the counting of the object lie milliseconds; what takes longer than this has come to nothing. */
const LIFETIME_MS = 1_000;

interface Reservation {
  readonly need: Amounts;
  readonly until: number;
}

/** What this process has let through and upstream may not have counted yet, by namespace. */
export class Reservations {
  readonly #open = new Map<string, Reservation[]>();
  readonly #used = new Map<string, Amounts>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** @param used what upstream counted there when this was let through */
  add(namespace: string, need: Amounts, used: Amounts): void {
    if (!this.#used.has(namespace)) this.#used.set(namespace, used);
    this.#open.set(namespace, [...this.#live(namespace), { need, until: this.#now() + LIFETIME_MS }]);
  }

  /** What has been counted since it was last looked settles the oldest of the reservations. */
  observe(namespace: string, used: Amounts): void {
    const before = this.#used.get(namespace);
    const open = this.#live(namespace);
    if (open.length === 0) {
      this.#open.delete(namespace);
      this.#used.delete(namespace);
      return;
    }
    const grown = new Map([...used].map(([key, amount]) => [key, amount - amountOf(before ?? used, key)]));
    let settled = 0;
    for (const { need } of open) {
      if ([...need].some(([key, amount]) => used.has(key) && amount > amountOf(grown, key))) break;
      for (const [key, amount] of need) grown.set(key, amountOf(grown, key) - amount);
      settled++;
    }
    if (open.length > settled) this.#open.set(namespace, open.slice(settled));
    else this.#open.delete(namespace);
    this.#used.set(namespace, used);
  }

  of(namespace: string): Amounts {
    const sum = new Map<string, bigint>();
    for (const { need } of this.#live(namespace)) addAmounts(sum, need);
    return sum;
  }

  #live(namespace: string): Reservation[] {
    return (this.#open.get(namespace) ?? []).filter(({ until }) => until > this.#now());
  }
}
