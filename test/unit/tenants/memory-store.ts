import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type ListOptions, StoreError, type TenantEvent, type TenantList, type TenantStore } from '../../../src/tenants/store.ts';
import type { Tenant } from '../../../src/tenants/tenant.ts';

/** A store without etcd, for what lies above it: revisions, history and conflicts as there. */
export class MemoryStore implements TenantStore {
  /** When set, every call fails with it. */
  failure: StoreError | undefined;
  /** Run before each write is compared: somebody else who is faster. */
  beforeWrite: (() => Promise<void>) | undefined;
  readonly #history: Exclude<TenantEvent, { type: 'BOOKMARK' }>[] = [];
  readonly #changed = new EventTarget();
  #compacted = 0;
  #revision = 1;

  async get(name: string): Promise<Tenant | undefined> {
    this.#check();
    return structuredClone(this.#at(this.#revision).get(name));
  }

  async list({ revision, name, after, limit }: ListOptions = {}): Promise<TenantList> {
    this.#check();
    if (revision !== undefined && Number(revision) < this.#compacted) throw new StoreError('Expired', 'compacted');
    const all = [...this.#at(Number(revision ?? this.#revision)).values()]
      .filter(({ metadata }) => (name === undefined || metadata.name === name) && (after === undefined || metadata.name > after))
      .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    const tenants = structuredClone(limit === undefined ? all : all.slice(0, limit));
    return { tenants, revision: revision ?? String(this.#revision), remaining: all.length - tenants.length };
  }

  async create(tenant: Tenant): Promise<Tenant> {
    await this.#beforeWrite();
    const { name, uid = randomUUID() } = tenant.metadata;
    if (await this.get(name)) throw new StoreError('AlreadyExists', name);
    return this.#commit('ADDED', { ...tenant, metadata: { ...tenant.metadata, uid } });
  }

  async update(tenant: Tenant): Promise<Tenant> {
    await this.#beforeWrite();
    const previous = await this.#existing(tenant.metadata.name, tenant.metadata.resourceVersion);
    return this.#commit('MODIFIED', tenant, previous);
  }

  async delete(name: string, resourceVersion?: string): Promise<void> {
    await this.#beforeWrite();
    this.#commit('DELETED', await this.#existing(name, resourceVersion));
  }

  async *watch(revision: string | undefined, signal: AbortSignal): AsyncGenerator<TenantEvent, void, void> {
    let seen = Number(revision ?? this.#revision);
    if (seen < this.#compacted) throw new StoreError('Expired', 'compacted');
    if (revision === undefined) {
      for (const tenant of (await this.list()).tenants) yield { type: 'ADDED', tenant, revision: String(seen) };
      yield { type: 'BOOKMARK', revision: String(seen) };
    }
    while (!signal.aborted) {
      if (this.failure) throw this.failure;
      const next = this.#history.find(({ revision: at }) => Number(at) > seen);
      if (next) {
        seen = Number(next.revision);
        yield structuredClone(next);
      } else await once(this.#changed, 'change', { signal }).catch(() => undefined);
    }
  }

  /** There are no other keys. */
  async countKeysOf(): Promise<number> {
    return 0;
  }

  async deleteKeysOf(): Promise<void> {}

  async close(): Promise<void> {}

  /** Forgets what was before the present revision, and breaks the watches when `failure` is set. */
  compact(): void {
    this.#compacted = this.#revision;
    this.#changed.dispatchEvent(new Event('change'));
  }

  async #existing(name: string, resourceVersion: string | undefined): Promise<Tenant> {
    const found = await this.get(name);
    if (!found) throw new StoreError('NotFound', name);
    if (resourceVersion !== undefined && resourceVersion !== found.metadata.resourceVersion) throw new StoreError('Conflict', name);
    return found;
  }

  #at(revision: number): Map<string, Tenant> {
    const tenants = new Map<string, Tenant>();
    for (const event of this.#history.filter((one) => Number(one.revision) <= revision)) {
      if (event.type === 'DELETED') tenants.delete(event.tenant.metadata.name);
      else tenants.set(event.tenant.metadata.name, event.tenant);
    }
    return tenants;
  }

  #commit(type: 'ADDED' | 'MODIFIED' | 'DELETED', tenant: Tenant, previous?: Tenant): Tenant {
    const revision = String(++this.#revision);
    const stored = structuredClone({ ...tenant, metadata: { ...tenant.metadata, resourceVersion: revision } });
    this.#history.push(type === 'MODIFIED' ? { type, tenant: stored, previous: previous!, revision } : { type, tenant: stored, revision });
    this.#changed.dispatchEvent(new Event('change'));
    return structuredClone(stored);
  }

  async #beforeWrite(): Promise<void> {
    this.#check();
    const others = this.beforeWrite;
    this.beforeWrite = undefined;
    await others?.();
  }

  #check(): void {
    if (this.failure) throw this.failure;
  }
}
