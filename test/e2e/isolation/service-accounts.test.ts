/** Tokens and certificates: what they are worth at the gateway, and that they are worth nothing elsewhere. */
import assert from 'node:assert/strict';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { gatherParties, type KubectlParty, OTHER, type Parties, TENANT } from './parties.ts';

const NAMESPACE = 'accounts';
const HOME = `/api/v1/namespaces/${NAMESPACE}`;
const CONFIG_MAPS = `${HOME}/configmaps`;
const RBAC = 'apis/rbac.authorization.k8s.io/v1';
const REVIEW = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
const READER = { metadata: { name: 'reader' }, rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }] };
const binding = (account: string) => ({
  metadata: { name: `reader-${account}` },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
  subjects: [{ kind: 'ServiceAccount', name: account, namespace: NAMESPACE }],
});

describe('isolation of credentials', () => {
  let parties: Parties;

  before(async () => {
    parties = await gatherParties(NAMESPACE);
    for (const [party, owner] of [
      [parties.tenant, TENANT],
      [parties.other, OTHER],
    ] as const) {
      await party.must('POST', CONFIG_MAPS, { metadata: { name: 'same' }, data: { owner } });
      await party.must('POST', `/${RBAC}/namespaces/${NAMESPACE}/roles`, READER);
    }
  });

  after(() => parties.close());

  async function tokenOf(party: KubectlParty, account: string): Promise<string> {
    await party.must('POST', `${HOME}/serviceaccounts`, { metadata: { name: account } });
    return (await party.kubectl(`create token ${account} -n ${NAMESPACE}`)).trim();
  }
  const grant = (party: KubectlParty, account: string) =>
    party.must('POST', `/${RBAC}/namespaces/${NAMESPACE}/rolebindings`, binding(account));

  it('a token works at the gateway by the tenant’s RBAC: forbidden before a RoleBinding, allowed after', async () => {
    const robot = parties.bearer(await tokenOf(parties.tenant, 'robot'), 'gateway');
    const { status, body } = await robot.ask('GET', CONFIG_MAPS);
    assert.equal(status, 403);
    assert.match(body.message, /User "system:serviceaccount:accounts:robot" cannot list resource "configmaps"/);
    await grant(parties.tenant, 'robot');
    await waitUntil('the grant', async () => (await robot.ask('GET', CONFIG_MAPS)).status === 200, { timeoutMs: 10_000 });
    assert.equal((await robot.must('GET', `${CONFIG_MAPS}/same`)).data.owner, TENANT);
    assert.equal((await robot.ask('GET', `${HOME}/secrets`)).status, 403);
    assert.equal((await robot.ask('GET', '/api/v1/namespaces/default/configmaps')).status, 403);
    const { username, groups } = (await robot.must('POST', REVIEW, {})).status.userInfo;
    assert.equal(username, 'system:serviceaccount:accounts:robot');
    assert.deepEqual([...groups].sort(), ['system:authenticated', 'system:serviceaccounts', 'system:serviceaccounts:accounts']);
  });

  it('the same token straight at upstream is worth nothing', async () => {
    const token = await tokenOf(parties.tenant, 'mighty');
    await parties.tenant.must('POST', `/${RBAC}/clusterroles`, {
      metadata: { name: 'mighty' },
      rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
    });
    await parties.tenant.must('POST', `/${RBAC}/clusterrolebindings`, {
      metadata: { name: 'mighty' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'mighty' },
      subjects: [{ kind: 'ServiceAccount', name: 'mighty', namespace: NAMESPACE }],
    });
    try {
      const robot = parties.bearer(token, 'gateway');
      await waitUntil('the grant', async () => (await robot.ask('GET', '/api/v1/secrets')).status === 200, { timeoutMs: 10_000 });
      assert.equal((await robot.ask('POST', CONFIG_MAPS, { metadata: { name: 'mine' } })).status, 201);
      const direct = parties.bearer(token, 'upstream');
      // Upstream knows who it is; it has no rights there.
      assert.equal((await direct.ask('POST', REVIEW, {})).status, 201);
      for (const path of [
        '/api/v1/namespaces',
        '/api/v1/secrets',
        '/api/v1/nodes',
        `/api/v1/namespaces/${TENANT}-${NAMESPACE}/configmaps`,
        `/api/v1/namespaces/${TENANT}-${NAMESPACE}/configmaps/same`,
        `/api/v1/namespaces/${OTHER}-${NAMESPACE}/configmaps`,
        '/api/v1/namespaces/kube-system/secrets',
        `/${RBAC}/clusterroles/${TENANT}-mighty`,
      ]) {
        assert.equal((await direct.ask('GET', path)).status, 403, path);
      }
      const { status } = await direct.ask('POST', `/api/v1/namespaces/${TENANT}-${NAMESPACE}/configmaps`, { metadata: { name: 'direct' } });
      assert.equal(status, 403);
    } finally {
      await parties.tenant.must('DELETE', `/${RBAC}/clusterrolebindings/mighty`);
      await parties.tenant.must('DELETE', `/${RBAC}/clusterroles/mighty`);
    }
  });

  it('the token of a deleted ServiceAccount is refused within the time that an answer is kept', async () => {
    const leaver = parties.bearer(await tokenOf(parties.tenant, 'leaver'), 'gateway');
    assert.equal((await leaver.ask('GET', CONFIG_MAPS)).status, 403);
    await parties.tenant.must('DELETE', `${HOME}/serviceaccounts/leaver`);
    const gone = async () => (await leaver.ask('GET', CONFIG_MAPS)).status === 401;
    await waitUntil('401', gone, { timeoutMs: 12_000, intervalMs: 200 });
  });

  it('a token of the platform’s own ServiceAccount is nobody’s, whatever its namespace is called', async () => {
    const { platform } = parties;
    await platform.must('POST', '/api/v1/namespaces', { metadata: { name: 'absent-system' } });
    await platform.must('POST', '/api/v1/namespaces/absent-system/serviceaccounts', { metadata: { name: 'agent' } });
    await platform.must('POST', '/api/v1/namespaces/kube-system/serviceaccounts', { metadata: { name: 'agent' } });
    for (const namespace of ['kube-system', 'absent-system']) {
      const token = (await platform.kubectl(`create token agent -n ${namespace}`)).trim();
      assert.equal((await parties.bearer(token, 'upstream').ask('POST', REVIEW, {})).status, 201);
      for (const path of ['/api/v1/namespaces', '/version', '/readyz']) {
        assert.equal((await parties.bearer(token, 'gateway').ask('GET', path)).status, 401, path);
      }
    }
    await platform.must('DELETE', '/api/v1/namespaces/absent-system');
    await platform.must('DELETE', '/api/v1/namespaces/kube-system/serviceaccounts/agent');
  });

  it('a token of the other tenant acts there only, though the account has a namesake', async () => {
    const { tenant, other } = parties;
    const [own, foreign] = [await tokenOf(tenant, 'twin'), await tokenOf(other, 'twin')].map((token) => parties.bearer(token, 'gateway'));
    await grant(tenant, 'twin');
    await waitUntil('the grant', async () => (await own!.ask('GET', CONFIG_MAPS)).status === 200, { timeoutMs: 10_000 });
    assert.equal((await foreign!.ask('GET', CONFIG_MAPS)).status, 403);
    await grant(other, 'twin');
    await waitUntil('the grant', async () => (await foreign!.ask('GET', CONFIG_MAPS)).status === 200, { timeoutMs: 10_000 });
    assert.equal((await own!.must('GET', `${CONFIG_MAPS}/same`)).data.owner, TENANT);
    assert.equal((await foreign!.must('GET', `${CONFIG_MAPS}/same`)).data.owner, OTHER);
  });

  it('a tenant’s certificate straight at upstream is nobody’s', async () => {
    const { tenant, platform } = parties;
    const { server, ca } = platform.cluster;
    const { clientCert, clientKey } = tenant.cluster;
    const direct = parties.party({ server, ca, ...(clientCert && clientKey && { clientCert, clientKey }) });
    assert.equal((await tenant.ask('GET', '/api/v1/namespaces')).status, 200);
    for (const path of [
      '/api/v1/namespaces',
      `/api/v1/namespaces/${TENANT}-default/configmaps`,
      '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    ]) {
      assert.equal((await direct.ask('GET', path)).status, 401, path);
    }
    assert.equal((await parties.party(platform.cluster).ask('GET', '/api/v1/namespaces')).status, 200);
  });
});
