import { type Amounts, addAmounts, amountOf } from './amounts.ts';

/** Between the answer to a review and the counting of the object lie milliseconds; what takes longer than this has come to nothing. */
const LIFETIME_MS = 1_000;
/** What has been counted is stored in the next moment; until then a count of what is stored does not have it. */
const STORED_MS = 100;

interface Reservation {
  readonly need: Amounts;
  readonly until: number;
  readonly isSettled?: true;
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
    let isSettling = true;
    const kept = open.map((reservation): Reservation => {
      if (reservation.isSettled) return reservation;
      isSettling &&= [...reservation.need].every(([key, amount]) => !used.has(key) || amount <= amountOf(grown, key));
      if (!isSettling) return reservation;
      for (const [key, amount] of reservation.need) grown.set(key, amountOf(grown, key) - amount);
      return { ...reservation, isSettled: true, until: Math.min(reservation.until, this.#now() + STORED_MS) };
    });
    this.#open.set(namespace, kept);
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
