/** A thread that serves ext_proc: all of a request's way before upstream, with tenants and clusters of its own to look at. */

import { parentPort, workerData } from 'node:worker_threads';
import { pino } from 'pino';
import { bridgeOfConfig } from '../../admission/bridge-of-config.ts';
import { CursorSealer } from '../../collections/cursor.ts';
import { loadConfig } from '../../config/config.ts';
import { etcdOf } from '../../config/etcd-of-config.ts';
import { createLimitsOf } from '../../limits/effective-limits.ts';
import { attachLimits } from '../../limits/limits.ts';
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
import { Upstreams } from '../upstreams.ts';
import type { FromThread, ThreadData, ThreadMetrics, ToThread } from './messages.ts';

/** How often it is looked whether the state has changed. */
const STATE_MS = 500;

const { configFile, index, socketPath, cursorKey, limitsBuffer } = workerData as ThreadData;
const tell = (message: FromThread) => parentPort!.postMessage(message);
const config = loadConfig(configFile);
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
await tenants.ready;
const server = await startExtProc({
  config,
  socketPath,
  tenants,
  upstreams,
  limits: attachLimits(limitsBuffer, index),
  limitsOf: createLimitsOf(config.limits),
  quota: openQuotaGate(config, controllerClients, keys),
  cursors: new CursorSealer(cursorKey),
  bridge: config.admissionBridge && bridgeOfConfig(config.admissionBridge),
  metrics,
  log,
});

let told: string | undefined;
const state = setInterval(tellState, STATE_MS);
tellState();

function tellState(): void {
  const missing = [tenantsBehind(tenants), upstreams.notReady()].filter((text) => text !== undefined);
  if (missing.join() !== told) tell({ type: 'state', missing });
  told = missing.join();
}

parentPort!.on('message', (message: ToThread) => {
  if (message.type === 'metrics') {
    void metrics.registry.getMetricsAsJSON().then((values) => tell({ type: 'metrics', id: message.id, metrics: values as ThreadMetrics }));
  } else if (message.type === 'endWatches') server.endWatches();
  else void drain(message.graceMs);
});

async function drain(graceMs: number): Promise<void> {
  clearInterval(state);
  await server.close(graceMs);
  upstreams.close();
  for (const client of controllerClients.values()) client.close();
  keys.close();
  await tenants.close();
  await store.close();
  await tracing.close();
  // What is left is Envoy's idle connection: see gateway/server.ts.
  process.exit();
}
