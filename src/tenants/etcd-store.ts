import { randomUUID } from 'node:crypto';
import type { Etcd3, ICompare, IKeyValue, IRequestOp } from 'etcd3';
import { connectEtcd, type EtcdSecurity, readFromEtcd, toStoreError } from './etcd-client.ts';
import { type KeyEvent, type KeyRange, watchKeys } from './etcd-watch.ts';
import { type CampaignOptions, campaign, type Leadership } from './leader-lock.ts';
import { type Fence, type ListOptions, StoreError, type TenantEvent, type TenantList, type TenantStore } from './store.ts';
import type { Tenant } from './tenant.ts';
import { keyRangesOf } from './tenant-keys.ts';

/** Tenants in one answer of etcd: each may hold 256 KiB of annotations, and a member builds the answer in memory. */
const PAGE_SIZE = 200;

/** What a write must find under the tenant's key. */
type Expected = 'absent' | 'present' | { readonly revision: string };

export interface EtcdStoreOptions {
  /** URLs of etcd's members. */
  readonly endpoints: readonly string[];
  readonly security?: EtcdSecurity | undefined;
  /** Prefix of all keys, with its closing slash: tenants are kept under `<prefix>tenants/`. */
  readonly prefix: string;
  /** Told when a watch broke and is opened again; for the log. */
  readonly onRetry?: (cause: unknown) => void;
}

export interface EtcdTenantStore extends TenantStore {
  /** Waits to become the one leader of `name`; see leader-lock.ts. */
  campaign(name: string, options: CampaignOptions): Promise<Leadership>;
}

/** Opens the store; connects when first used, so it does not fail when etcd is down. All methods throw StoreError. */
export function openEtcdStore(options: EtcdStoreOptions): EtcdTenantStore {
  return new EtcdStore(connectEtcd(options.endpoints, options.security), options);
}

class EtcdStore implements EtcdTenantStore {
  readonly #client: Etcd3;
  readonly #prefix: string;
  readonly #onRetry: ((cause: unknown) => void) | undefined;
  readonly #closing = new AbortController();

  constructor(client: Etcd3, options: EtcdStoreOptions) {
    this.#client = client;
    this.#prefix = options.prefix;
    this.#onRetry = options.onRetry;
  }

  async get(name: string): Promise<Tenant | undefined> {
    const { kvs } = await readFromEtcd(() => this.#client.kv.range({ key: this.#key(name) }));
    return kvs[0] && this.#decode(kvs[0]);
  }

  async list({ revision, name, after, limit }: ListOptions = {}): Promise<TenantList> {
    const { start, end } = name === undefined ? this.#range() : { start: this.#key(name), end: behind(this.#key(name)) };
    const tenants: Tenant[] = [];
    let atRevision = revision;
    let from = after === undefined ? start : behind(this.#key(after));
    for (;;) {
      const pageSize = Math.min(PAGE_SIZE, limit === undefined ? PAGE_SIZE : limit - tenants.length);
      const page = await readFromEtcd(() =>
        this.#client.kv.range({ key: from, range_end: end, limit: pageSize, ...(atRevision !== undefined && { revision: atRevision }) }),
      );
      atRevision ??= page.header.revision;
      tenants.push(...page.kvs.map((kv) => this.#decode(kv)));
      const lastKey = page.kvs.at(-1)?.key;
      if (!page.more || lastKey === undefined || tenants.length === limit) {
        return { tenants, revision: atRevision, remaining: Number(page.count) - page.kvs.length };
      }
      from = behind(lastKey);
    }
  }

  async create(tenant: Tenant): Promise<Tenant> {
    const { name } = tenant.metadata;
    const created = { ...tenant, metadata: { ...tenant.metadata, uid: tenant.metadata.uid ?? randomUUID() } };
    const revision = await this.#commit(name, 'absent', created);
    return withRevision(created, revision);
  }

  async update(tenant: Tenant, fence?: Fence): Promise<Tenant> {
    const { name, resourceVersion } = tenant.metadata;
    return withRevision(tenant, await this.#commit(name, expectedAt(resourceVersion), tenant, fence));
  }

  async delete(name: string, resourceVersion?: string, fence?: Fence): Promise<void> {
    await this.#commit(name, expectedAt(resourceVersion), undefined, fence);
  }

  async countKeysOf(tenantId: string): Promise<number> {
    let count = 0;
    for (const { start, end } of keyRangesOf(this.#prefix, tenantId)) {
      const found = await readFromEtcd(() => this.#client.kv.range({ key: start, range_end: end, count_only: true }));
      count += Number(found.count);
    }
    return count;
  }

  async deleteKeysOf(tenantId: string, fence?: Fence): Promise<void> {
    const success = keyRangesOf(this.#prefix, tenantId).map(({ start, end }) => ({ request_delete_range: { key: start, range_end: end } }));
    const compare = fence ? [toFenceCompare(fence)] : [];
    const answer = await this.#client.kv.txn({ compare, success, failure: [] }).catch((thrown: unknown) => {
      throw toStoreError(thrown);
    });
    if (!answer.succeeded) throw new StoreError('Conflict', `the leader's lock ${fence?.key} is lost`);
  }

  async *watch(revision: string | undefined, signal: AbortSignal): AsyncGenerator<TenantEvent, void, void> {
    let after = revision;
    if (after === undefined) {
      const list = await this.list();
      for (const tenant of list.tenants) yield { type: 'ADDED', tenant, revision: tenant.metadata.resourceVersion ?? list.revision };
      yield { type: 'BOOKMARK', revision: list.revision };
      after = list.revision;
    }
    const until = AbortSignal.any([signal, this.#closing.signal]);
    for await (const batch of watchKeys(this.#client, this.#range(), after, until, { ...(this.#onRetry && { onRetry: this.#onRetry }) })) {
      for (const event of batch.events) yield this.#toTenantEvent(event);
      if (batch.events.length === 0) yield { type: 'BOOKMARK', revision: batch.revision };
    }
    if (!signal.aborted) throw new StoreError('Unavailable', 'the store has been closed');
  }

  campaign(name: string, options: CampaignOptions): Promise<Leadership> {
    return campaign(this.#client, `${this.#prefix}leader/${name}`, options);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#client.close();
  }

  /** Writes (or, without a tenant, deletes) in one transaction; the new revision. */
  async #commit(name: string, expected: Expected, tenant: Tenant | undefined, fence?: Fence): Promise<string> {
    const key = this.#key(name);
    const compare = [toCompare(key, expected)];
    if (fence) compare.push(toFenceCompare(fence));
    const success: IRequestOp = tenant ? { request_put: { key, value: encode(tenant) } } : { request_delete_range: { key } };
    const failure: IRequestOp[] = [{ request_range: { key } }];
    const answer = await this.#client.kv.txn({ compare, success: [success], failure }).catch((thrown: unknown) => {
      throw toStoreError(thrown);
    });
    if (answer.succeeded) return answer.header.revision;
    const found = answer.responses[0]?.response_range?.kvs[0];
    if (expected === 'absent' && found) throw new StoreError('AlreadyExists', `tenant "${name}" exists`);
    if (expected !== 'absent' && !found) throw new StoreError('NotFound', `no tenant "${name}"`);
    if (typeof expected === 'object' && found?.mod_revision !== expected.revision) {
      throw new StoreError('Conflict', `tenant "${name}" is at revision ${found?.mod_revision}, not ${expected.revision}`);
    }
    throw new StoreError('Conflict', `the leader's lock ${fence?.key} is lost`);
  }

  #toTenantEvent(event: KeyEvent): TenantEvent {
    const { revision, previous } = event;
    if (event.created) return { type: 'ADDED', tenant: this.#parse(event.key, event.value, revision), revision };
    // The value before the change is gone with a compaction that overtook a slow watch: only a new list can tell.
    if (previous === undefined) throw new StoreError('Expired', `the value of ${event.key} before revision ${revision} has been compacted`);
    if (event.type === 'delete') return { type: 'DELETED', tenant: this.#parse(event.key, previous, revision), revision };
    const tenant = this.#parse(event.key, event.value, revision);
    return { type: 'MODIFIED', tenant, previous: this.#parse(event.key, previous, revision), revision };
  }

  #decode(kv: IKeyValue): Tenant {
    return this.#parse(kv.key.toString(), kv.value, kv.mod_revision);
  }

  #parse(key: string, value: Buffer, revision: string): Tenant {
    try {
      return withRevision(JSON.parse(value.toString()) as Tenant, revision);
    } catch (cause) {
      throw new StoreError('Unavailable', `etcd: the value of ${key} is no tenant`, { cause });
    }
  }

  #key(name: string): Buffer {
    return Buffer.from(`${this.#prefix}tenants/${name}`);
  }

  #range(): KeyRange {
    // '0' is the character behind '/'.
    return { start: Buffer.from(`${this.#prefix}tenants/`), end: Buffer.from(`${this.#prefix}tenants0`) };
  }
}

/** The first key that sorts behind `key`. */
function behind(key: Buffer): Buffer {
  return Buffer.concat([key, Buffer.from([0])]);
}

function expectedAt(resourceVersion: string | undefined): Expected {
  return resourceVersion === undefined ? 'present' : { revision: resourceVersion };
}

function toCompare(key: Buffer, expected: Expected): ICompare {
  if (typeof expected === 'object') return { key, target: 'Mod', result: 'Equal', mod_revision: expected.revision };
  return { key, target: 'Create', result: expected === 'absent' ? 'Equal' : 'Greater', create_revision: '0' };
}

function toFenceCompare({ key, createRevision }: Fence): ICompare {
  return { key: Buffer.from(key), result: 'Equal', target: 'Create', create_revision: createRevision };
}

function withRevision(tenant: Tenant, resourceVersion: string): Tenant {
  return { ...tenant, metadata: { ...tenant.metadata, resourceVersion } };
}

function encode(tenant: Tenant): Buffer {
  const { resourceVersion: _, ...metadata } = tenant.metadata;
  return Buffer.from(JSON.stringify({ ...tenant, metadata }));
}
