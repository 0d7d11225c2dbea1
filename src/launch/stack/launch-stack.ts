import { startEmbeddedCluster } from '../embedded/start-embedded-cluster.ts';
import { useGivenCluster, useOtherCluster } from '../external/use-given-cluster.ts';
import { readKubeconfig } from '../kube/kubeconfig.ts';
import { readChoices, settleUpstream, writeChoices } from '../state/choices.ts';
import { chooseGatewayPort } from '../state/choose-port.ts';
import { type Home, homeAt } from '../state/home.ts';
import { lockHome } from '../state/lock-home.ts';
import { endStaleProcesses } from '../supervisor/end-stale-processes.ts';
import { startGuard } from '../supervisor/start-guard.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import { findEnvoy } from '../tools/find-envoy.ts';
import { startTracing } from '../tracing/start-tracing.ts';
import { ensureTenants } from './ensure-tenants.ts';
import type { LaunchContext } from './launch-context.ts';
import type { LaunchOptions } from './launch-options.ts';
import { type Endpoints, startGateway } from './start-gateway.ts';
import { Steps } from './steps.ts';
import type { OtherUpstream } from './upstream-access.ts';

export interface RunningStack {
  readonly home: Home;
  readonly endpoints: Endpoints;
  readonly supervisor: Supervisor;
  /** Ends every process, in order. Asked twice, it is one stop. */
  stop(): Promise<void>;
}

/**
 * Starts everything on loopback; resolves when a request is answered as each of the tenants. Throws a LaunchError when it
 * cannot go on, and the signal's reason when it is aborted; nothing is left running then.
 */
export async function launchStack(options: LaunchOptions, signal: AbortSignal): Promise<RunningStack> {
  const home = homeAt(options.home);
  const releaseHome = lockHome(home);
  const supervisor = new Supervisor(home, (name, how, delayMs) =>
    options.onMessage(`${name} ended (${how}) and is started again in ${delayMs} ms; see ${home.logsDir}/${name}.log`),
  );
  const releaseGuard = startGuard(home.runDir);
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= supervisor.stop().finally(() => {
      releaseGuard();
      releaseHome();
    });
    return stopping;
  };
  try {
    const endpoints = await startAll(options, home, supervisor, signal);
    return { home, endpoints, supervisor, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startAll(options: LaunchOptions, home: Home, supervisor: Supervisor, signal: AbortSignal): Promise<Endpoints> {
  const steps = new Steps(options.renderer);
  const { upstreamKubeconfig: given } = options;
  const choices = settleUpstream(readChoices(home), given ? readKubeconfig(given).server : 'embedded', home);
  const ended = await endStaleProcesses(home.runDir, home.root);
  if (ended.length > 0) options.onMessage(`ended what an earlier start had left: ${ended.join(', ')}`);
  const gatewayPort = await chooseGatewayPort(choices, options.port);
  const begun: LaunchContext = { options, home, choices, gatewayPort, steps, supervisor, signal };
  const context: LaunchContext = { ...begun, tracing: await startTracing(begun) };

  const envoy = await steps.one('Envoy', (progress) => findEnvoy(progress, signal));
  const upstream = given ? await useGivenCluster(context, given) : await startEmbeddedCluster(context);
  const others: Record<string, OtherUpstream> = {};
  for (const [name, file] of Object.entries(options.otherUpstreams ?? {})) others[name] = await useOtherCluster(context, name, file);
  writeChoices(home, choices);
  const endpoints = await startGateway(context, { ...upstream, others }, envoy);
  writeChoices(home, choices);
  await steps.one(options.tenants.length > 0 ? `tenants ${options.tenants.join(', ')}` : 'tenants: none', () =>
    ensureTenants(home, options.tenants, signal),
  );
  return endpoints;
}
