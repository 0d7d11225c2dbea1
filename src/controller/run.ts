import { hostname } from 'node:os';
import { type Logger, pino } from 'pino';
import { bridgeOfConfig } from '../admission/bridge-of-config.ts';
import { type Config, loadConfig } from '../config/config.ts';
import { openEtcdKeys } from '../tenants/etcd-keys.ts';
import { type EtcdTenantStore, openEtcdStore } from '../tenants/etcd-store.ts';
import type { Leadership } from '../tenants/leader-lock.ts';
import { createSharedResources } from '../translate/shared-resources.ts';
import { connectTransport } from '../upstream/connect-upstream.ts';
import { createJsonClient } from '../upstream/json-client.ts';
import { pause } from '../upstream/pause.ts';
import type { UpstreamTransport } from '../upstream/upstream-client.ts';
import { withSignal } from '../upstream/with-signal.ts';
import { type LoopOptions, runLoop } from './loop.ts';

const LEADER = 'controller';
/** Beginning again, when upstream was not there. */
const RETRY_MS = 1_000;

/**
 * The controller's process: waits to be the leader, works until it is not any more, and so on. Resolves after SIGTERM or
 * SIGINT, when the work in hand is done and leadership is given up. Rejects when the configuration is wrong.
 */
export async function runController(configFile: string): Promise<void> {
  const config = loadConfig(configFile);
  const log = pino({ name: 'kubezoo-controller', level: config.logLevel });
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => {
    log.info({ signal }, 'stopping');
    stop.abort();
  };
  const transport = connectTransport(config.controllerKubeconfig);
  const onRetry = (cause: unknown) => log.warn({ err: cause }, 'etcd: trying again');
  const store = openEtcdStore({ endpoints: config.etcdEndpoints, prefix: config.etcdPrefix, onRetry });
  const keys = openEtcdKeys({ endpoints: config.etcdEndpoints, prefix: config.etcdPrefix });
  const bridge = config.admissionBridge && bridgeOfConfig(config.admissionBridge);
  const quota = { keys, bridge, shared: createSharedResources(config.sharedResources) };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  try {
    while (!stop.signal.aborted) await serveOneTerm(config, store, transport, quota, stop.signal, log);
  } finally {
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
    transport.close();
    keys.close();
    await store.close();
  }
}

/** From election to loss of leadership, or to the signal. */
async function serveOneTerm(
  config: Config,
  store: EtcdTenantStore,
  transport: UpstreamTransport,
  quota: LoopOptions['quota'],
  stop: AbortSignal,
  log: Logger,
): Promise<void> {
  const leadership = await elect(store, stop, log);
  if (!leadership) return;
  log.info({ revision: leadership.fence.createRevision }, 'leading');
  try {
    // etcd refuses what a former leader writes there; upstream cannot, so its requests end with its term.
    const upstream = createJsonClient(withSignal(transport, leadership.lost));
    const { fence, lost } = leadership;
    await runLoop({ store, upstream, credentials: config, fence, quota, log }, AbortSignal.any([stop, lost]));
    if (!stop.aborted) log.warn({ err: lost.reason }, 'not leading any more');
  } catch (thrown) {
    if (stop.aborted || leadership.lost.aborted) return;
    log.error({ err: thrown }, 'the loop could not go on; beginning again');
    await pause(RETRY_MS, stop);
  } finally {
    await leadership.resign();
  }
}

async function elect(store: EtcdTenantStore, signal: AbortSignal, log: Logger): Promise<Leadership | undefined> {
  try {
    const onRetry = (cause: unknown) => log.warn({ err: cause }, 'campaign: trying again');
    return await store.campaign(LEADER, { candidate: `${hostname()}/${process.pid}`, signal, onRetry });
  } catch (thrown) {
    if (signal.aborted) return undefined;
    throw thrown;
  }
}
