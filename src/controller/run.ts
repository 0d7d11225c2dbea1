import { hostname } from 'node:os';
import { type Logger, pino } from 'pino';
import { bridgeOfConfig } from '../admission/bridge-of-config.ts';
import { certificatesOfController } from '../config/certificates-of-config.ts';
import { type Config, loadConfig, upstreamsOf } from '../config/config.ts';
import { etcdOf } from '../config/etcd-of-config.ts';
import { startAdminServer } from '../telemetry/admin-server.ts';
import { startTracing } from '../telemetry/tracing.ts';
import { openEtcdKeys } from '../tenants/etcd-keys.ts';
import { type EtcdTenantStore, openEtcdStore } from '../tenants/etcd-store.ts';
import type { Leadership } from '../tenants/leader-lock.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { createSharedResources } from '../translate/shared-resources.ts';
import { connectTransport } from '../upstream/connect-upstream.ts';
import { createJsonClient } from '../upstream/json-client.ts';
import { pause } from '../upstream/pause.ts';
import type { UpstreamTransport } from '../upstream/upstream-client.ts';
import { withSignal } from '../upstream/with-signal.ts';
import { type LoopOptions, runLoop } from './loop.ts';
import { type ControllerMetrics, createControllerMetrics, type LoopMetrics } from './metrics/controller-metrics.ts';

const LEADER = 'controller';
/** Beginning again, when upstream was not there. */
const RETRY_MS = 1_000;

/** One upstream cluster, and who lives there. */
interface Cluster {
  readonly transport: UpstreamTransport;
  readonly isOurs: (tenant: Tenant) => boolean;
  readonly log: Logger;
  readonly metrics: LoopMetrics;
}

/**
 * The controller's process: waits to be the leader, works until it is not any more, and so on. Resolves after SIGTERM or
 * SIGINT, when the work in hand is done and leadership is given up. Rejects when the configuration is wrong.
 */
export async function runController(configFile: string): Promise<void> {
  const config = loadConfig(configFile);
  const log = pino({ name: 'kubezoo-controller', level: config.logLevel });
  const tracing = startTracing('kubezoo-controller', config.tracing);
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => {
    log.info({ signal }, 'stopping');
    stop.abort();
  };
  const metrics = createControllerMetrics(
    upstreamsOf(config).map(({ name }) => name),
    certificatesOfController(config),
  );
  const admin = await startAdminServer(config.controllerAdminAddress, metrics.registry, () => metrics.notReady());
  const clusters = upstreamsOf(config).map(({ name, controllerKubeconfig }, index) => ({
    transport: connectTransport(controllerKubeconfig, (error) =>
      log.warn({ err: error, upstream: name }, 'a changed kubeconfig cannot be used, going on with the former'),
    ),
    log: index === 0 ? log : log.child({ upstream: name }),
    metrics: metrics.loop(name),
    isOurs: ({ spec }: Tenant) => (spec?.upstream ?? config.upstreamName) === name,
  }));
  const onRetry = (cause: unknown) => {
    metrics.onStoreError();
    log.warn({ err: cause }, 'etcd: trying again');
  };
  const store = openEtcdStore({ ...etcdOf(config), onRetry });
  const keys = openEtcdKeys(etcdOf(config));
  const bridge = config.admissionBridge && bridgeOfConfig(config.admissionBridge);
  const quota = { keys, bridge, shared: createSharedResources(config.sharedResources) };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  try {
    while (!stop.signal.aborted) await serveOneTerm(config, store, clusters, quota, metrics, stop.signal, log);
  } finally {
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
    for (const { transport } of clusters) transport.close();
    keys.close();
    await store.close();
    await admin.close();
    await tracing.close();
  }
}

/** From election to loss of leadership, or to the signal. */
async function serveOneTerm(
  config: Config,
  store: EtcdTenantStore,
  clusters: readonly Cluster[],
  quota: LoopOptions['quota'],
  metrics: ControllerMetrics,
  stop: AbortSignal,
  log: Logger,
): Promise<void> {
  const leadership = await elect(store, config.leaderLeaseSeconds, metrics, stop, log);
  if (!leadership) return;
  metrics.isLeading = true;
  log.info({ revision: leadership.fence.createRevision }, 'leading');
  try {
    const { fence, lost } = leadership;
    const finalizerGraceSeconds = config.removal.finalizerGracePeriodSeconds;
    const signal = AbortSignal.any([stop, lost]);
    const serve = ({ transport, isOurs, log: logOfCluster, metrics: metricsOfCluster }: Cluster) => {
      // etcd refuses what a former leader writes there; upstream cannot, so its requests end with its term.
      const upstream = createJsonClient(withSignal(transport, lost, leadership.isHeld));
      const own = { upstream, isOurs, log: logOfCluster, metrics: metricsOfCluster };
      return runLoop({ ...own, store, credentials: config, fence, finalizerGraceSeconds, quota }, signal);
    };
    const [only] = clusters;
    // One that cannot reach its only cluster lets another try; with several, one cluster must not hold up the others.
    if (only && clusters.length === 1) await serve(only);
    else await Promise.all(clusters.map((cluster) => again(() => serve(cluster), cluster.log, signal)));
    if (!stop.aborted) log.warn({ err: lost.reason }, 'not leading any more');
  } catch (thrown) {
    if (stop.aborted || leadership.lost.aborted) return;
    log.error({ err: thrown }, 'the loop could not go on; beginning again');
    await pause(RETRY_MS, stop);
  } finally {
    metrics.isLeading = false;
    await leadership.resign();
  }
}

/** Until the signal aborts. */
async function again(serve: () => Promise<void>, log: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await serve().catch((thrown: unknown) => {
      if (!signal.aborted) log.error({ err: thrown }, 'the loop could not go on; beginning again');
    });
    await pause(RETRY_MS, signal);
  }
}

async function elect(
  store: EtcdTenantStore,
  ttlSeconds: number | undefined,
  metrics: ControllerMetrics,
  signal: AbortSignal,
  log: Logger,
): Promise<Leadership | undefined> {
  try {
    const onRetry = (cause: unknown) => {
      metrics.onStoreError();
      log.warn({ err: cause }, 'campaign: trying again');
    };
    return await store.campaign(LEADER, { candidate: `${hostname()}/${process.pid}`, ttlSeconds, signal, onRetry });
  } catch (thrown) {
    if (signal.aborted) return undefined;
    throw thrown;
  }
}
