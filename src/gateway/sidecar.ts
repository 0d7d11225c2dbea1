/** The sidecar's process: ext_proc server, local API and admin endpoints around one snapshot of the tenants. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Logger, pino } from 'pino';
import { bridgeOfConfig } from '../admission/bridge-of-config.ts';
import { type AdmissionBridge, startAdmissionBridge } from '../admission/server.ts';
import { createCollectionMetrics } from '../collections/collection-metrics.ts';
import { CursorSealer } from '../collections/cursor.ts';
import { type Config, loadConfig, upstreamsOf } from '../config/config.ts';
import { upstreamHoldsPrefix } from '../controller/prefix-taken.ts';
import { InflightLimiter } from '../limits/inflight.ts';
import { startLocalServer } from '../local/server.ts';
import type { BridgeAddress } from '../names/webhook-url.ts';
import { startAdminServer } from '../telemetry/admin-server.ts';
import { createExchangeMetrics, registerProcessMetrics } from '../telemetry/metrics.ts';
import { startTracing, tracingOf } from '../telemetry/tracing.ts';
import { createTenantApi } from '../tenant-api/tenant-api.ts';
import { openEtcdStore } from '../tenants/etcd-store.ts';
import { TenantSnapshot } from '../tenants/snapshot.ts';
import { findRow } from '../translate/find-row.ts';
import { connectUpstream } from '../upstream/connect-upstream.ts';
import type { UpstreamClient } from '../upstream/upstream-client.ts';
import { startExtProc } from './ext-proc.ts';
import { extProcSockets } from './ext-proc-sockets.ts';
import { LocalApi } from './local-api.ts';
import { tenantsBehind } from './readiness.ts';
import { ExtProcThreads } from './threads/ext-proc-threads.ts';
import { traced } from './trace-local.ts';
import { Upstreams } from './upstreams.ts';

/** Exchanges under way get this long to end when the process is asked to. */
const DRAIN_MS = 5_000;

/** Runs until SIGTERM or SIGINT. @throws Error when it cannot start */
export async function runSidecar(configFile: string): Promise<void> {
  const config = loadConfig(configFile);
  const log = pino({ name: 'sidecar', level: config.logLevel });
  const tracing = startTracing('kubezoo-sidecar', tracingOf(config));
  const store = openEtcdStore({ endpoints: config.etcdEndpoints, prefix: config.etcdPrefix });
  const tenants = new TenantSnapshot(store, { onError: (error) => log.warn({ err: error }, 'tenants cannot be read, trying again') });
  const upstreams = new Upstreams(config, log);
  const controllerClients = connectControllers(config, log);
  const limits = new InflightLimiter();
  const metrics = createExchangeMetrics();
  registerProcessMetrics(metrics.registry, limits);
  const bridge = config.admissionBridge && bridgeOfConfig(config.admissionBridge);
  const cursorKey = config.cursorKeyFile ? readFileSync(config.cursorKeyFile) : randomBytes(32);
  const cursors = new CursorSealer(cursorKey);
  const tenantOf = (tenantId: string) => tenants.get(tenantId);
  // Without the first list every tenant would be nobody, so nothing is served before it.
  await tenants.ready;

  const threads =
    config.workers === 1
      ? undefined
      : new ExtProcThreads({
          threads: extProcSockets(config.extProcSocket, config.workers).map((socketPath, index) => ({
            ...{ configFile, index, socketPath, cursorKey },
          })),
          onEnd: (index, error) => log.error({ err: error, index }, 'a thread has ended, and is begun anew'),
        });
  const notReady = () => tenantsBehind(tenants) ?? upstreams.notReady() ?? threads?.notReady();
  const collectionMetrics = createCollectionMetrics(metrics.registry, () => localApi.hubs);
  const localApi: LocalApi = new LocalApi({
    ...{ config, upstreams, tenantOf, cursors, bridge, log },
    metrics: collectionMetrics,
    isReady: () => notReady() === undefined,
    onInternalError(error) {
      metrics.onInternalError();
      log.error({ err: error }, 'an exchange failed');
    },
  });
  tenants.onChange((tenantId, tenant) => {
    for (const hub of localApi.hubs)
      hub.endWhere((subscriber) => subscriber.tenantId === tenantId && subscriber.tenantUid !== tenant?.metadata.uid);
  });
  const admin = await startAdminServer(config.adminAddress, threads?.metricsWith(metrics.registry) ?? metrics.registry, notReady);
  const local = await startLocalServer({
    socketPath: config.localSocket,
    log,
    oidcKeysFile: config.oidc?.jwksFile,
    handlers: traced([
      createTenantApi(store, {
        upstreamNames: upstreams.names,
        upstreamHoldsPrefix: (tenantId, name) => upstreamHoldsPrefix(controllerClients.get(name ?? config.upstreamName)!, tenantId),
      }),
      localApi.handler,
    ]),
  });
  const admissionBridge = bridge && (await startBridge(config, bridge, tenants, upstreams, controllerClients, log));
  const extProc =
    threads ??
    (await startExtProc({ ...{ config, tenants, upstreams, limits, cursors, bridge, metrics, log }, socketPath: config.extProcSocket }));
  log.info({ admin: admin.url }, 'ready');

  await stopSignal();
  log.info('draining');
  // Watches are long: their clients go on elsewhere.
  for (const hub of localApi.hubs) hub.close();
  await extProc.close(DRAIN_MS);
  await Promise.all([local.close(), admin.close(), tenants.close(), admissionBridge?.close()]);
  upstreams.close();
  for (const client of controllerClients.values()) client.close();
  await store.close();
  await tracing.close();
}

function connectControllers(config: Config, log: Logger): ReadonlyMap<string, UpstreamClient> {
  return new Map(
    upstreamsOf(config).map(({ name, controllerKubeconfig }) => [
      name,
      connectUpstream(controllerKubeconfig, (error) =>
        log.warn({ err: error, upstream: name }, 'a changed kubeconfig cannot be used, going on with the former'),
      ),
    ]),
  );
}

function startBridge(
  config: Config,
  bridge: BridgeAddress,
  tenants: TenantSnapshot,
  upstreams: Upstreams,
  controllerClients: ReadonlyMap<string, UpstreamClient>,
  log: Logger,
): Promise<AdmissionBridge> {
  return startAdmissionBridge({
    ...config.admissionBridge!,
    bridge,
    upstreamOf(tenantId) {
      const { name, shared } = upstreams.of(tenants.get(tenantId)!);
      return { client: controllerClients.get(name)!, shared };
    },
    findRow,
    isActive: (tenantId) => tenants.get(tenantId) !== undefined,
    log,
  });
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}
