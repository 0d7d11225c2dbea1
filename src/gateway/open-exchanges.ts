import type { Credential } from '../tenants/revocations.ts';

interface OpenExchange {
  readonly tenantUid: string | undefined;
  readonly credential: Credential | undefined;
  readonly cut: () => void;
}

/**
 * Exchanges that are under way, by tenant. One that was let in for a tenant must not outlast it: a watch would go on, into
 * the objects of whoever gets the id next.
 */
export class OpenExchanges {
  readonly #open = new Map<string, Set<OpenExchange>>();

  /**
   * @param tenantUid of the tenant as it was when the exchange was let in
   * @param credential with which it was, if that was a certificate
   * @returns what takes the exchange off again
   */
  add(tenantId: string, tenantUid: string | undefined, cut: () => void, credential?: Credential): () => void {
    const ofTenant = this.#open.get(tenantId) ?? new Set();
    if (ofTenant.size === 0) this.#open.set(tenantId, ofTenant);
    const exchange = { tenantUid, cut, credential };
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

  /** Cuts those that were let in with a certificate that is worth nothing any more. */
  cutRevoked(tenantId: string, isRevoked: (credential: Credential) => boolean): void {
    for (const exchange of [...(this.#open.get(tenantId) ?? [])]) {
      if (exchange.credential && isRevoked(exchange.credential)) exchange.cut();
    }
  }
}
