/** The chart, installed into a real cluster with helm, and its pods run as processes: what a tenant reaches is what was rendered. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answersWith, KubeClient } from '../../../src/launch/kube/kube-client.ts';
import { readKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { choosePort } from '../../../src/launch/state/choose-port.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { KUBECONFIG_ANNOTATION } from '../../../src/tenants/tenant.ts';
import { CHART, DEPLOY, type Manifest, mustHelm, NAMESPACE, RELEASE, readManifests } from './helm.ts';
import { LocalPod, type PodTemplate, templateOf } from './local-pod.ts';
import { startUpstreamCluster, type UpstreamCluster } from './upstream-cluster.ts';

export interface ChartStack {
  readonly upstream: UpstreamCluster;
  readonly folder: string;
  readonly gatewayUrl: string;
  /** What helm has rendered of the release that is installed. */
  readonly manifests: readonly Manifest[];
  /** Runs helm as the cluster's admin. Throws an Error with what it says when it fails. */
  helm(...args: string[]): Promise<string>;
  readonly valuesFile: string;
  manifest(kind: string, name: string): Manifest;
  pod(kind: string, name: string): LocalPod;
  /** Runs the Job's container; resolves with what it said. */
  runPki(): Promise<string>;
  startController(): Promise<LocalPod>;
  startGateway(): Promise<LocalPod>;
  /** Path of the operator's kubeconfig, as NOTES.txt says how to get it. */
  operatorKubeconfig(): Promise<string>;
  /** Creates the tenant as the operator, and resolves with its kubeconfig's path when it is served. */
  makeTenant(tenantId: string, spec?: object, annotations?: Readonly<Record<string, string>>): Promise<string>;
  stop(): Promise<void>;
}

export async function startChartStack(values: object = {}): Promise<ChartStack> {
  const upstream = await startUpstreamCluster();
  const folder = mkdtempSync(join(tmpdir(), 'kz-'));
  const valuesFile = join(folder, 'values.json');
  const ports = { ports: {} };
  const [tls, stats, admin, bridge, controller] = [
    await choosePort(ports, 'tls'),
    await choosePort(ports, 'stats'),
    await choosePort(ports, 'admin'),
    await choosePort(ports, 'bridge'),
    await choosePort(ports, 'controller'),
  ];
  const gatewayUrl = `https://127.0.0.1:${tls}`;
  writeFileSync(
    valuesFile,
    JSON.stringify({
      // What a cluster's network would do, on loopback.
      gateway: { url: gatewayUrl, listenAddress: '127.0.0.1', ports: { tls, stats, admin }, shutdownDelaySeconds: 0 },
      controller: { ports: { stats: controller } },
      upstream: { server: upstream.url },
      etcd: { endpoints: [upstream.etcdUrl] },
      admissionBridge: { enabled: true, url: `https://127.0.0.1:${bridge}`, port: bridge },
      config: { removal: { finalizerGracePeriodSeconds: 2 }, admissionBridge: { dialInstead: '127.0.0.1' } },
      ...values,
    }),
  );
  const helm = (...args: string[]) => mustHelm(join(folder, 'helm'), args, upstream.home.upstreamKubeconfig);
  try {
    await upstream.mustKubectl(['create', '-f', join(DEPLOY, 'manifests/namespace.yaml')]);
    await helm('install', RELEASE, CHART, '--namespace', NAMESPACE, '--values', valuesFile);
    const manifests = readManifests(await helm('get', 'manifest', RELEASE, '--namespace', NAMESPACE));
    return open(upstream, folder, gatewayUrl, manifests, helm, valuesFile);
  } catch (error) {
    await upstream.stop();
    throw error;
  }
}

function open(
  upstream: UpstreamCluster,
  folder: string,
  gatewayUrl: string,
  manifests: readonly Manifest[],
  helm: ChartStack['helm'],
  valuesFile: string,
): ChartStack {
  const { processes, admin } = upstream;
  const manifest: ChartStack['manifest'] = (kind, name) => {
    const found = manifests.find((each) => each.kind === kind && each.metadata.name === name);
    if (!found) throw new Error(`the chart has no ${kind} ${name}`);
    return found;
  };
  const podOf = (template: PodTemplate, name: string) => new LocalPod(template, name, NAMESPACE, folder, admin);
  const pod: ChartStack['pod'] = (kind, name) => podOf(templateOf(manifest(kind, name)), name.replace(`${RELEASE}-`, ''));
  const operatorKubeconfig = async () => {
    const file = join(folder, 'operator.kubeconfig');
    const text = await upstream.mustKubectl([
      '-n',
      NAMESPACE,
      'get',
      'secret',
      `${RELEASE}-pki`,
      '-o',
      'jsonpath={.data.operator\\.kubeconfig}',
    ]);
    writeFileSync(file, Buffer.from(text, 'base64'), { mode: 0o600 });
    return file;
  };
  return {
    ...{ upstream, folder, gatewayUrl, manifests, helm, valuesFile, manifest, pod, operatorKubeconfig },
    async runPki() {
      const job = pod('Job', `${RELEASE}-pki-1`);
      await job.mount();
      return await job.run(job.containers[0]!);
    },
    async startController() {
      const controller = pod('Deployment', `${RELEASE}-controller`);
      await controller.mount();
      await controller.start(controller.containers[0]!, processes);
      return controller;
    },
    async startGateway() {
      const gateway = pod('Deployment', `${RELEASE}-gateway`);
      await gateway.mount();
      // As the kubelet does: one after the other, those that stay when they are begun, and then the rest.
      for (const container of gateway.containers) {
        if (container.restartPolicy === 'Always' || container.name === 'sidecar') await gateway.start(container, processes);
        else await gateway.run(container);
      }
      return gateway;
    },
    async makeTenant(tenantId, spec = {}, annotations = {}) {
      const operator = { kubeconfig: await operatorKubeconfig() };
      const tenant = { apiVersion: 'tenant.kubezoo.io/v1alpha1', kind: 'Tenant', metadata: { name: tenantId, annotations }, spec };
      await upstream.mustKubectl(['create', '-f', '-'], { ...operator, stdin: JSON.stringify(tenant) });
      const file = join(folder, `${tenantId}.kubeconfig`);
      const read = async () =>
        JSON.parse(await upstream.mustKubectl(['get', 'tenant', tenantId, '-o', 'json'], operator)) as {
          metadata: { annotations?: Record<string, string> };
        };
      const text = await waitUntil('the kubeconfig', async () => (await read()).metadata.annotations?.[KUBECONFIG_ANNOTATION], {
        timeoutMs: 30_000,
      });
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, Buffer.from(text, 'base64'), { mode: 0o600 });
      const client = new KubeClient(readKubeconfig(file));
      try {
        await waitUntil('the namespace default', () => answersWith(client, '/api/v1/namespaces/default'), { timeoutMs: 30_000 });
      } finally {
        client.close();
      }
      return file;
    },
    async stop() {
      await upstream.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
