/** What is held in memory of lists that cannot be sent before they are whole, of all tenants together. */

export interface HeldLimits {
  readonly most: number;
  /** Of one tenant's: it must leave room for the others'. */
  readonly mostOfTenant: number;
}

const LIMITS: HeldLimits = { most: 192 * 1024 * 1024, mostOfTenant: 64 * 1024 * 1024 };

export class HeldBytes {
  readonly #limits: HeldLimits;
  readonly #byTenant = new Map<string, number>();
  #total = 0;

  constructor(limits: HeldLimits = LIMITS) {
    this.#limits = limits;
  }

  get total(): number {
    return this.#total;
  }

  /** Returns false, having taken nothing, where there is no room. */
  take(tenantId: string, count: number): boolean {
    const ofTenant = (this.#byTenant.get(tenantId) ?? 0) + count;
    if (ofTenant > this.#limits.mostOfTenant || this.#total + count > this.#limits.most) return false;
    this.#byTenant.set(tenantId, ofTenant);
    this.#total += count;
    return true;
  }

  giveBack(tenantId: string, count: number): void {
    const left = (this.#byTenant.get(tenantId) ?? 0) - count;
    if (left > 0) this.#byTenant.set(tenantId, left);
    else this.#byTenant.delete(tenantId);
    this.#total -= count;
  }
}
