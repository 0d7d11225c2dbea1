/** What a gateway does about quota before a request goes upstream. */
import { setTimeout as delay } from 'node:timers/promises';
import { KubeError } from '../errors.ts';
import type { ResourceRequest } from '../kube/request-info.ts';
import { toUpstreamName } from '../names/prefix.ts';
import type { KeyStore } from '../tenants/etcd-keys.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { ResourceRow } from '../translate/table/row.ts';
import type { UpstreamClient } from '../upstream/upstream-client.ts';
import { isUpstreamError } from '../upstream/upstream-error.ts';
import { holdPlace } from './creation-caps.ts';
import { QUOTA_LABEL, QUOTA_READY } from './names.ts';

/** Beyond this upstream's policy decides, and says why. */
const PATIENCE_MS = 5_000;
const PAUSE_MS = 40;
const KNOWN_MS = 60_000;

export interface QuotaGateDeps {
  /** May read namespaces and list cluster-scoped kinds. */
  readonly upstream: UpstreamClient;
  readonly keys: KeyStore;
  /** Caps of tenants that have none of their own, by key of a quota; read for each creation. */
  readonly defaults: Readonly<Record<string, string | number>>;
}

export interface GatedRequest {
  readonly tenant: Tenant | undefined;
  readonly request: ResourceRequest;
  readonly row: ResourceRow;
  readonly contentType: string;
  readonly query: URLSearchParams;
}

export class QuotaGate {
  readonly #deps: QuotaGateDeps;
  /** Namespaces in which the quota was seen to be in force: until when that is believed. */
  readonly #ready = new Map<string, number>();

  constructor(deps: QuotaGateDeps) {
    this.#deps = deps;
  }

  /**
   * @returns undefined: nothing to wait for; otherwise what is to be called when the request is over. Rejects with KubeError Forbidden, and
   *   ServiceUnavailable where nobody can say whether there is room
   */
  hold(gated: GatedRequest): Promise<() => void> | undefined {
    const { tenant, request, row, contentType, query } = gated;
    if (!tenant || request.verb === 'get' || request.verb === 'list' || request.verb === 'watch') return undefined;
    // A tenant's own kinds have one row; those without a namespace are seen by the path.
    if (row.scope === 'Cluster' || (row.custom === 'own' && request.namespace === undefined)) {
      return holdPlace(this.#deps, { tenant, request, row, contentType, dryRun: query.has('dryRun') })?.catch(unknownRoom);
    }
    return this.#awaitNamespace(tenant, request);
  }

  /** A namespace just made has its share in a moment, and nothing can be created in it before: a client need not notice. */
  #awaitNamespace(tenant: Tenant, { verb, namespace }: ResourceRequest): Promise<() => void> | undefined {
    if (!tenant.spec?.quota?.hard || namespace === undefined || (verb !== 'create' && verb !== 'patch' && verb !== 'update'))
      return undefined;
    const upstreamName = toUpstreamName(tenant.metadata.name, namespace);
    if ((this.#ready.get(upstreamName) ?? 0) > performance.now()) return undefined;
    return this.#untilReady(upstreamName).then(() => () => {});
  }

  async #untilReady(upstreamName: string): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (performance.now() < deadline) {
      const state = await this.#look(upstreamName);
      if (state === 'ready') this.#remember(upstreamName);
      if (state !== 'shut') return;
      await delay(PAUSE_MS);
    }
  }

  async #look(upstreamName: string): Promise<'ready' | 'shut' | 'ending'> {
    try {
      const { metadata } = await this.#deps.upstream.get(`/api/v1/namespaces/${upstreamName}`);
      if (metadata.labels?.[QUOTA_LABEL] === QUOTA_READY) return 'ready';
      return metadata.deletionTimestamp ? 'ending' : 'shut';
    } catch (thrown) {
      // What is not there, or cannot be asked for, upstream says itself.
      if (isUpstreamError(thrown)) return 'ending';
      throw thrown;
    }
  }

  #remember(upstreamName: string): void {
    const now = performance.now();
    if (this.#ready.size > 10_000) for (const [name, until] of this.#ready) if (until < now) this.#ready.delete(name);
    this.#ready.set(upstreamName, now + KNOWN_MS);
  }
}

/** Without an answer nothing is made: the other way would be none at all, the next time that etcd is slow. */
function unknownRoom(thrown: unknown): never {
  if (thrown instanceof KubeError) throw thrown;
  const details = { retryAfterSeconds: 1 };
  throw new KubeError('ServiceUnavailable', 'the quota of your cluster cannot be looked up now, please try again', details, {
    cause: thrown,
  });
}
