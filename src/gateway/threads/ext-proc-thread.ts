/** A thread that serves ext_proc: all of a request's way before upstream, with tenants and clusters of its own to look at. */

import { parentPort, workerData } from 'node:worker_threads';
import { pino } from 'pino';
import { bridgeOfConfig } from '../../admission/bridge-of-config.ts';
import { CursorSealer } from '../../collections/cursor.ts';
import type { Config } from '../../config/config.ts';
import { etcdOf } from '../../config/etcd-of-config.ts';
import { LiveConfig } from '../../config/live-config.ts';
import { createLimitsOf } from '../../limits/effective-limits.ts';
import { attachLimits } from '../../limits/limits.ts';
import { RefusalLog } from '../../operator-page/refusal-log.ts';
import { startTracing } from '../../telemetry/tracing.ts';
import { openEtcdKeys } from '../../tenants/etcd-keys.ts';
import { openEtcdStore } from '../../tenants/etcd-store.ts';
import { TenantSnapshot } from '../../tenants/snapshot.ts';
import { connectControllers } from '../controller-clients.ts';
import { startExtProc } from '../ext-proc.ts';
import { createExchangeMetrics } from '../metrics/exchange-metrics.ts';
import { registerStoreMetrics } from '../metrics/store-metrics.ts';
import { openQuotaGate } from '../quota-of-upstreams.ts';
import { tenantsBehind } from '../readiness.ts';
import { RecordRelay } from '../records/relay.ts';
import { Upstreams } from '../upstreams.ts';
import type { FromThread, ThreadData, ThreadMetrics, ToThread } from './messages.ts';

/** How often it is looked whether the state has changed. */
const STATE_MS = 500;

const { config: configAtStart, index, socketPath, cursorKey, limitsBuffer } = workerData as ThreadData;
const tell = (message: FromThread) => parentPort!.postMessage(message);
const live = new LiveConfig(configAtStart);
const { config } = live;
const log = pino({ name: `sidecar/${index}`, level: config.logLevel });
const tracing = startTracing('kubezoo-sidecar', config.tracing);
const store = openEtcdStore(etcdOf(config));
const metrics = createExchangeMetrics();
const tenants = new TenantSnapshot(store, {
  onError(error) {
    metrics.onStoreError();
    log.warn({ err: error }, 'tenants cannot be read, trying again');
  },
});
registerStoreMetrics(metrics.registry, tenants);
const upstreams = new Upstreams(config, log, metrics.caches);
const controllerClients = connectControllers(config, log);
const keys = openEtcdKeys(etcdOf(config));
/** Not yet told: a flood is a few rows. */
const refusals = new RefusalLog(200);
const relay = new RecordRelay(config, tell);
await tenants.ready;
const server = await startExtProc({
  config,
  socketPath,
  tenants,
  upstreams,
  limits: attachLimits(limitsBuffer, index),
  limitsOf: createLimitsOf(() => config.limits),
  quota: openQuotaGate(config, controllerClients, keys),
  cursors: new CursorSealer(cursorKey),
  bridge: config.admissionBridge && bridgeOfConfig(config.admissionBridge),
  metrics,
  onRecord: relay.onRecord,
  log,
  onRefused: (refused) => refusals.add(refused),
});

let told: string | undefined;
const state = setInterval(() => {
  tellState();
  tellRefusals();
}, STATE_MS);
tellState();

function tellState(): void {
  const missing = [tenantsBehind(tenants), upstreams.notReady()].filter((text) => text !== undefined);
  if (missing.join() !== told) tell({ type: 'state', missing });
  told = missing.join();
}

function tellRefusals(): void {
  const refused = refusals.take();
  if (refused.length > 0) tell({ type: 'refusals', refused });
}

parentPort!.on('message', (message: ToThread) => {
  if (message.type === 'metrics') {
    void metrics.registry.getMetricsAsJSON().then((values) => tell({ type: 'metrics', id: message.id, metrics: values as ThreadMetrics }));
  } else if (message.type === 'endWatches') server.endWatches();
  else if (message.type === 'config') configure(message.config);
  else if (message.type === 'recordsTaken') relay.onTaken(message.count);
  else void drain(message.graceMs);
});

function configure(wanted: Config): void {
  live.replace(wanted);
  log.level = config.logLevel;
  relay.requestLogMode = config.requestLog?.requests ?? 'off';
  log.debug('the configuration has changed');
}

async function drain(graceMs: number): Promise<void> {
  clearInterval(state);
  await server.close(graceMs);
  relay.flush();
  upstreams.close();
  for (const client of controllerClients.values()) client.close();
  keys.close();
  await tenants.close();
  await store.close();
  await tracing.close();
  // What is left is Envoy's idle connection: see gateway/server.ts.
  process.exit();
}
