/**
 * Gets namespaces the room that they lack. Whatever goes wrong here, no limit is passed: kube-apiserver itself keeps each
 * namespace to its share, and the shares together are within the limit by the order in which things are written:
 *
 * - to raise a share: read it; write the ledger, from the revision that was read; write the share, from the version that was read;
 * - to lower one: read the ledger; write the share; write the ledger, from the revision that was read.
 *
 * So of two that meet, on whatever replicas, one fails and begins again; and one that stops half-way leaves room unused, never used twice.
 */
import type { KeyStore } from '../tenants/etcd-keys.ts';
import type { UpstreamClient } from '../upstream/upstream-client.ts';
import { type Amounts, amountOf } from './amounts.ts';
import type { CountedKind } from './count-live.ts';
import type { Share } from './ledger.ts';
import { Reservations } from './reservations.ts';
import { readShare } from './shares.ts';
import { TenantLine } from './tenant-line.ts';

/** With less than this over, times what is needed, it is looked whether the count is right. */
const SPARE = 6n;

export type RoomAnswer =
  /** There is room; or it cannot be said, and kube-apiserver decides by the share as it is. */
  | { readonly kind: 'room' }
  /** The tenant as a whole has none: what was asked for, what it uses and may use of the keys in question. */
  | { readonly kind: 'exceeded'; readonly requested: Amounts; readonly used: Amounts; readonly limited: Amounts };

export interface RoomKeeperDeps {
  /** May read and write ResourceQuotas. */
  readonly upstream: UpstreamClient;
  readonly keys: KeyStore;
}

export class RoomKeeper {
  readonly #deps: RoomKeeperDeps;
  readonly #reservations = new Reservations();
  readonly #lines = new Map<string, TenantLine>();

  constructor(deps: RoomKeeperDeps) {
    this.#deps = deps;
  }

  /**
   * Room for `need` in a namespace, both in upstream's spelling, as far as the tenant has it. Throws UpstreamError, StoreError: then the
   * namespace has the share it had.
   */
  async makeRoom(tenantId: string, namespace: string, need: Amounts, kind: CountedKind): Promise<RoomAnswer> {
    const share = await readShare(this.#deps.upstream, namespace);
    if (!share) return { kind: 'room' };
    const limited: Amounts = new Map([...need].filter(([key]) => share.spec.has(key)));
    if (limited.size === 0) return { kind: 'room' };
    this.#reservations.observe(namespace, share.used);
    const line = this.#lines.get(tenantId);
    if (!line && this.#fits(share, limited)) {
      this.#reservations.add(namespace, limited, share.used);
      return { kind: 'room' };
    }
    return await this.#lineOf(tenantId).join({ namespace, need: limited, kind });
  }

  /** Well within the share. */
  #fits({ namespace, hard, used }: Share, need: Amounts): boolean {
    const reserved = this.#reservations.of(namespace);
    return [...need].every(([key, amount]) => amountOf(used, key) + amountOf(reserved, key) + SPARE * amount <= amountOf(hard, key));
  }

  #lineOf(tenantId: string): TenantLine {
    const known = this.#lines.get(tenantId);
    if (known) return known;
    const line = new TenantLine({ ...this.#deps, tenantId, reservations: this.#reservations, onEmpty: () => this.#lines.delete(tenantId) });
    this.#lines.set(tenantId, line);
    return line;
  }
}
