import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeClient } from '../../src/launch/kube/kube-client.ts';
import { readKubeconfig } from '../../src/launch/kube/kubeconfig.ts';
import type { LaunchOptions } from '../../src/launch/stack/launch-options.ts';
import { launchStack } from '../../src/launch/stack/launch-stack.ts';
import type { Endpoints } from '../../src/launch/stack/start-gateway.ts';
import { type Home, tenantKubeconfigAt } from '../../src/launch/state/home.ts';
import { tailLog } from '../../src/launch/supervisor/log-file.ts';
import type { Supervisor } from '../../src/launch/supervisor/supervisor.ts';
import { findKubectl } from './find-tools.ts';
import { type KubectlOptions, type KubectlResult, type OpenKubectl, openKubectl, runKubectl } from './kubectl.ts';

/** Whose kubeconfig: a tenant's by its id, the cluster admin's straight at upstream, or the operator's. */
export type As = { readonly tenant: string } | 'upstream' | 'operator';

export interface Stack {
  readonly home: Home;
  readonly endpoints: Endpoints;
  readonly gatewayUrl: string;
  /** `processes.process('sidecar').kill('SIGKILL')`, and so on. */
  readonly processes: Supervisor;
  kubeconfig(as: As): string;
  /** Resolves whatever kubectl's exit code is. */
  kubectl(args: readonly string[], as: As, options?: KubectlOptions): Promise<KubectlResult>;
  /** Resolves with stdout; throws an Error with stderr when kubectl fails. */
  mustKubectl(args: readonly string[], as: As, options?: KubectlOptions): Promise<string>;
  /** A kubectl that goes on until the caller ends it. */
  openKubectl(args: readonly string[], as: As, env?: Readonly<Record<string, string>>): OpenKubectl;
  /** Plain requests; to be closed by the caller. */
  client(as: As): KubeClient;
  /** Stops the sidecar and starts it; resolves when it is ready. */
  restartSidecar(): Promise<void>;
  /** The end of each process's log. */
  logs(): string;
  stop(): Promise<void>;
}

/** The whole stack in a temporary folder, on ports of its own, with the launcher's own code. */
export async function startStack({
  tenants = ['demo01', 'demo02'],
  ...options
}: Partial<
  Pick<LaunchOptions, 'tenants' | 'upstreamKubeconfig' | 'otherUpstreams' | 'workers' | 'tracing' | 'traceRatio' | 'oidcFile'>
> = {}): Promise<Stack> {
  // Resolved before the start: a failed search must not leave a stack behind.
  const kubectlBinary = await findKubectl();
  // Named as people name theirs: the default is .kubezoo, and what is in a path comes back in Envoy's words.
  const folder = mkdtempSync(join(tmpdir(), 'kubezoo-'));
  const messages: string[] = [];
  const running = await launchStack(
    {
      home: join(folder, 'home'),
      port: 0,
      tenants,
      ...options,
      webhooksOnLoopback: true,
      renderer: 'silent',
      onMessage: (line) => messages.push(line),
    },
    new AbortController().signal,
  );
  const { home, endpoints, supervisor } = running;
  const kubeconfig = (as: As) =>
    as === 'upstream' ? home.upstreamKubeconfig : as === 'operator' ? home.operatorKubeconfig : tenantKubeconfigAt(home, as.tenant);
  const homeOf = (as: As) => join(folder, 'kubectl', typeof as === 'string' ? as : `tenant-${as.tenant}`);
  const kubectl: Stack['kubectl'] = (args, as, options) => runKubectl(kubectlBinary, kubeconfig(as), homeOf(as), args, options);
  return {
    home,
    endpoints,
    gatewayUrl: endpoints.gateway,
    processes: supervisor,
    kubeconfig,
    kubectl,
    mustKubectl: async (args, as, options) => {
      const { code, stdout, stderr } = await kubectl(args, as, options);
      if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`);
      return stdout;
    },
    openKubectl: (args, as, env) => openKubectl(kubectlBinary, kubeconfig(as), homeOf(as), args, env),
    client: (as) => new KubeClient(readKubeconfig(kubeconfig(as))),
    restartSidecar: () => supervisor.process('sidecar').restart(),
    logs: () => [...messages, ...supervisor.processes.map(({ spec, logFile }) => `--- ${spec.name}\n${tailLog(logFile, 40)}`)].join('\n'),
    stop: async () => {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
