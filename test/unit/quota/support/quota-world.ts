/**
 * As much of Kubernetes as a tenant's shares meet, with every answer late by chance: ResourceQuotas with versions, the plugin that counts an object in
 * before it is made, the controller that counts anew and goes back to the spec. And etcd, as the ledger needs it.
 */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Ledger } from '../../../../src/quota/ledger.ts';
import { encodeLedger } from '../../../../src/quota/ledger.ts';
import { ledgerKey, SHARE_QUOTA } from '../../../../src/quota/names.ts';
import { ONE } from '../../../../src/quota/quantity.ts';
import type { KeyStore, StoredKey } from '../../../../src/tenants/etcd-keys.ts';
import { createJsonClient } from '../../../../src/upstream/json-client.ts';
import type { UpstreamClient, UpstreamRequest, UpstreamResponse } from '../../../../src/upstream/upstream-client.ts';

type Quantities = Record<string, string>;

interface Stored {
  metadata: { name: string; namespace: string; resourceVersion: string; annotations?: Record<string, string> };
  spec: { hard: Quantities };
  status: { hard: Quantities; used: Quantities };
}

export const WORLD_TENANT = 'demo01';

export class QuotaWorld {
  readonly limit: number;
  readonly upstream: UpstreamClient;
  /** Holds a request up, before it has any effect. */
  hold: (request: UpstreamRequest) => Promise<void> | undefined = () => undefined;
  readonly keys: KeyStore;
  readonly #shares = new Map<string, Stored>();
  /** What is really there. */
  readonly objects = new Map<string, number>();
  readonly #stored = new Map<string, StoredKey>();
  readonly #random: () => number;
  #revision = 1;

  constructor(limit: number, namespaces: readonly string[], random: () => number) {
    this.limit = limit;
    this.#random = random;
    for (const namespace of namespaces) {
      const metadata = { name: SHARE_QUOTA, namespace, resourceVersion: String(++this.#revision) };
      this.#shares.set(namespace, { metadata, spec: { hard: { pods: '0' } }, status: { hard: { pods: '0' }, used: { pods: '0' } } });
      this.objects.set(namespace, 0);
    }
    const ledger: Ledger = {
      hard: new Map([['pods', BigInt(limit) * ONE]]),
      granted: new Map(namespaces.map((name) => [name, new Map()])),
    };
    const key = ledgerKey(WORLD_TENANT);
    this.#stored.set(key, { key, value: encodeLedger(ledger), revision: '1', createRevision: '1' });
    this.upstream = createJsonClient({
      request: async (request) => {
        await this.#late();
        await this.hold(request);
        const response = this.#answer(request);
        this.check();
        await this.#late();
        return response;
      },
      stream: () => Promise.reject(new Error('no watches here')),
      close: () => {},
    });
    this.keys = {
      get: async (name) => {
        await this.#late();
        return this.#stored.get(name);
      },
      put: async (name, value, revision) => {
        await this.#late();
        const isAsExpected = this.#stored.get(name)?.revision === revision;
        if (isAsExpected) this.#stored.set(name, { key: name, value, revision: String(++this.#revision), createRevision: '1' });
        await this.#late();
        return isAsExpected;
      },
      list: () => Promise.reject(new Error('not listed here')),
      delete: () => Promise.reject(new Error('not deleted here')),
      hold: () => Promise.reject(new Error('not held here')),
      close: () => {},
    };
  }

  /** The rule of all: shares together, whatever upstream's controller makes of them, are within the limit; and so is what there is. */
  check(): void {
    let allowed = 0;
    for (const { spec, status } of this.#shares.values()) allowed += Math.max(Number(spec.hard.pods), Number(status.hard.pods));
    assert.ok(allowed <= this.limit, `shares allow ${allowed} of ${this.limit}`);
    assert.ok(this.total <= this.limit, `${this.total} of ${this.limit} are there`);
  }

  get total(): number {
    return [...this.objects.values()].reduce((sum, count) => sum + count, 0);
  }

  /** kube-apiserver's plugin: counts, in one write, and lets the object be made. */
  async admit(namespace: string): Promise<boolean> {
    await this.#late();
    const share = this.#shares.get(namespace)!;
    const used = Number(share.status.used.pods);
    if (used + 1 > Number(share.status.hard.pods)) return false;
    this.#write(share, () => {
      share.status.used.pods = String(used + 1);
    });
    this.objects.set(namespace, this.objects.get(namespace)! + 1);
    return true;
  }

  /** The object goes, and upstream's controller counts anew. */
  async remove(namespace: string): Promise<void> {
    if (this.objects.get(namespace) === 0) return;
    this.objects.set(namespace, this.objects.get(namespace)! - 1);
    await this.#late();
    const share = this.#shares.get(namespace)!;
    this.#write(share, () => {
      share.status = { hard: { ...share.spec.hard }, used: { pods: String(this.objects.get(namespace)) } };
    });
  }

  /** Upstream's controller has not heard yet of an object that is there. */
  miss(namespace: string): void {
    const share = this.#shares.get(namespace)!;
    this.#write(share, () => {
      share.status.used.pods = String(Number(share.status.used.pods) - 1);
    });
  }

  #late(): Promise<void> {
    return delay(Math.floor(this.#random() * 4));
  }

  #write(share: Stored, change: () => void): void {
    change();
    share.metadata.resourceVersion = String(++this.#revision);
    this.check();
  }

  #pods(): object[] {
    return [...this.objects].flatMap(([namespace, count]) =>
      Array.from({ length: count }, (_, index) => ({ metadata: { name: `p${index}`, namespace }, spec: { containers: [] } })),
    );
  }

  #answer({ method, path, body }: UpstreamRequest): UpstreamResponse {
    if (path === '/api/v1/resourcequotas') return answer(200, { items: [...this.#shares.values()], metadata: {} });
    if (path === '/api/v1/pods') return answer(200, { items: this.#pods(), metadata: {} });
    const [, namespace = '', sub] = /^\/api\/v1\/namespaces\/([^/]+)\/resourcequotas\/kubezoo-share(\/status)?$/.exec(path) ?? [];
    const share = this.#shares.get(namespace);
    if (!share) return answer(404, { kind: 'Status', reason: 'NotFound', message: path, code: 404 });
    if (method === 'GET') return answer(200, share);
    const sent = JSON.parse(String(body)) as Partial<Stored>;
    if (sent.metadata?.resourceVersion !== share.metadata.resourceVersion)
      return answer(409, { kind: 'Status', reason: 'Conflict', message: path, code: 409 });
    this.#write(share, () => {
      if (sub) {
        Object.assign(share.status.hard, sent.status?.hard);
        Object.assign(share.status.used, sent.status?.used);
      } else Object.assign(share.spec.hard, sent.spec?.hard);
    });
    return answer(200, share);
  }
}

function answer(status: number, body: object): UpstreamResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(body)) };
}
