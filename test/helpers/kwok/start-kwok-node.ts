import { mkdirSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { SILENT } from '../../../src/launch/progress.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { freePort } from '../../integration/tenant-api/support/free-port.ts';
import { buildClients } from '../build-clients.ts';
import type { Stack } from '../stack.ts';
import { type KwokConfig, kwokObjects } from './kwok-config.ts';
import { placePods } from './place-pods.ts';
import { type PodServer, startPodServer } from './pod-server.ts';

export interface KwokNode {
  readonly config: KwokConfig;
  /** Where commands run. */
  readonly workDir: string;
  /** What listens behind all ports of all pods. */
  readonly server: PodServer;
  /** From now on pods of this upstream namespace get the node. */
  placeIn(upstreamNamespace: string): void;
  close(): Promise<void>;
}

const NODE = 'kwok-node';
const LABEL = 'kwok.x-k8s.io/node';

interface Processes {
  readonly config: KwokConfig;
  readonly workDir: string;
  readonly server: PodServer;
}

const started = new WeakMap<Stack, Promise<Processes>>();

/**
 * A node upstream whose kubelet answers: its pods run, and their commands are this machine's. Its processes end with the stack; the node itself
 * has to be closed, as other tests count on there being none.
 */
export async function startKwokNode(stack: Stack): Promise<KwokNode> {
  const processes = started.get(stack) ?? startProcesses(stack);
  started.set(stack, processes);
  const { config, workDir, server } = await processes;
  const upstream = stack.client('upstream');
  const created = await upstream.request('POST', '/api/v1/nodes', { body: { metadata: { name: NODE, labels: { [LABEL]: 'fake' } } } });
  if (created.status !== 201) throw new Error(created.body);
  const isReady = async () => (await upstream.request('GET', `/api/v1/nodes/${NODE}`)).body.includes('KubeletReady');
  await waitUntil('the node to be ready', isReady, { timeoutMs: 30_000 });
  const placing = placePods(upstream, NODE);
  return {
    config,
    workDir,
    server,
    placeIn: (upstreamNamespace) => placing.add(upstreamNamespace),
    close: async () => {
      await placing.close();
      await upstream.request('DELETE', `/api/v1/nodes/${NODE}`);
      upstream.close();
    },
  };
}

async function startProcesses(stack: Stack): Promise<Processes> {
  const { kwok, clients } = await buildClients(SILENT);
  const folder = join(stack.home.root, 'kwok');
  const workDir = join(folder, 'work');
  mkdirSync(workDir, { recursive: true });
  const podIp = ownAddress();
  const server = await startPodServer(podIp);
  const config: KwokConfig = {
    logFile: join(folder, 'main.log'),
    previousLogFile: join(folder, 'previous.log'),
    forwardTo: { address: podIp, port: server.port },
    podIp,
  };
  for (const file of [config.logFile, config.previousLogFile]) writeFileSync(file, '');
  const configFile = join(folder, 'kwok.yaml');
  writeFileSync(
    configFile,
    kwokObjects(config)
      .map((object) => stringify(object))
      .join('---\n'),
  );
  const [kwokPort, kubeletPort] = [await freePort(), await freePort()];
  await stack.processes.start({
    name: 'kwok',
    command: kwok,
    args: [
      `--config=${configFile}`,
      `--kubeconfig=${stack.home.upstreamKubeconfig}`,
      `--manage-nodes-with-label-selector=${LABEL}`,
      '--node-ip=127.0.0.1',
      `--node-port=${kubeletPort}`,
      `--server-address=127.0.0.1:${kwokPort}`,
    ],
    ready: () => isHealthy(`http://127.0.0.1:${kwokPort}`),
  });
  const tls = [join(stack.home.pkiDir, 'serving.crt'), join(stack.home.pkiDir, 'serving.key')];
  await stack.processes.start({
    name: 'kubelet',
    command: clients,
    args: ['kubelet', `127.0.0.1:${kubeletPort}`, ...tls, workDir, `http://127.0.0.1:${kwokPort}`],
  });
  return { config, workDir, server };
}

function isHealthy(url: string): Promise<boolean> {
  return fetch(`${url}/healthz`).then(
    (response) => response.ok,
    () => false,
  );
}

/** Of this machine: the apiserver's proxy asks no loopback address. */
function ownAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const own = addresses.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (!own) throw new Error('this machine has no address but loopback: pods/proxy and services/proxy cannot be tried');
  return own.address;
}
