/**
 * Requests of each tenant that are being worked on. A token is taken when a request is let in and comes back when its
 * exchange ends, however that happens. Long-running requests take none: they would eat the limit for good.
 */
export class InflightLimiter {
  readonly #counts = new Map<string, number>();

  /** Takes a token; undefined when `limit` are out already. Calling the returned function again does nothing. */
  acquire(tenantId: string, limit: number): (() => void) | undefined {
    const count = this.#counts.get(tenantId) ?? 0;
    if (count >= limit) return undefined;
    this.#counts.set(tenantId, count + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#release(tenantId);
    };
  }

  /** How many tokens of the tenant are out. */
  count(tenantId: string): number {
    return this.#counts.get(tenantId) ?? 0;
  }

  /** Tenants with tokens out, and how many. */
  counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  #release(tenantId: string): void {
    const count = this.#counts.get(tenantId)! - 1;
    // A tenant without requests takes no memory.
    if (count === 0) this.#counts.delete(tenantId);
    else this.#counts.set(tenantId, count);
  }
}
