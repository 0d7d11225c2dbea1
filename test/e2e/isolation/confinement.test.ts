/** The second line: with the gateway out of the way, upstream's own policies keep a tenant's user inside the tenant. */
import assert from 'node:assert/strict';
import { Agent, request } from 'node:https';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { gatherParties, OTHER, type Parties, TENANT } from './parties.ts';

const NAMESPACE = 'confined';
const BINDING = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/kubezoo-confine';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const configMap = { metadata: { name: 'intruder' } };

describe('confinement upstream', () => {
  let parties: Parties;
  let agent: Agent;

  before(async () => {
    parties = await gatherParties(NAMESPACE);
    const { ca, clientCert, clientKey } = parties.platform.cluster;
    agent = new Agent({ ca, cert: clientCert!, key: clientKey!, keepAlive: true });
    const account = `/api/v1/namespaces/${OTHER}-${NAMESPACE}/serviceaccounts/default`;
    await waitUntil('a ServiceAccount', async () => (await parties.platform.ask('GET', account)).status === 200, { timeoutMs: 20_000 });
    await parties.platform.must('POST', `/api/v1/namespaces/${OTHER}-${NAMESPACE}/configmaps`, { metadata: { name: 'theirs' } });
  });

  after(async () => {
    agent?.destroy();
    await parties.close();
  });

  /** What a gateway gone wrong would send: the tenant's admin, and any path. */
  function asTenant(
    method: string,
    path: string,
    body?: unknown,
    contentType = 'application/json',
  ): Promise<{ status: number; text: string }> {
    const headers = {
      'impersonate-user': `kubezoo:${TENANT}:admin`,
      'impersonate-group': [`kubezoo:${TENANT}:tenant-admins`, `kubezoo:${TENANT}:system:authenticated`, 'system:authenticated'],
      ...(body !== undefined && { 'content-type': contentType }),
    };
    return new Promise((resolve, reject) => {
      const sent = request(`${parties.platform.cluster.server}${path}`, { method, agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('error', reject).on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      sent.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  const OUTSIDE: readonly (readonly [string, string, unknown?, string?])[] = [
    ['POST', '/api/v1/namespaces/default/configmaps', configMap],
    ['POST', '/api/v1/namespaces/kube-system/configmaps', configMap],
    ['POST', `/api/v1/namespaces/${OTHER}-${NAMESPACE}/configmaps`, configMap],
    ['PATCH', `/api/v1/namespaces/${OTHER}-${NAMESPACE}/configmaps/theirs`, { data: { x: 'y' } }, 'application/merge-patch+json'],
    ['DELETE', `/api/v1/namespaces/${OTHER}-${NAMESPACE}/configmaps/theirs`],
    ['DELETE', `/api/v1/namespaces/${OTHER}-${NAMESPACE}/configmaps`],
    ['POST', `/api/v1/namespaces/${OTHER}-${NAMESPACE}/serviceaccounts/default/token`, { spec: {} }],
    ['DELETE', `/api/v1/namespaces/${OTHER}-${NAMESPACE}`],
    ['POST', '/api/v1/namespaces', { metadata: { name: 'intruder' } }],
    ['POST', '/api/v1/nodes', { metadata: { name: `${TENANT}-node` } }],
    ['POST', `${RBAC}/clusterroles`, { metadata: { name: 'intruder' }, rules: [] }],
    ['PATCH', `${RBAC}/clusterroles/cluster-admin`, { metadata: { labels: { x: 'y' } } }, 'application/merge-patch+json'],
    ['DELETE', `${RBAC}/clusterrolebindings/kubezoo:${OTHER}:tenant-admins`],
    [
      'POST',
      `${RBAC}/clusterrolebindings`,
      {
        metadata: { name: `${TENANT}-grab` },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'system:authenticated' }],
      },
    ],
  ];
  for (const [method, path, body, contentType] of OUTSIDE) {
    it(`${method} ${path}${path.endsWith('bindings') ? ' to a group of the platform' : ''} is refused by a policy`, async () => {
      const { status, text } = await asTenant(method, path, body, contentType);
      assert.equal(status, 403, text);
      assert.match(text, /ValidatingAdmissionPolicy 'kubezoo-[a-z-]+'/);
    });
  }

  it('inside the tenant the same user writes', async () => {
    const own = `/api/v1/namespaces/${TENANT}-${NAMESPACE}/configmaps`;
    assert.equal((await asTenant('POST', own, configMap)).status, 201);
    assert.equal((await asTenant('DELETE', `${own}/intruder`)).status, 200);
    assert.equal((await asTenant('POST', `${RBAC}/clusterroles`, { metadata: { name: `${TENANT}-own` }, rules: [] })).status, 201);
    assert.equal((await asTenant('DELETE', `${RBAC}/clusterroles/${TENANT}-own`)).status, 200);
  });

  it('it is the policy that refuses: without its binding the write goes through, and the controller puts it back', async () => {
    const { platform, stack } = parties;
    const path = '/api/v1/namespaces/default/configmaps';
    const write = async () => (await asTenant('POST', path, { metadata: { generateName: 'intruder-' } })).status;
    const controller = stack.processes.process('controller');
    assert.equal(await write(), 403);
    controller.kill('SIGSTOP');
    try {
      await platform.must('DELETE', BINDING);
      await waitUntil('a write without the policy', async () => (await write()) === 201, { timeoutMs: 20_000 });
    } finally {
      controller.kill('SIGCONT');
    }
    await waitUntil('the binding to be back', async () => (await platform.ask('GET', BINDING)).status === 200, { timeoutMs: 30_000 });
    await waitUntil('the policy to be in force', async () => (await write()) === 403, { timeoutMs: 20_000 });
    const { items } = await platform.must('GET', path);
    const intruders = items.filter((item: { metadata: { generateName?: string } }) => item.metadata.generateName === 'intruder-');
    assert.ok(intruders.length >= 1);
    for (const { metadata } of intruders) await platform.must('DELETE', `${path}/${metadata.name}`);
  });
});
