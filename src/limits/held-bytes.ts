/** What is held in memory of bodies that cannot go on before they are whole: a tenant with many of them must not take it from all others. */

export interface HeldLimits {
  /** Of all tenants' together. */
  readonly most: number;
  readonly mostOfTenant: number;
}

const MEBIBYTE = 1024 * 1024;
/** Of lists; a tenant must leave room for the others'. */
export const LIST_LIMITS: HeldLimits = { most: 192 * MEBIBYTE, mostOfTenant: 64 * MEBIBYTE };
/** Of requests, in each thread: twenty of the largest. */
export const REQUEST_LIMITS: HeldLimits = { most: Number.POSITIVE_INFINITY, mostOfTenant: 64 * MEBIBYTE };

export class HeldBytes {
  readonly #limits: HeldLimits;
  readonly #byTenant = new Map<string, number>();
  #total = 0;

  constructor(limits: HeldLimits) {
    this.#limits = limits;
  }

  get mostOfTenant(): number {
    return this.#limits.mostOfTenant;
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
