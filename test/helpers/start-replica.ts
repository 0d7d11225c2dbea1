import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../../src/config/config.ts';
import { answersWith, KubeClient } from '../../src/launch/kube/kube-client.ts';
import { type Cluster, readKubeconfig, renderKubeconfig } from '../../src/launch/kube/kubeconfig.ts';
import { choosePort } from '../../src/launch/state/choose-port.ts';
import { writeSecretFile } from '../../src/launch/state/write-secret-file.ts';
import type { SupervisedProcess } from '../../src/launch/supervisor/supervised-process.ts';
import type { As, Stack } from './stack.ts';

const CLI = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** Another gateway beside a stack's own: the same etcd, upstream and keys, sockets and ports of its own. */
export interface Replica {
  readonly name: string;
  readonly gatewayUrl: string;
  /** Health and metrics of its sidecar. */
  readonly adminUrl: string;
  readonly configFile: string;
  readonly sidecar: SupervisedProcess;
  readonly envoy: SupervisedProcess;
  /** How `as` reaches the gateway by this replica. */
  cluster(as: As): Cluster;
  /** The same as a file. */
  kubeconfig(as: As): string;
  /** Plain requests; to be closed by the caller. */
  client(as: As): KubeClient;
  /** Ends both processes; the stack's own stop does so, too. */
  stop(): Promise<void>;
}

export interface ReplicaOptions {
  /** Members of the configuration that are other than the stack's. */
  readonly config?: Partial<Config>;
  /** For the sidecar's Node. */
  readonly nodeFlags?: readonly string[];
}

/**
 * Starts sidecar and Envoy of one more replica, under the stack's supervisor (processes `sidecar-<name>` and `envoy-<name>`); resolves when
 * requests are answered. Its configuration is the stack's with other addresses. `name` is the caller's, and may be used once a stack.
 */
export async function startReplica(stack: Stack, name: string, options: ReplicaOptions = {}): Promise<Replica> {
  const own = JSON.parse(readFileSync(stack.home.config, 'utf8')) as Config;
  const ports = { ports: {} };
  const [gatewayPort, adminPort, bridgePort] = [
    await choosePort(ports, 'gateway'),
    await choosePort(ports, 'admin'),
    await choosePort(ports, 'bridge'),
  ];
  const sockets = join(stack.home.runDir, name);
  mkdirSync(sockets, { recursive: true, mode: 0o700 });
  const ownSockets = dirname(own.extProcSocket);
  const config: Config = {
    ...own,
    extProcSocket: own.extProcSocket.replace(ownSockets, sockets),
    localSocket: own.localSocket.replace(ownSockets, sockets),
    adminAddress: `127.0.0.1:${adminPort}`,
    ...(own.admissionBridge && { admissionBridge: { ...own.admissionBridge, port: bridgePort } }),
    ...options.config,
  };
  const configFile = join(stack.home.root, `config-${name}.json`);
  writeSecretFile(configFile, JSON.stringify(config));
  const envoyConfig = join(stack.home.root, `envoy-${name}.yaml`);
  writeSecretFile(envoyConfig, envoyConfigOf(stack, ownSockets, sockets, gatewayPort));

  const gatewayUrl = `https://127.0.0.1:${gatewayPort}`;
  const adminUrl = `http://127.0.0.1:${adminPort}`;
  const cluster = (as: As): Cluster => ({ ...readKubeconfig(stack.kubeconfig(as)), ...(as !== 'upstream' && { server: gatewayUrl }) });
  const probe = new KubeClient(cluster('operator'));
  const envoy = stack.processes.process('envoy').spec;
  try {
    await Promise.all([
      stack.processes.start({
        ...stack.processes.process('sidecar').spec,
        name: `sidecar-${name}`,
        args: [...(options.nodeFlags ?? []), CLI, 'sidecar', '--config', configFile],
        ready: () => fetch(`${adminUrl}/readyz`, { signal: AbortSignal.timeout(2000) }).then(drained, () => false),
      }),
      stack.processes.start({
        ...envoy,
        name: `envoy-${name}`,
        args: envoy.args.map((arg) => (arg === stack.home.envoyConfig ? envoyConfig : arg)),
        ready: () => answersWith(probe, '/readyz'),
      }),
    ]);
  } finally {
    probe.close();
  }
  const [sidecar, envoyProcess] = [stack.processes.process(`sidecar-${name}`), stack.processes.process(`envoy-${name}`)];
  return {
    name,
    gatewayUrl,
    adminUrl,
    configFile,
    sidecar,
    envoy: envoyProcess,
    cluster,
    kubeconfig: (as) => {
      const file = join(stack.home.root, `${typeof as === 'string' ? as : as.tenant}-${name}.kubeconfig`);
      writeFileSync(file, renderKubeconfig(cluster(as), name), { mode: 0o600 });
      return file;
    },
    client: (as) => new KubeClient(cluster(as)),
    stop: async () => {
      await envoyProcess.stop();
      await sidecar.stop();
    },
  };
}

/** Starts another controller on the stack's configuration, or on `configFile`, as process `controller-<name>`. It waits for leadership. */
export async function startController(stack: Stack, name: string, configFile = stack.home.config): Promise<SupervisedProcess> {
  const { spec } = stack.processes.process('controller');
  const { ready: _, ...ownSpec } = spec;
  // On another admin port than the stack's own.
  const env = { ...spec.env, KUBEZOO_CONFIG_CONTROLLER_ADMIN_ADDRESS: '127.0.0.1:0' };
  await stack.processes.start({ ...ownSpec, env, name: `controller-${name}`, args: [CLI, 'controller', '--config', configFile] });
  return stack.processes.process(`controller-${name}`);
}

/** Envoy's configuration as the launcher wrote it, on other sockets and another port. */
function envoyConfigOf(stack: Stack, ownSockets: string, sockets: string, port: number): string {
  const text = readFileSync(stack.home.envoyConfig, 'utf8');
  const ownPort = new URL(stack.gatewayUrl).port;
  const changed = text.replaceAll(`${ownSockets}/`, `${sockets}/`).replaceAll(`port_value: ${ownPort} `, `port_value: ${port} `);
  if (changed.includes(`${ownSockets}/`) || !changed.includes(`port_value: ${port} `))
    throw new Error('the stack’s envoy.yaml is not of the form expected');
  return changed;
}

async function drained(response: Response): Promise<boolean> {
  await response.arrayBuffer();
  return response.ok;
}
