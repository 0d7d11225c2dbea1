import { type Fence, StoreError, type TenantEvent, type TenantList, type TenantStore } from '../../../../src/tenants/store.ts';
import type { Tenant } from '../../../../src/tenants/tenant.ts';

/** Tenants in memory, for what does not need etcd to be shown. */
export class MemoryStore implements TenantStore {
  readonly tenants = new Map<string, Tenant>();
  readonly fences: (Fence | undefined)[] = [];
  writes = 0;
  beforeWrite: () => void = () => undefined;
  #revision = 0;

  async get(name: string): Promise<Tenant | undefined> {
    return structuredClone(this.tenants.get(name));
  }

  async list(): Promise<TenantList> {
    return { tenants: [...this.tenants.values()], revision: String(this.#revision), remaining: 0 };
  }

  async create(tenant: Tenant): Promise<Tenant> {
    return this.#put(tenant);
  }

  async update(tenant: Tenant, fence?: Fence): Promise<Tenant> {
    this.#check(tenant.metadata.name, tenant.metadata.resourceVersion, fence);
    return this.#put(tenant);
  }

  async delete(name: string, resourceVersion?: string, fence?: Fence): Promise<void> {
    this.#check(name, resourceVersion, fence);
    this.tenants.delete(name);
  }

  // biome-ignore lint/correctness/useYield: nothing ever happens
  async *watch(): AsyncGenerator<TenantEvent> {
    throw new StoreError('Unavailable', 'no watches here');
  }

  /** There are no other keys. */
  async countKeysOf(): Promise<number> {
    return 0;
  }

  async deleteKeysOf(): Promise<void> {}

  async close(): Promise<void> {}

  #check(name: string, resourceVersion: string | undefined, fence: Fence | undefined): void {
    this.beforeWrite();
    const stored = this.tenants.get(name);
    if (!stored) throw new StoreError('NotFound', name);
    if (resourceVersion && resourceVersion !== stored.metadata.resourceVersion) throw new StoreError('Conflict', name);
    this.fences.push(fence);
  }

  #put(tenant: Tenant): Tenant {
    this.writes++;
    const stored = structuredClone({ ...tenant, metadata: { ...tenant.metadata, resourceVersion: String(++this.#revision) } });
    this.tenants.set(tenant.metadata.name, stored);
    return structuredClone(stored);
  }
}
