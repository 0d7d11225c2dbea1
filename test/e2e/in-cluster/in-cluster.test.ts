/** A tenant's pod finds its own cluster where any pod finds its own. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadConfig } from '../../../src/config/config.ts';
import type { KubeClient } from '../../../src/launch/kube/kube-client.ts';
import { writeSecretFile } from '../../../src/launch/state/write-secret-file.ts';
import type { SupervisedProcess } from '../../../src/launch/supervisor/supervised-process.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { sharedStack } from '../../helpers/shared-stack.ts';
import type { Stack } from '../../helpers/stack.ts';
import { startController } from '../../helpers/start-replica.ts';
import { asKubelet, type Container, type Pod, read } from './as-kubelet.ts';

const NAMESPACE = 'in-cluster';
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
const ROOT_CA = 'kubezoo-root-ca.crt';
const ANNOTATION = 'kubezoo.io/namespace';
const POLICIES = '/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies';

describe('in-cluster clients', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kz-pod-'));
  let stack: Stack;
  let controller: SupervisedProcess;
  let tenant: KubeClient;
  let host: string;
  let port: string;

  before(async () => {
    stack = await sharedStack();
    ({ hostname: host, port } = new URL(stack.gatewayUrl));
    const file = join(stack.home.root, 'in-cluster.json');
    writeSecretFile(file, JSON.stringify({ ...loadConfig(stack.home.config), inCluster: { host, port: Number(port) } }));
    await stack.processes.process('controller').stop();
    controller = await startController(stack, 'in-cluster', file);
    tenant = stack.client({ tenant: 'demo01' });
    await must('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE } });
    for (const [tenantId, namespace] of [
      ['demo01', NAMESPACE],
      ['demo02', 'default'],
    ] as const) {
      await waitUntil(
        `the CA in ${namespace} of ${tenantId}`,
        () => has(`/api/v1/namespaces/${tenantId}-${namespace}/configmaps/${ROOT_CA}`),
        {
          timeoutMs: 30_000,
        },
      );
    }
    await waitUntil('a ServiceAccount', () => has(`/api/v1/namespaces/demo01-${NAMESPACE}/serviceaccounts/default`), { timeoutMs: 30_000 });
    await waitUntil('the policies to be in force', () => isMutated(), { timeoutMs: 30_000 });
    await must('POST', PODS, podOf('probe'));
    await waitUntil('the one for ephemeral containers, too', () => isMutatedLater('probe'), { timeoutMs: 30_000 });
    await must('DELETE', `${PODS}/probe?gracePeriodSeconds=0`);
    const subjects = [{ kind: 'ServiceAccount', name: 'default', namespace: NAMESPACE }];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
    await must('POST', `/apis/rbac.authorization.k8s.io/v1/namespaces/${NAMESPACE}/rolebindings`, {
      metadata: { name: 'view' },
      subjects,
      roleRef,
    });
  });

  after(async () => {
    await tenant?.request('DELETE', `/api/v1/namespaces/${NAMESPACE}`);
    tenant?.close();
    await controller?.stop();
    await stack?.processes.process('controller').start();
    rmSync(folder, { recursive: true, force: true });
    // The stack's own controller has no such setting: it takes the policies away.
    await waitUntil('the policies to be gone', async () => !(await has(`${POLICIES}/kubezoo-in-cluster-pods`)), { timeoutMs: 30_000 });
    // The CA stays where it is; the tests that come after this one list what a tenant has.
    const left = await stack.mustKubectl(
      ['get', 'configmaps', '-A', `--field-selector=metadata.name=${ROOT_CA}`, '-o', 'jsonpath={.items[*].metadata.namespace}'],
      'upstream',
    );
    for (const namespace of left.split(' ').filter(Boolean))
      await stack.mustKubectl(['delete', 'configmap', ROOT_CA, '-n', namespace, '--ignore-not-found'], 'upstream');
  });

  async function must(method: string, path: string, body?: object, contentType?: string): Promise<Pod> {
    const answer = await tenant.request(method, path, { body, ...(contentType && { contentType }) });
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body) as Pod;
  }

  async function has(path: string): Promise<boolean> {
    return read(stack, path).then(
      () => true,
      () => false,
    );
  }

  /** As upstream would make a pod now. */
  async function isMutated(): Promise<boolean> {
    const { status, body } = await tenant.request('POST', `${PODS}?dryRun=All`, { body: podOf('probe') });
    return status === 201 && body.includes('KUBERNETES_SERVICE_HOST');
  }

  /** The same of a container that is added to a pod. */
  async function isMutatedLater(name: string): Promise<boolean> {
    const debugged = { spec: { ephemeralContainers: [container('probe')] } };
    const path = `${PODS}/${name}/ephemeralcontainers?dryRun=All`;
    const pod = await must('PATCH', path, debugged, 'application/strategic-merge-patch+json');
    return pod.spec.ephemeralContainers!.some((one) => envOf(one).length > 0);
  }

  const upstreamPod = (name: string) => read<Pod>(stack, `/api/v1/namespaces/demo01-${NAMESPACE}/pods/${name}`);
  const envOf = (container: Container) => (container.env ?? []).map(({ name, value }) => `${name}=${value}`);
  const told = () => [`KUBERNETES_SERVICE_HOST=${host}`, `KUBERNETES_SERVICE_PORT=${port}`, `KUBERNETES_SERVICE_PORT_HTTPS=${port}`];

  it('a pod’s client lists the pods of its namespace, in the tenant’s names, and nothing else', async () => {
    await must('POST', PODS, podOf('client'));
    const pod = await upstreamPod('client');
    const env = await asKubelet(stack, pod, folder);
    const script = join(import.meta.dirname, 'list-pods.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [script, folder, `demo01-${NAMESPACE}`], {
      env: { ...env, PATH: process.env.PATH },
    });
    // To the tenant there is no namespace of that name, and none of its bindings is about it.
    assert.deepEqual(JSON.parse(stdout), { namespace: NAMESPACE, pods: [`${NAMESPACE}/client`], foreign: 403 });
  });

  it('every container is told, before its own variables; one that sets them itself keeps its own', async () => {
    await must('POST', PODS, {
      metadata: { name: 'many' },
      spec: {
        initContainers: [container('first'), { ...container('own'), env: [{ name: 'KUBERNETES_SERVICE_HOST', value: 'elsewhere' }] }],
        containers: [{ ...container('with'), env: [{ name: 'URL', value: 'https://$(KUBERNETES_SERVICE_HOST)' }] }, container('without')],
      },
    });
    const { spec } = await upstreamPod('many');
    assert.deepEqual(spec.initContainers!.map(envOf), [told(), [...told().slice(1), 'KUBERNETES_SERVICE_HOST=elsewhere']]);
    assert.deepEqual(spec.containers.map(envOf), [[...told(), 'URL=https://$(KUBERNETES_SERVICE_HOST)'], told()]);
    const debugged = { spec: { ephemeralContainers: [{ ...container('debug'), targetContainerName: 'with' }] } };
    await must('PATCH', `${PODS}/many/ephemeralcontainers`, debugged, 'application/strategic-merge-patch+json');
    assert.deepEqual((await upstreamPod('many')).spec.ephemeralContainers!.map(envOf), [told()]);
    // A second one leaves the first, which cannot be changed, as it is.
    const again = { spec: { ephemeralContainers: [container('debug-2')] } };
    await must('PATCH', `${PODS}/many/ephemeralcontainers`, again, 'application/strategic-merge-patch+json');
    assert.deepEqual((await upstreamPod('many')).spec.ephemeralContainers!.map(envOf), [told(), told()]);
  });

  it('pods that controllers make are told, and the template stays as it was written', async () => {
    const deployments = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`;
    const labels = { app: 'web' };
    const template = { metadata: { labels }, spec: { containers: [container('web')] } };
    await must('POST', deployments, { metadata: { name: 'web' }, spec: { replicas: 1, selector: { matchLabels: labels }, template } });
    const made = await waitUntil(
      'its pod',
      async () => (await read<{ items: Pod[] }>(stack, `/api/v1/namespaces/demo01-${NAMESPACE}/pods?labelSelector=app=web`)).items[0],
      { timeoutMs: 30_000 },
    );
    assert.deepEqual(envOf(made.spec.containers[0]!), told());
    assert.equal(made.metadata.annotations?.[ANNOTATION], NAMESPACE);
    const deployment = JSON.stringify(await must('GET', `${deployments}/web`));
    assert.doesNotMatch(deployment, /KUBERNETES_SERVICE_HOST|kubezoo[.-]/);
  });

  it('the tenant cannot have another namespace told to a pod, and loses nothing when it writes the whole of one', async () => {
    await must('POST', PODS, {
      ...podOf('forged'),
      metadata: { name: 'forged', annotations: { [ANNOTATION]: 'kube-system', 'example.com/mine': 'yes' } },
    });
    assert.equal((await upstreamPod('forged')).metadata.annotations?.[ANNOTATION], NAMESPACE);
    const seen = await must('GET', `${PODS}/forged`);
    assert.deepEqual(seen.metadata.annotations, { 'example.com/mine': 'yes' });
    await must('PUT', `${PODS}/forged`, { ...seen, metadata: { ...seen.metadata, annotations: { 'example.com/mine': 'no' } } });
    await must('PATCH', `${PODS}/forged`, { metadata: { annotations: { [ANNOTATION]: 'kube-system' } } }, 'application/merge-patch+json');
    assert.deepEqual((await upstreamPod('forged')).metadata.annotations, { 'example.com/mine': 'no', [ANNOTATION]: NAMESPACE });
  });

  it('a pod without a token is left without files, and the platform’s own pods as they are', async () => {
    await must('POST', PODS, { metadata: { name: 'bare' }, spec: { automountServiceAccountToken: false, containers: [container('c')] } });
    const bare = await upstreamPod('bare');
    assert.deepEqual(envOf(bare.spec.containers[0]!), told());
    assert.equal(bare.spec.volumes, undefined);
    const upstream = stack.client('upstream');
    const { status, body } = await upstream.request('POST', '/api/v1/namespaces/default/pods?dryRun=All', {
      body: { ...podOf('platform'), spec: { ...podOf('platform').spec, automountServiceAccountToken: false } },
    });
    upstream.close();
    assert.equal(status, 201, body);
    assert.doesNotMatch(body, /KUBERNETES_SERVICE_HOST|kubezoo[.-]/);
  });

  it('the CA is put back when the tenant takes it away', async () => {
    const before = await read<Pod>(stack, `/api/v1/namespaces/demo01-${NAMESPACE}/configmaps/${ROOT_CA}`);
    await must('DELETE', `/api/v1/namespaces/${NAMESPACE}/configmaps/${ROOT_CA}`);
    const after = await waitUntil(
      'the CA',
      () => read<Pod>(stack, `/api/v1/namespaces/demo01-${NAMESPACE}/configmaps/${ROOT_CA}`).catch(() => undefined),
      { timeoutMs: 30_000 },
    );
    assert.notEqual(after.metadata.uid, before.metadata.uid);
  });
});

function container(name: string): Container & { image: string } {
  return { name, image: 'registry.example/none' };
}

function podOf(name: string): { metadata: { name: string }; spec: { containers: Container[] } } {
  return { metadata: { name }, spec: { containers: [container('c')] } };
}
