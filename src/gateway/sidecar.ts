/** The sidecar's process: ext_proc server, local API and admin endpoints around one snapshot of the tenants. */

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import { bridgeOfConfig } from '../admission/bridge-of-config.ts';
import { readAuthority } from '../certs/read-authority.ts';
import { createCollectionMetrics } from '../collections/collection-metrics.ts';
import { CursorSealer } from '../collections/cursor.ts';
import { loadConfig } from '../config/config.ts';
import { etcdOf } from '../config/etcd-of-config.ts';
import { followConfig } from '../config/follow-config.ts';
import { LiveConfig } from '../config/live-config.ts';
import { upstreamHoldsPrefix } from '../controller/prefix-taken.ts';
import { createLimitsOf } from '../limits/effective-limits.ts';
import { createLimits } from '../limits/limits.ts';
import { startLocalServer } from '../local/server.ts';
import { RefusalLog } from '../operator-page/refusal-log.ts';
import type { RefusedRequest } from '../operator-page/refused-request.ts';
import { startAdminServer } from '../telemetry/admin-server.ts';
import { boundedMetrics } from '../telemetry/bounded-metrics.ts';
import { registerConfigMetrics } from '../telemetry/config-metrics.ts';
import { startTracing } from '../telemetry/tracing.ts';
import { createTenantApi } from '../tenant-api/tenant-api.ts';
import { openEtcdKeys } from '../tenants/etcd-keys.ts';
import { openEtcdStore } from '../tenants/etcd-store.ts';
import { TenantSnapshot } from '../tenants/snapshot.ts';
import { connectControllers } from './controller-clients.ts';
import { startExtProc } from './ext-proc.ts';
import { extProcSockets } from './ext-proc-sockets.ts';
import { joinReplicas } from './join-replicas.ts';
import { leave } from './leave.ts';
import { LocalApi } from './local-api.ts';
import { countLocalAnswers } from './metrics/count-local-answers.ts';
import { createExchangeMetrics } from './metrics/exchange-metrics.ts';
import { registerGatewayMetrics } from './metrics/gateway-metrics.ts';
import { openOperatorPage } from './operator-page.ts';
import { openQuotaGate } from './quota-of-upstreams.ts';
import { firstMissing, LEAVING, tenantsBehind } from './readiness.ts';
import { registerRecordMetrics } from './records/record-metrics.ts';
import { Records } from './records/records.ts';
import { withRefusals } from './refused-request-of.ts';
import { startBridge } from './start-bridge.ts';
import { ExtProcThreads } from './threads/ext-proc-threads.ts';
import { traced } from './trace-local.ts';
import { Upstreams } from './upstreams.ts';

/** Exchanges under way get this long to end when the process is asked to. */
const DRAIN_MS = 5_000;
/** Room in the limits' memory for new tenants in the place of those that are gone. */
const SWEEP_MS = 10_000;

/** Runs until SIGTERM or SIGINT. @throws Error when it cannot start */
export async function runSidecar(configFile: string): Promise<void> {
  const live = new LiveConfig(loadConfig(configFile));
  const { config } = live;
  const log = pino({ name: 'sidecar', level: config.logLevel });
  const followed = followConfig(configFile, live, { process: 'sidecar', loggers: [log] });
  const tracing = startTracing('kubezoo-sidecar', config.tracing);
  const records = new Records(config, log);
  live.onChange(() => {
    records.requestLogMode = config.requestLog.requests;
  });
  const store = openEtcdStore(etcdOf(config));
  const metrics = createExchangeMetrics();
  const tenants = new TenantSnapshot(store, {
    onError(error) {
      metrics.onStoreError();
      log.warn({ err: error }, 'tenants cannot be read, trying again');
    },
  });
  const upstreams = new Upstreams(config, log, metrics.caches);
  const controllerClients = connectControllers(config, log);
  const keys = openEtcdKeys(etcdOf(config));
  const isThreaded = config.workers > 1;
  const limits = createLimits({ workers: isThreaded ? config.workers : 0, slots: config.limits?.slots });
  const limitsOf = createLimitsOf(() => config.limits);
  const tenantOf = (tenantId: string) => tenants.get(tenantId);
  const limitsOfId = (tenantId: string) => {
    const tenant = tenantOf(tenantId);
    return tenant && limitsOf(tenant);
  };
  registerGatewayMetrics(metrics.registry, { config, tenants, limits, limitsOf: limitsOfId, isReady: () => notReady() === undefined });
  registerConfigMetrics(metrics.registry, followed);
  registerRecordMetrics(metrics.registry, records);
  setInterval(() => limits.sweep((tenantId) => tenantOf(tenantId) !== undefined), SWEEP_MS).unref();
  const refusals = new RefusalLog();
  const onRefused = (refused: RefusedRequest) => refusals.add(refused);
  const bridge = config.admissionBridge && bridgeOfConfig(config.admissionBridge);
  const cursorKey = config.cursorKeyFile ? readFileSync(config.cursorKeyFile) : randomBytes(32);
  const cursors = new CursorSealer(cursorKey);
  // Without the first list every tenant would be nobody, so nothing is served before it.
  await tenants.ready;
  const replicas = joinReplicas(config, limits, limitsOfId, (error) => log.warn({ err: error }, 'trouble with the replicas, going on'));
  // Before that every request would be one too many.
  await replicas.ready;

  const threads = isThreaded
    ? new ExtProcThreads({
        threads: extProcSockets(config.extProcSocket, config.workers).map((socketPath, index) => ({
          ...{ index, socketPath, cursorKey, limitsBuffer: limits.sharedBuffer },
        })),
        config: () => ({ ...config }),
        onRecords: (batch) => records.onBatch(batch),
        async onEnd(index, error) {
          log.error({ err: error, index }, 'a thread has ended, and is begun anew');
          // What it had counted is nobody's now, and its column is for the next one.
          await limits.releaseAll(index);
        },
        onRefused,
      })
    : undefined;
  if (threads) live.onChange(() => threads.configure());
  let leaving = false;
  const notReady = (excluded: ReadonlySet<string> = new Set()) =>
    firstMissing(
      [
        leaving ? LEAVING : undefined,
        tenantsBehind(tenants),
        replicas.trouble && `limits: ${replicas.trouble}\n`,
        upstreams.notReady(),
        ...(threads?.missing() ?? []),
      ],
      excluded,
    );
  const collectionMetrics = createCollectionMetrics(metrics.registry, () => localApi.hubs);
  const localApi: LocalApi = new LocalApi({
    ...{ config, upstreams, tenantOf, cursors, bridge, log },
    metrics: collectionMetrics,
    caches: metrics.caches,
    isReady: () => notReady() === undefined,
    onInternalError(error) {
      metrics.onInternalError();
      log.error({ err: error }, 'an exchange failed');
    },
  });
  tenants.onChange((tenantId, tenant) => {
    const isFrozen = tenant?.spec?.suspension?.mode === 'Frozen';
    for (const hub of localApi.hubs)
      hub.endWhere((subscriber) => subscriber.tenantId === tenantId && (isFrozen || subscriber.tenantUid !== tenant?.metadata.uid));
  });
  const shownMetrics = boundedMetrics(
    async () => (await threads?.metricsWith(metrics.registry)) ?? metrics.registry,
    config.metrics.tenants,
  );
  const page = openOperatorPage({ config, tenants, limits, limitsOf, upstreams, hubs: () => localApi.hubs, refusals, notReady });
  const admin = await startAdminServer(config.adminAddress, shownMetrics, notReady, page.handle);
  const local = await startLocalServer({
    socketPath: config.localSocket,
    log,
    oidcKeysFile: config.oidc?.jwksFile,
    watcher: records.answers,
    handlers: traced([
      withRefusals(
        [
          countLocalAnswers(metrics.registry),
          createTenantApi(store, {
            upstreamNames: upstreams.names,
            certificates: { authority: () => readAuthority(config), validitySeconds: () => config.certificates.validitySeconds },
            upstreamHoldsPrefix: (tenantId, name) => upstreamHoldsPrefix(controllerClients.get(name ?? config.upstreamName)!, tenantId),
          }),
          localApi.handler,
        ],
        onRefused,
      ),
    ]),
  });
  const admissionBridge = bridge && (await startBridge(config, bridge, tenants, upstreams, controllerClients, keys, log));
  const extProc =
    threads ??
    (await startExtProc({
      ...{ config, tenants, upstreams, limits, limitsOf, cursors, bridge, metrics, log, onRefused },
      onRecord: records.onRecord,
      quota: openQuotaGate(config, controllerClients, keys),
      socketPath: config.extProcSocket,
    }));
  log.info({ admin: admin.url }, 'ready');

  await stopSignal();
  followed.close();
  log.info('draining');
  leaving = true;
  await leave({
    settings: config.shutdown,
    endWatches: () => {
      for (const hub of localApi.hubs) hub.endWhere(() => true);
      extProc.endWatches();
    },
    onError: (error) => log.warn({ err: error }, 'Envoy cannot be drained'),
  });
  // Watches are long: their clients go on elsewhere.
  for (const hub of localApi.hubs) hub.close();
  await extProc.close(DRAIN_MS);
  await replicas.close();
  page.close();
  await Promise.all([local.close(), admin.close(), tenants.close(), admissionBridge?.close()]);
  upstreams.close();
  for (const client of controllerClients.values()) client.close();
  keys.close();
  await store.close();
  await records.close();
  await tracing.close();
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}
