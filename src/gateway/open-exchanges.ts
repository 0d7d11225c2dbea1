import type { Tenant } from '../tenants/tenant.ts';

interface OpenExchange {
  readonly tenantUid: string | undefined;
  readonly cut: () => void;
  /** Whether it would not be let in now. */
  readonly isRefusedBy: (tenant: Tenant) => boolean;
}

/**
 * Exchanges that are under way, by tenant. One that was let in for a tenant must not outlast it: a watch would go on, into
 * the objects of whoever gets the id next.
 */
export class OpenExchanges {
  readonly #open = new Map<string, Set<OpenExchange>>();

  /** @param tenantUid of the tenant as it was when the exchange was let in. Returns what takes the exchange off again. */
  add(
    tenantId: string,
    tenantUid: string | undefined,
    cut: () => void,
    isRefusedBy: OpenExchange['isRefusedBy'] = () => false,
  ): () => void {
    const ofTenant = this.#open.get(tenantId) ?? new Set();
    if (ofTenant.size === 0) this.#open.set(tenantId, ofTenant);
    const exchange = { tenantUid, cut, isRefusedBy };
    ofTenant.add(exchange);
    return () => {
      ofTenant.delete(exchange);
      if (ofTenant.size === 0 && this.#open.get(tenantId) === ofTenant) this.#open.delete(tenantId);
    };
  }

  /** Cuts those that were let in for another tenant of that id than the one that there is now, if there is one. */
  keepOnly(tenantId: string, tenantUid: string | undefined): void {
    for (const exchange of [...(this.#open.get(tenantId) ?? [])]) {
      if (tenantUid === undefined || exchange.tenantUid !== tenantUid) exchange.cut();
    }
  }

  /** Cuts those that the tenant, as it is now, would not be allowed to begin. */
  cutRefused(tenantId: string, tenant: Tenant): void {
    for (const exchange of [...(this.#open.get(tenantId) ?? [])]) if (exchange.isRefusedBy(tenant)) exchange.cut();
  }
}
