/** Which tenants are worth a series of their own: their number is not bounded, that of series is. */

/** Stands for all tenants that have none. No tenant's id: those have six characters. */
export const OTHER_TENANTS = 'other';

/** What a tenant has done counts half as much after this, in deciding who is busiest. */
const HALF_LIFE_SECONDS = 600;

interface Standing {
  /** What was counted at the last look. */
  counted: number;
  /** What its own series shows: all that it did while it had one. */
  shown: number;
  /** What it did lately. */
  weight: number;
}

/**
 * Counters for the busiest tenants, and one for the others together. What a tenant does counts where it belongs at the time, so that no counter
 * goes down when a tenant becomes one of the busiest or stops being it.
 */
export class TopTenants {
  readonly #limit: number;
  readonly #now: () => number;
  #standings = new Map<string, Standing>();
  #named: ReadonlySet<string> = new Set();
  #others = 0;
  #lookedAt: number | undefined;

  /** @param now in milliseconds */
  constructor(limit: number, now: () => number = () => performance.now()) {
    this.#limit = limit;
    this.#now = now;
  }

  /**
   * @param counts of all tenants, since they are counted; those that are not in it are forgotten
   * @returns what to show, `OTHER_TENANTS` last
   */
  look(counts: ReadonlyMap<string, number>): Map<string, number> {
    const now = this.#now();
    const fading = this.#lookedAt === undefined ? 1 : 0.5 ** ((now - this.#lookedAt) / 1000 / HALF_LIFE_SECONDS);
    this.#lookedAt = now;
    const standings = new Map<string, Standing>();
    const added = new Map<string, number>();
    for (const [tenantId, counted] of counts) {
      const before = this.#standings.get(tenantId) ?? { counted: 0, shown: 0, weight: 0 };
      // A thread that died takes what it had counted with it.
      const more = Math.max(0, counted - before.counted);
      added.set(tenantId, more);
      standings.set(tenantId, { counted, shown: before.shown, weight: before.weight * fading + more });
    }
    this.#standings = standings;
    this.#named = this.#busiest();
    const shown = new Map<string, number>();
    for (const [tenantId, more] of added) {
      if (!this.#named.has(tenantId)) {
        this.#others += more;
        continue;
      }
      const standing = standings.get(tenantId)!;
      standing.shown += more;
      shown.set(tenantId, standing.shown);
    }
    return shown.set(OTHER_TENANTS, this.#others);
  }

  #busiest(): ReadonlySet<string> {
    if (this.#standings.size <= this.#limit) return new Set(this.#standings.keys());
    // Of equals, those that have a series keep it.
    const isNamed = (tenantId: string) => Number(this.#named.has(tenantId));
    const byWeight = [...this.#standings].sort(
      ([one, { weight: left }], [other, { weight: right }]) => right - left || isNamed(other) - isNamed(one),
    );
    return new Set(byWeight.slice(0, this.#limit).map(([tenantId]) => tenantId));
  }
}
