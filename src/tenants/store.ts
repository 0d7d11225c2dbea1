import type { Tenant } from './tenant.ts';

export type TenantEvent =
  | { type: 'ADDED' | 'DELETED'; tenant: Tenant; revision: string }
  /** `previous`: the tenant before this change; a watch with a selector needs it to tell an arrival from a change. */
  | { type: 'MODIFIED'; tenant: Tenant; previous: Tenant; revision: string }
  /** Nothing changed up to this revision. Comes about every second while the store is reachable, so that its absence means something. */
  | { type: 'BOOKMARK'; revision: string };

export interface ListOptions {
  /** Reads what was there at this revision instead of now. Throws Expired when it has been compacted. */
  readonly revision?: string;
  /** Only this one. */
  readonly name?: string;
  /** Begins behind this name. */
  readonly after?: string;
  /** At most so many; without it all of them, still read at one revision. */
  readonly limit?: number;
}

export interface TenantList {
  /** In order of name. */
  readonly tenants: Tenant[];
  readonly revision: string;
  /** How many tenants come behind the last one; 0 at the end. */
  readonly remaining: number;
}

/** Errors a store throws; the API layer turns them into Kubernetes Statuses. */
export type StoreErrorReason = 'NotFound' | 'AlreadyExists' | 'Conflict' | 'Expired' | 'Unavailable';

export class StoreError extends Error {
  readonly reason: StoreErrorReason;
  constructor(reason: StoreErrorReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** A condition that a write must find true, or it fails with `Conflict`. Used by the leader to fence its writes. */
export interface Fence {
  /** etcd key that must exist with this create revision. */
  readonly key: string;
  readonly createRevision: string;
}

/** Tenants, kept somewhere with revisions. The one implementation is etcd's; nothing above this line knows of etcd. */
export interface TenantStore {
  get(name: string): Promise<Tenant | undefined>;
  list(options?: ListOptions): Promise<TenantList>;
  /** Sets `metadata.uid` when it is missing. Throws AlreadyExists. */
  create(tenant: Tenant): Promise<Tenant>;
  /** Compares `metadata.resourceVersion` with what is stored when it is set. Throws NotFound, Conflict. */
  update(tenant: Tenant, fence?: Fence): Promise<Tenant>;
  /** Throws NotFound, and Conflict when `resourceVersion` is given and is not the stored one. */
  delete(name: string, resourceVersion?: string, fence?: Fence): Promise<void>;
  /**
   * Events after `revision` (exclusive; undefined: begins with an ADDED for each tenant there is and a BOOKMARK), in
   * order, none lost and none twice, however often the connection breaks. Returns when `signal` is aborted. Ends by throwing StoreError('Expired') when the revision has been compacted, 'Unavailable' when the store is lost for good.
   */
  watch(revision: string | undefined, signal: AbortSignal): AsyncIterable<TenantEvent>;
  /** How many keys of TENANT_KEYS name the tenant, its own object not counted. */
  countKeysOf(tenantId: string): Promise<number>;
  /** Deletes them. Throws Conflict when the fence does not hold. */
  deleteKeysOf(tenantId: string, fence?: Fence): Promise<void>;
  close(): Promise<void>;
}
