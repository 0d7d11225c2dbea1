/** What tenants and their operator do with the main features, one of each: so that it shows which rights gateway and controller need for it. */
import assert from 'node:assert/strict';
import { createCertificateRequest } from '../../../src/certs/certificate-request.ts';
import { type KubeAnswer, KubeClient } from '../../../src/launch/kube/kube-client.ts';
import { readKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import type { ChartStack } from '../../helpers/chart/chart-stack.ts';
import { startWebhookServer } from '../../helpers/webhook-server.ts';

const TENANTS = '/apis/tenant.kubezoo.io/v1alpha1/tenants';
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const CSRS = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const MERGE = 'application/merge-patch+json';

type Ask = (method: string, path: string, body?: unknown, options?: object) => Promise<KubeAnswer>;
type Must = (...request: Parameters<Ask>) => Promise<ReturnType<typeof JSON.parse>>;

export interface FeatureUser {
  readonly ask: Ask;
  readonly must: Must;
  close(): void;
}

export function featureUser(kubeconfig: string): FeatureUser {
  const client = new KubeClient(readKubeconfig(kubeconfig));
  const ask: Ask = (method, path, body, options = {}) => client.request(method, path, { body, ...options });
  const must: Must = async (...request) => {
    const answer = await ask(...request);
    assert.ok(answer.status < 300, `${request[0]} ${request[1]}: ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body);
  };
  return { ask, must, close: () => client.close() };
}

/** All that follow, for a tenant with a quota of 10 pods. */
export async function useFeatures(stack: ChartStack, tenantId: string, kubeconfig: string): Promise<void> {
  const tenant = featureUser(kubeconfig);
  try {
    const account = '/api/v1/namespaces/default/serviceaccounts/default';
    await waitUntil('the account default', async () => (await tenant.ask('GET', account)).status === 200, { timeoutMs: 30_000 });
    await useObjects(tenant);
    await actAsOthers(tenant);
    await Promise.all([useServiceAccount(tenant, stack), useCustomResources(tenant), askForCertificate(tenant)]);
    await moveQuota(tenant);
    await useWebhook(tenant);
    await leaveBehind(tenant, stack, tenantId);
    await suspend(stack, tenantId, tenant);
  } finally {
    tenant.close();
  }
}

async function useObjects({ must, ask }: FeatureUser): Promise<void> {
  for (const path of ['/version', '/api', '/apis', '/openapi/v2', '/openapi/v3', '/apis/apps/v1']) await must('GET', path);
  await must('POST', '/api/v1/namespaces', { metadata: { name: 'second' } });
  await must('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'one' } });
  const { items, metadata } = await must('GET', '/api/v1/configmaps');
  assert.ok(items.length > 1);
  const since = `resourceVersion=${metadata.resourceVersion}&timeoutSeconds=1&watch=true`;
  await must('POST', '/api/v1/namespaces/second/configmaps', { metadata: { name: 'two' } });
  assert.match((await ask('GET', `/api/v1/configmaps?${since}`)).body, /"two"/);
  await must('GET', '/apis/storage.k8s.io/v1/storageclasses');
}

/** `kubectl --as`, with a uid and extra fields; and a review. */
async function actAsOthers({ must, ask }: FeatureUser): Promise<void> {
  const headers = {
    'impersonate-user': 'jane',
    'impersonate-uid': 'u-1',
    'impersonate-extra-acme.io%2fteam': 'blue',
    'impersonate-group': 'dev',
  };
  const { status } = await ask('GET', '/api/v1/namespaces/default/configmaps/one', undefined, { headers });
  assert.equal(status, 403);
  const resourceAttributes = { namespace: 'default', verb: 'get', resource: 'pods' };
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } };
  assert.equal((await must('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review)).status.allowed, true);
}

async function useServiceAccount({ must }: FeatureUser, stack: ChartStack): Promise<void> {
  const spec = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  const { status } = await must('POST', '/api/v1/namespaces/default/serviceaccounts/default/token', spec);
  assert.equal((await askWithToken(stack, status.token)).status, 200);
}

/** Who a token is, as the gateway says. */
export async function askWithToken(stack: ChartStack, token: string): Promise<KubeAnswer> {
  const { ca } = readKubeconfig(await stack.operatorKubeconfig());
  const client = new KubeClient({ server: stack.gatewayUrl, ca, token });
  try {
    return await client.request('GET', '/apis');
  } finally {
    client.close();
  }
}

async function useCustomResources({ must, ask }: FeatureUser): Promise<void> {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const names = { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' };
  const versions = [{ name: 'v1', served: true, storage: true, schema }];
  await must('POST', DEFINITIONS, {
    metadata: { name: 'widgets.acme.io' },
    spec: { group: 'acme.io', scope: 'Namespaced', names, versions },
  });
  const widget = { apiVersion: 'acme.io/v1', kind: 'Widget', metadata: { name: 'a' } };
  const made = async () => (await ask('POST', '/apis/acme.io/v1/namespaces/default/widgets', widget)).status === 201;
  await waitUntil('the kind to be served', made, { timeoutMs: 20_000 });
  await waitUntil('its list', async () => (await ask('GET', '/apis/acme.io/v1/widgets')).status === 200, { timeoutMs: 20_000 });
}

/** A renewal, which the controller approves by itself, and signs. */
export async function askForCertificate({ must }: FeatureUser, name = 'admin', withinMs = 20_000): Promise<void> {
  const { requestPem } = await createCertificateRequest([{ oid: '2.5.4.3', value: 'admin' }]);
  const spec = { request: Buffer.from(requestPem).toString('base64'), signerName: 'kubezoo.io/tenant-client', usages: ['client auth'] };
  await must('POST', CSRS, { metadata: { name }, spec });
  await certificateOf(must, name, withinMs);
}

export async function certificateOf(must: Must, name: string, withinMs: number): Promise<void> {
  const isSigned = async () => (await must('GET', `${CSRS}/${name}`)).status.certificate !== undefined;
  await waitUntil('the certificate', isSigned, { timeoutMs: withinMs });
}

/** All of it in one namespace, then some in another: room has to move. */
async function moveQuota({ must, ask }: FeatureUser): Promise<void> {
  const pod = (name: string) => ({ metadata: { name }, spec: { containers: [{ name: 'c', image: 'i' }] } });
  const pods = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;
  const canBeMade = async (namespace: string) =>
    (await ask('GET', `/api/v1/namespaces/${namespace}/serviceaccounts/default`)).status === 200;
  await waitUntil('pods in second', () => canBeMade('second'), { timeoutMs: 20_000 });
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await must('POST', pods('default'), pod(name));
  for (const name of ['a', 'b', 'c']) await must('POST', pods('second'), pod(name));
  const { status } = await ask('POST', pods('second'), pod('too-many'));
  assert.equal(status, 403);
}

async function useWebhook({ must, ask }: FeatureUser): Promise<void> {
  const server = await startWebhookServer('hook', 'second');
  try {
    await must('POST', '/api/v1/namespaces/second/services', {
      metadata: { name: 'hook' },
      spec: { ports: [{ port: 443, targetPort: 8443 }] },
    });
    await must('POST', '/apis/discovery.k8s.io/v1/namespaces/second/endpointslices', {
      metadata: { name: 'hook-1', labels: { 'kubernetes.io/service-name': 'hook' } },
      addressType: 'IPv4',
      ports: [{ port: server.port, protocol: 'TCP', name: '' }],
      endpoints: [{ addresses: ['10.9.8.7'], conditions: { ready: true } }],
    });
    const configurations = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
    await must('POST', configurations, {
      metadata: { name: 'judge' },
      webhooks: [
        {
          name: 'judge.acme.io',
          clientConfig: { service: { namespace: 'second', name: 'hook' }, caBundle: server.caBundle },
          rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
        },
      ],
    });
    const asked = async () => {
      await ask('POST', '/api/v1/namespaces/second/configmaps?dryRun=All', { metadata: { name: 'judged' } });
      return server.seen.length > 0;
    };
    await waitUntil('the webhook to be asked', asked, { timeoutMs: 20_000 });
    await must('DELETE', `${configurations}/judge`);
  } finally {
    await server.close();
  }
}

/** Finalizers that nobody ends: of an object, of a namespace, and where Kubernetes itself keeps those of namespaces. */
async function leaveBehind({ must }: FeatureUser, { upstream: { admin } }: ChartStack, tenantId: string): Promise<void> {
  const finalizers = ['example.com/never'];
  await must('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'left', finalizers } });
  await must('POST', '/api/v1/namespaces', { metadata: { name: 'third', finalizers } });
  const name = `${tenantId}-third`;
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: { finalizers: ['kubernetes', ...finalizers] } };
  const { status } = await admin.request('PUT', `/api/v1/namespaces/${name}/finalize`, { body });
  assert.equal(status, 200);
}

async function suspend(stack: ChartStack, tenantId: string, tenant: FeatureUser): Promise<void> {
  const operator = featureUser(await stack.operatorKubeconfig());
  try {
    const set = (suspension: object | null) =>
      operator.must('PATCH', `${TENANTS}/${tenantId}`, { spec: { suspension } }, { contentType: MERGE });
    const write = async () =>
      (await tenant.ask('POST', '/api/v1/namespaces/default/configmaps?dryRun=All', { metadata: { name: 'x' } })).status;
    await set({ mode: 'ReadOnly', reason: 'test' });
    await waitUntil('writes to be refused', async () => (await write()) === 403, { timeoutMs: 20_000 });
    // The controller keeps them in a policy, too.
    const policy = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/kubezoo-suspend';
    const { admin } = stack.upstream;
    await waitUntil('the policy', async () => (await admin.request('GET', policy)).body.includes(tenantId), { timeoutMs: 20_000 });
    await set(null);
    await waitUntil('writes to work again', async () => (await write()) === 201, { timeoutMs: 20_000 });
  } finally {
    operator.close();
  }
}

/** Deletes the tenant as the operator, and waits until it is gone. */
export async function removeTenant(stack: ChartStack, tenantId: string): Promise<void> {
  const operator = featureUser(await stack.operatorKubeconfig());
  try {
    await operator.must('DELETE', `${TENANTS}/${tenantId}`);
    const isGone = async () => (await operator.ask('GET', `${TENANTS}/${tenantId}`)).status === 404;
    await waitUntil(`${tenantId} to be gone`, isGone, { timeoutMs: 120_000 });
  } finally {
    operator.close();
  }
}
