/** The local API's handlers: for each upstream cluster its own, behind one that knows where a tenant lives. */
import type { Logger } from 'pino';
import { askAsGateway } from '../collections/ask-upstream.ts';
import type { CollectionMetrics } from '../collections/collection-metrics.ts';
import { createCollectionsHandler } from '../collections/collections-handler.ts';
import type { CursorSealer } from '../collections/cursor.ts';
import { ListMemory } from '../collections/list/list-memory.ts';
import { createPastHandler } from '../collections/past-handler.ts';
import { Hub } from '../collections/watch/hub.ts';
import type { Config } from '../config/config.ts';
import { KubeError } from '../errors.ts';
import { HeldBytes, LIST_LIMITS } from '../limits/held-bytes.ts';
import { COLLECTION_LIMITS, StalledAnswers } from '../limits/stalled-answers.ts';
import { createLocalHandlers } from '../local/local-handlers.ts';
import type { LocalHandler } from '../local/local-request.ts';
import { createReviewsHandler } from '../local/reviews/reviews-handler.ts';
import { prefixOf } from '../names/prefix.ts';
import type { BridgeAddress } from '../names/webhook-url.ts';
import type { CacheMetrics } from '../telemetry/cache-metrics.ts';
import { beginningOf } from '../tenants/beginning.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { TranslateContext } from '../translate/context.ts';
import { createSharedResources } from '../translate/shared-resources.ts';
import { allRows, findResource } from '../translate/table/index.ts';
import { refusalOf } from './refusal-of.ts';
import { isSharedByPlatform } from './shared-classes.ts';
import type { GatewayUpstream, Upstreams } from './upstreams.ts';

export interface LocalApiDeps {
  readonly config: Config;
  readonly upstreams: Upstreams;
  readonly tenantOf: (tenantId: string) => Tenant | undefined;
  readonly cursors: CursorSealer;
  readonly bridge: BridgeAddress | undefined;
  readonly metrics: CollectionMetrics;
  readonly caches: CacheMetrics;
  readonly isReady: () => boolean;
  readonly onInternalError: (error: unknown) => void;
  readonly log: Logger;
}

/** What answers for one cluster. */
interface LocalSide {
  readonly hub: Hub;
  readonly handlers: readonly LocalHandler[];
}

export class LocalApi {
  readonly #sides: ReadonlyMap<GatewayUpstream, LocalSide>;
  readonly #deps: LocalApiDeps;

  constructor(deps: LocalApiDeps) {
    this.#deps = deps;
    const held = new HeldBytes(LIST_LIMITS);
    this.#sides = new Map(deps.upstreams.all.map((upstream) => [upstream, openSide(upstream, deps, held)]));
  }

  /** The watches that tenants share, of all clusters. */
  get hubs(): Hub[] {
    return [...this.#sides.values()].map(({ hub }) => hub);
  }

  /** Answers tenants, each out of its own cluster. The operator has nothing here but what the first cluster's handlers say. */
  readonly handler: LocalHandler = async (request, response) => {
    const { identity } = request;
    const { upstreams, tenantOf } = this.#deps;
    const tenant = identity.role === 'tenant' ? tenantOf(identity.tenantId) : undefined;
    // Let in a moment ago, and gone since.
    if (identity.role === 'tenant' && !tenant) throw new KubeError('Unauthorized', 'Unauthorized');
    const upstream = tenant ? upstreams.of(tenant) : upstreams.all[0]!;
    for (const handle of this.#sides.get(upstream)!.handlers) if (await handle(request, response)) return true;
    return false;
  };
}

function openSide(upstream: GatewayUpstream, deps: LocalApiDeps, held: HeldBytes): LocalSide {
  const { config, tenantOf, cursors, bridge, metrics, caches, isReady, onInternalError, log } = deps;
  const { client, shared, sharedClasses, checkAccess } = upstream;
  const sharedResources = createSharedResources(config.sharedResources);
  const hub = new Hub({
    ask: askAsGateway(client),
    metrics,
    onInternalError,
    onTrouble: (error, path) => log.warn({ err: error, path }, 'a shared watch broke off, going on'),
  });
  const contextOf = (tenantId: string): TranslateContext => ({ tenantId, prefix: prefixOf(tenantId), foreign: 'cut', shared, bridge });
  const startOf = (tenantId: string) => beginningOf(tenantOf(tenantId) ?? {});
  const handlers = [
    createPastHandler({ contextOf, beginningOf: startOf, cursors }),
    createCollectionsHandler({
      transport: client,
      checkAccess,
      cursors,
      beginningOf: startOf,
      memory: new ListMemory(),
      held,
      stalled: new StalledAnswers(COLLECTION_LIMITS, metrics.onStalled),
      hub,
      contextOf,
      tenantUidOf: (tenantId) => tenantOf(tenantId)?.metadata.uid,
      sharing: {
        sharedObjects: (...kind) => shared.sharedObjects?.(...kind) ?? [],
        isShared: (group, kind, meta, globalDefault) => {
          if (sharedResources.isSharedObject(group, kind, meta.name)) return true;
          // That it is the default, a PriorityClass says in its body, which is not always in sight.
          if (kind === 'PriorityClass' && globalDefault === undefined && !isSharedByPlatform(meta)) return undefined;
          return isSharedByPlatform(meta, { globalDefault });
        },
        note: (...change) => sharedClasses.note(...change),
      },
      metrics,
    }),
    createReviewsHandler({
      table: { findResource, allRows },
      request: (request) => client.request(request),
      shared,
      refusalOf: (identity, access) => refusalOf(access, { identity, tenant: tenantOf(identity.tenantId) }, shared),
    }),
    ...createLocalHandlers({
      table: { findResource, allRows },
      shared: { ...shared, sharedKey: JSON.stringify(config.sharedResources) },
      fetch: (path, headers) => client.request({ method: 'GET', path, headers }),
      onFailure: (path, error) => log.warn({ err: error, path }, 'upstream document cannot be read'),
      documentCounts: caches.upstream_documents,
      gatewayAddress: new URL(config.gatewayUrl).host,
      isReady,
    }),
  ];
  return { hub, handlers };
}
