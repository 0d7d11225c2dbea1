/** The sidecar's process: ext_proc server, local API and admin endpoints around one snapshot of the tenants. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import { pino } from 'pino';
import { bridgeOfConfig } from '../admission/bridge-of-config.ts';
import { startAdmissionBridge } from '../admission/server.ts';
import { askAsGateway } from '../collections/ask-upstream.ts';
import { createCollectionMetrics } from '../collections/collection-metrics.ts';
import { createCollectionsHandler } from '../collections/collections-handler.ts';
import { CursorSealer } from '../collections/cursor.ts';
import { ListMemory } from '../collections/list/list-memory.ts';
import { Hub } from '../collections/watch/hub.ts';
import { loadConfig } from '../config/config.ts';
import { upstreamHoldsPrefix } from '../controller/prefix-taken.ts';
import { type AccessReviewSpec, type AccessReviewStatus, createAccessChecker } from '../identity/check-access.ts';
import { createTokenReviewer, type TokenReviewStatus } from '../identity/review-token.ts';
import { InflightLimiter } from '../limits/inflight.ts';
import { createLocalHandlers } from '../local/local-handlers.ts';
import { createReviewsHandler } from '../local/reviews/reviews-handler.ts';
import { startLocalServer } from '../local/server.ts';
import { prefixOf } from '../names/prefix.ts';
import { QuotaGate } from '../quota/quota-gate.ts';
import { RoomKeeper } from '../quota/room-keeper.ts';
import { startAdminServer } from '../telemetry/admin-server.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { createTenantApi } from '../tenant-api/tenant-api.ts';
import { openEtcdKeys } from '../tenants/etcd-keys.ts';
import { openEtcdStore } from '../tenants/etcd-store.ts';
import { TenantSnapshot } from '../tenants/snapshot.ts';
import type { SharedNames } from '../translate/context.ts';
import { findRow } from '../translate/find-row.ts';
import { createSharedResources } from '../translate/shared-resources.ts';
import { allRows, findResource } from '../translate/table/index.ts';
import { connectUpstream } from '../upstream/connect-upstream.ts';
import type { UpstreamClient } from '../upstream/upstream-client.ts';
import { OpenExchanges } from './open-exchanges.ts';
import { refusalOf } from './refusal-of.ts';
import { startExtProcServer } from './server.ts';
import { isSharedByPlatform, SharedClasses } from './shared-classes.ts';

/** Exchanges under way get this long to end when the process is asked to. */
const DRAIN_MS = 5_000;

/** Runs until SIGTERM or SIGINT. @throws Error when it cannot start */
export async function runSidecar(configFile: string): Promise<void> {
  const config = loadConfig(configFile);
  const log = pino({ name: 'sidecar', level: config.logLevel });
  const store = openEtcdStore({ endpoints: config.etcdEndpoints, prefix: config.etcdPrefix });
  const tenants = new TenantSnapshot(store, { onError: (error) => log.warn({ err: error }, 'tenants cannot be read, trying again') });
  const keys = openEtcdKeys({ endpoints: config.etcdEndpoints, prefix: config.etcdPrefix });
  const upstream = connectUpstream(config.gatewayKubeconfig);
  const controllerUpstream = connectUpstream(config.controllerKubeconfig);
  const sharedClasses = new SharedClasses(upstream, (error) => log.warn({ err: error }, 'shared classes cannot be read, trying again'));
  const sharedResources = createSharedResources(config.sharedResources);
  const shared: SharedNames = {
    ...sharedResources,
    isSharedObject: (...name) => sharedResources.isSharedObject(...name) || sharedClasses.isSharedObject(...name),
    sharedObjects: (...kind) => [...(sharedResources.sharedObjects?.(...kind) ?? []), ...sharedClasses.sharedObjects(...kind)],
  };
  const inflight = new InflightLimiter();
  const metrics = createMetrics(inflight);
  const openExchanges = new OpenExchanges();
  const bridge = config.admissionBridge && bridgeOfConfig(config.admissionBridge);
  const cursors = new CursorSealer(config.cursorKeyFile ? readFileSync(config.cursorKeyFile) : randomBytes(32));
  const checkAccess = createAccessChecker((spec) => reviewAccess(upstream, spec), { shared });
  const collectionMetrics = createCollectionMetrics(metrics.registry, () => hub);
  const onInternalError = (error: unknown) => {
    metrics.onInternalError();
    log.error({ err: error }, 'an exchange failed');
  };
  const hub: Hub = new Hub({
    ask: askAsGateway(upstream),
    metrics: collectionMetrics,
    onInternalError,
    onTrouble: (error, path) => log.warn({ err: error, path }, 'a shared watch broke off, going on'),
  });
  tenants.onChange((tenantId, tenant) => {
    openExchanges.keepOnly(tenantId, tenant?.metadata.uid);
    hub.endWhere((subscriber) => subscriber.tenantId === tenantId && subscriber.tenantUid !== tenant?.metadata.uid);
  });
  // Without the first list every tenant would be nobody, so nothing is served before it.
  await tenants.ready;

  const notReady = () => {
    if (tenants.behindSince !== undefined) return 'tenants: etcd has not been heard of lately\n';
    return sharedClasses.isReady ? undefined : 'classes: upstream has not said yet which are shared\n';
  };
  const admin = await startAdminServer(config.adminAddress, metrics.registry, notReady);
  const local = await startLocalServer({
    socketPath: config.localSocket,
    log,
    handlers: [
      createTenantApi(store, { upstreamHoldsPrefix: (tenantId) => upstreamHoldsPrefix(controllerUpstream, tenantId) }),
      createCollectionsHandler({
        transport: upstream,
        checkAccess,
        cursors,
        memory: new ListMemory(),
        hub,
        contextOf: (tenantId) => ({ tenantId, prefix: prefixOf(tenantId), foreign: 'cut', shared, bridge }),
        tenantUidOf: (tenantId) => tenants.get(tenantId)?.metadata.uid,
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
        metrics: collectionMetrics,
      }),
      createReviewsHandler({
        table: { findResource, allRows },
        request: (request) => upstream.request(request),
        shared,
        refusalOf: (identity, access) => refusalOf(access, { identity, tenant: tenants.get(identity.tenantId) }, shared),
      }),
      ...createLocalHandlers({
        table: { findResource, allRows },
        shared: { ...shared, sharedKey: JSON.stringify(config.sharedResources) },
        fetch: (path, headers) => upstream.request({ method: 'GET', path, headers }),
        onFailure: (path, error) => log.warn({ err: error, path }, 'upstream document cannot be read'),
        gatewayAddress: new URL(config.gatewayUrl).host,
        isReady: () => notReady() === undefined,
      }),
    ],
  });
  const admissionBridge =
    bridge &&
    (await startAdmissionBridge({
      ...config.admissionBridge!,
      bridge,
      upstream: controllerUpstream,
      findRow,
      shared,
      isActive: (tenantId) => tenants.get(tenantId) !== undefined,
      quota: new RoomKeeper({ upstream: controllerUpstream, keys }),
      log,
    }));
  const extProc = await startExtProcServer(config.extProcSocket, {
    operatorGroup: config.operatorGroup,
    tenantOf: (tenantId) => tenants.get(tenantId),
    reviewToken: createTokenReviewer((token) => reviewToken(upstream, token)),
    checkAccess,
    cursors,
    inflight,
    shared,
    openExchanges,
    bridge,
    isReady: () => sharedClasses.isReady,
    quota: new QuotaGate({ upstream: controllerUpstream, keys, defaults: config.defaultCaps }),
    upstreamToken: readUpstreamToken(config.gatewayKubeconfig),
    onLimited: metrics.onLimited,
    onDone: metrics.onDone,
    onInternalError,
  });
  log.info({ admin: admin.url }, 'ready');

  await stopSignal();
  log.info('draining');
  // Watches are long: their clients go on elsewhere.
  hub.close();
  await extProc.close(DRAIN_MS);
  await Promise.all([local.close(), admin.close(), tenants.close(), admissionBridge?.close()]);
  sharedClasses.close();
  upstream.close();
  controllerUpstream.close();
  keys.close();
  await store.close();
}

async function reviewToken(upstream: UpstreamClient, token: string): Promise<TokenReviewStatus> {
  const review = await upstream.create<{ metadata: { name: string }; status?: TokenReviewStatus }>(
    '/apis/authentication.k8s.io/v1/tokenreviews',
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token },
    },
  );
  return review.status ?? {};
}

async function reviewAccess(upstream: UpstreamClient, spec: AccessReviewSpec): Promise<AccessReviewStatus> {
  const review = await upstream.create<{ metadata: { name: string }; status?: AccessReviewStatus }>(
    '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec },
  );
  return review.status ?? {};
}

/** The gateway's bearer token as the kubeconfig has it now; a token file is read again when it may have been renewed. */
function readUpstreamToken(kubeconfigFile: string): () => string | undefined {
  const kubeconfig = new KubeConfig();
  kubeconfig.loadFromFile(kubeconfigFile);
  const user = kubeconfig.getCurrentUser();
  const tokenFile = user?.authProvider?.config?.tokenFile as string | undefined;
  if (!tokenFile) return () => user?.token;
  let known = { token: readFileSync(tokenFile, 'utf8').trim(), until: Date.now() + 30_000 };
  return () => {
    if (Date.now() > known.until) known = { token: readFileSync(tokenFile, 'utf8').trim(), until: Date.now() + 30_000 };
    return known.token;
  };
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}
