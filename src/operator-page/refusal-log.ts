import { kindOf, type RefusedRequest, sumOf } from './refused-request.ts';

/** A refused request that has a place of its own in the log. */
export interface LoggedRefusal extends RefusedRequest {
  /** Counts up; that of a row stays when more of its kind come. */
  readonly id: number;
}

const MINUTE_MS = 60_000;
const MINUTES = 60;
const NOBODY = '';

/**
 * The last few hundred refused requests, in memory. When it is full, the oldest row goes of whoever has most of them: one tenant that is
 * refused all the time does not push the others out.
 */
export class RefusalLog {
  readonly #capacity: number;
  readonly #byTenant = new Map<string, LoggedRefusal[]>();
  /** Rows to which more of their kind may be added, by that. */
  readonly #recent = new Map<string, LoggedRefusal>();
  readonly #minutes = new Map<number, number>();
  #recentMinute = 0;
  #size = 0;
  #lastId = 0;
  #forgotten = 0;

  constructor(capacity = 500) {
    this.#capacity = capacity;
  }

  /** Rows that had to go. */
  get forgotten(): number {
    return this.#forgotten;
  }

  add(refused: RefusedRequest): void {
    this.#countMinute(refused);
    const minute = Math.floor(refused.at / MINUTE_MS);
    if (minute !== this.#recentMinute || this.#recent.size > this.#capacity) this.#recent.clear();
    this.#recentMinute = minute;
    const kind = kindOf(refused);
    const before = this.#recent.get(kind);
    const rows = this.#rowsOf(refused);
    const index = before ? rows.lastIndexOf(before) : -1;
    const row: LoggedRefusal = before && index >= 0 ? { ...sumOf(before, refused), id: before.id } : { ...refused, id: ++this.#lastId };
    this.#recent.set(kind, row);
    if (index >= 0) {
      rows[index] = row;
      return;
    }
    rows.push(row);
    this.#size += 1;
    if (this.#size > this.#capacity) this.#forgetOne();
  }

  /** The latest first. */
  rows(): LoggedRefusal[] {
    return [...this.#byTenant.values()].flat().sort((one, other) => other.lastAt - one.lastAt || other.id - one.id);
  }

  /** All rows, which are its own no longer. */
  take(): RefusedRequest[] {
    const rows = this.rows().reverse();
    this.#byTenant.clear();
    this.#recent.clear();
    this.#size = 0;
    return rows.map(({ id: _, ...refused }) => refused);
  }

  /** How many requests were refused in each of the last 60 minutes, the present one last. */
  perMinute(now = Date.now()): number[] {
    const minute = Math.floor(now / MINUTE_MS);
    return Array.from({ length: MINUTES }, (_, index) => this.#minutes.get(minute - MINUTES + 1 + index) ?? 0);
  }

  #rowsOf({ tenantId = NOBODY }: RefusedRequest): LoggedRefusal[] {
    const rows = this.#byTenant.get(tenantId) ?? [];
    this.#byTenant.set(tenantId, rows);
    return rows;
  }

  #forgetOne(): void {
    let most: [string, LoggedRefusal[]] | undefined;
    for (const entry of this.#byTenant) if (!most || entry[1].length > most[1].length) most = entry;
    const [tenantId, rows] = most!;
    rows.shift();
    if (rows.length === 0) this.#byTenant.delete(tenantId);
    this.#size -= 1;
    this.#forgotten += 1;
  }

  #countMinute({ at, count }: RefusedRequest): void {
    const minute = Math.floor(at / MINUTE_MS);
    this.#minutes.set(minute, (this.#minutes.get(minute) ?? 0) + count);
    if (this.#minutes.size <= MINUTES) return;
    for (const known of this.#minutes.keys()) if (known <= minute - MINUTES) this.#minutes.delete(known);
  }
}
