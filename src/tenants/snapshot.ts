import { setTimeout as delay } from 'node:timers/promises';
import type { TenantStore } from './store.ts';
import { KUBECONFIG_ANNOTATION, type Tenant } from './tenant.ts';

const RETRY_MS = 200;
const DEFAULT_STALE_AFTER_MS = 3_000;

/** Told of a change: the tenant as it is now, or undefined when it is gone. */
export type TenantListener = (tenantId: string, tenant: Tenant | undefined) => void;

export interface SnapshotOptions {
  /** Silence of the store after which the snapshot counts as behind. Default 3,000. */
  readonly staleAfterMs?: number;
  /** Told why the store could not be read (it is tried again), and what a listener threw. */
  readonly onError?: (cause: unknown) => void;
}

/**
 * All tenants in memory, without their credentials and managed fields, kept up to date from list and watch. Level-triggered: after any trouble it lists again and
 * reports the difference. While the store is away it goes on serving what it knows.
 */
export class TenantSnapshot {
  /** Resolves when the tenants have been read for the first time. Never rejects. */
  readonly ready: Promise<void>;
  readonly #store: TenantStore;
  readonly #options: SnapshotOptions;
  readonly #tenants = new Map<string, Tenant>();
  readonly #listeners = new Set<TenantListener>();
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #revision: string | undefined;
  #heardAt = Date.now();

  constructor(store: TenantStore, options: SnapshotOptions = {}) {
    this.#store = store;
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ready = promise;
    this.#running = this.#run(resolve);
  }

  get(tenantId: string): Tenant | undefined {
    return this.#tenants.get(tenantId);
  }

  all(): Tenant[] {
    return [...this.#tenants.values()];
  }

  /** The store's revision up to which everything is known; undefined before the first list. */
  get revision(): string | undefined {
    return this.#revision;
  }

  /** When the store was last heard of, in milliseconds of the epoch; before it ever was, when this began. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** Since when (milliseconds of the epoch) nothing was heard of the store; undefined while it is up to date. */
  get behindSince(): number | undefined {
    const silent = Date.now() - this.#heardAt > (this.#options.staleAfterMs ?? DEFAULT_STALE_AFTER_MS);
    return this.#revision === undefined || silent ? this.#heardAt : undefined;
  }

  /** Returns what takes the listener off again. */
  onChange(listener: TenantListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Stops following the store; what is known stays readable. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(onReady: () => void): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const { tenants, revision } = await this.#store.list();
        this.#replaceAll(tenants);
        this.#heard(revision);
        onReady();
        for await (const event of this.#store.watch(revision, signal)) {
          if (event.type === 'DELETED') this.#set(event.tenant.metadata.name, undefined);
          else if (event.type !== 'BOOKMARK') this.#set(event.tenant.metadata.name, event.tenant);
          this.#heard(event.revision);
        }
      } catch (thrown) {
        if (!signal.aborted) this.#options.onError?.(thrown);
      }
      await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  #replaceAll(tenants: readonly Tenant[]): void {
    const gone = new Set(this.#tenants.keys());
    for (const tenant of tenants) {
      const tenantId = tenant.metadata.name;
      gone.delete(tenantId);
      if (this.#tenants.get(tenantId)?.metadata.resourceVersion !== tenant.metadata.resourceVersion) this.#set(tenantId, tenant);
    }
    for (const tenantId of gone) this.#set(tenantId, undefined);
  }

  #set(tenantId: string, tenant: Tenant | undefined): void {
    const kept = tenant && lean(tenant);
    if (kept) this.#tenants.set(tenantId, kept);
    else this.#tenants.delete(tenantId);
    for (const listener of this.#listeners) {
      try {
        listener(tenantId, kept);
      } catch (thrown) {
        this.#options.onError?.(thrown);
      }
    }
  }

  #heard(revision: string): void {
    this.#revision = revision;
    this.#heardAt = Date.now();
  }
}

/** Without what takes most of the room, and what nobody here has any business with: the kubeconfig. */
function lean(tenant: Tenant): Tenant {
  const { managedFields: _, annotations = {}, ...metadata } = tenant.metadata;
  const { [KUBECONFIG_ANNOTATION]: __, ...others } = annotations;
  return { ...tenant, metadata: { ...metadata, ...(Object.keys(others).length > 0 && { annotations: others }) } };
}
