import type { Tenant } from '../../tenants/tenant.ts';
import type { UpstreamClient } from '../../upstream/upstream-client.ts';
import { isUpstreamError } from '../../upstream/upstream-error.ts';
import { suspendPolicy } from '../policies/suspend.ts';

/** Keeps the one policy upstream that names every suspended tenant; there is none while there are none. */
export class SuspensionKeeper {
  readonly #upstream: UpstreamClient;
  #wanted = new Set<string>();
  /** Whether `#wanted` has all: a part would set tenants free. */
  #isComplete = false;
  #applied: ReadonlySet<string> | undefined;

  constructor(upstream: UpstreamClient) {
    this.#upstream = upstream;
  }

  /** All tenants are told anew from here on; what is in force stays until the last has been told. */
  restart(): void {
    this.#wanted = new Set();
    this.#isComplete = false;
  }

  /** All have been told. True when that is new. */
  complete(): boolean {
    const isNew = !this.#isComplete;
    this.#isComplete = true;
    return isNew;
  }

  /** The tenant as it is now; undefined: it is gone. True when there is something to apply. */
  note(tenantId: string, tenant: Tenant | undefined): boolean {
    // Whoever is deleted has lost its rights, and must not leave its id in the list for the next.
    const wants = tenant?.spec?.suspension !== undefined && tenant.metadata.deletionTimestamp === undefined;
    if (wants) this.#wanted.add(tenantId);
    else this.#wanted.delete(tenantId);
    return this.#isComplete && this.#applied?.has(tenantId) !== wants;
  }

  /** Whether upstream has been told to refuse the tenant's writes. */
  isInForce(tenantId: string): boolean {
    return this.#applied?.has(tenantId) ?? false;
  }

  /** Brings upstream to what is wanted; idempotent. The tenants for which that was a change. Throws UpstreamError. */
  async apply(): Promise<string[]> {
    if (!this.#isComplete) return [];
    const wanted = new Set(this.#wanted);
    const objects = suspendPolicy([...wanted].sort());
    if (wanted.size > 0) for (const { path, object } of objects) await this.#upstream.apply(path, object);
    else for (const { path } of objects.toReversed()) await this.#deleteIfThere(path);
    const before: ReadonlySet<string> = this.#applied ?? new Set();
    this.#applied = wanted;
    return [...before, ...wanted].filter((tenantId) => before.has(tenantId) !== wanted.has(tenantId));
  }

  async #deleteIfThere(path: string): Promise<void> {
    try {
      await this.#upstream.delete(path);
    } catch (thrown) {
      if (!isUpstreamError(thrown, 'NotFound')) throw thrown;
    }
  }
}
