/** `kubectl --as` inside a tenant: who may act as whom, and that nobody leaves the tenant by it. */
import assert from 'node:assert/strict';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { gatherParties, OTHER, type Parties, TENANT } from '../isolation/parties.ts';

const NAMESPACE = 'acting';
const HOME = `/api/v1/namespaces/${NAMESPACE}`;
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const WHOAMI = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
const API_GROUP = 'rbac.authorization.k8s.io';

describe('impersonation within a tenant', () => {
  let parties: Parties;
  let robot: string;

  before(async () => {
    parties = await gatherParties(NAMESPACE);
    for (const party of [parties.tenant, parties.other]) {
      await party.must('POST', `${HOME}/secrets`, { metadata: { name: 'same' } });
      await party.must('POST', `${HOME}/serviceaccounts`, { metadata: { name: 'robot' } });
    }
    robot = (await parties.tenant.kubectl(`create token robot -n ${NAMESPACE}`)).trim();
  });

  after(async () => {
    // The namespace takes its time to go, and others list secrets meanwhile.
    for (const party of [parties.tenant, parties.other]) await party.ask('DELETE', `${HOME}/secrets/same`);
    for (const kind of ['clusterrolebindings', 'clusterroles']) await parties.tenant.ask('DELETE', `${RBAC}/${kind}/acting`);
    await parties.close();
  });

  /** The robot may impersonate by these rules, and nothing else. */
  async function allow(rules: readonly object[]): Promise<void> {
    const { tenant } = parties;
    for (const kind of ['clusterrolebindings', 'clusterroles']) await tenant.ask('DELETE', `${RBAC}/${kind}/acting`);
    await tenant.must('POST', `${RBAC}/clusterroles`, { metadata: { name: 'acting' }, rules });
    await tenant.must('POST', `${RBAC}/clusterrolebindings`, {
      metadata: { name: 'acting' },
      roleRef: { apiGroup: API_GROUP, kind: 'ClusterRole', name: 'acting' },
      subjects: [{ kind: 'ServiceAccount', name: 'robot', namespace: NAMESPACE }],
    });
  }
  const asRobot = (headers: Record<string, string | readonly string[]>, path = `${HOME}/secrets`, method = 'GET', body?: object) =>
    parties.bearer(robot, 'gateway').ask(method, path, body, undefined, headers);
  const whoami = async (headers: Record<string, string | readonly string[]>) =>
    (await parties.tenant.must('POST', WHOAMI, {}, undefined, headers)).status.userInfo;

  it('the tenant’s admin acts as anybody of the tenant, with that one’s rights', async () => {
    const { tenant } = parties;
    await tenant.kubectlFails(
      `get secrets -n ${NAMESPACE} --as=jane`,
      /User "jane" cannot list resource "secrets".* in the namespace "acting"/,
    );
    await tenant.kubectl(`create rolebinding jane -n ${NAMESPACE} --clusterrole=edit --user=jane`);
    const works = async () =>
      (await tenant.ask('GET', `${HOME}/secrets`, undefined, undefined, { 'impersonate-user': 'jane' })).status === 200;
    await waitUntil('the grant', works, { timeoutMs: 10_000 });
    assert.equal((await tenant.kubectl(`auth can-i delete pods -n ${NAMESPACE} --as=jane`)).trim(), 'yes');
    await tenant.kubectlFails('get secrets -A --as=jane', /at the cluster scope/);
    // A namesake in the other tenant has nothing of it.
    await parties.other.kubectlFails(`get secrets -n ${NAMESPACE} --as=jane`, /cannot list/);
  });

  it('and is seen as just that one', async () => {
    assert.deepEqual(
      await whoami({
        'impersonate-user': 'jane',
        'impersonate-group': ['dev', 'ops'],
        'impersonate-uid': '7',
        'impersonate-extra-acme.io%2fteam': ['a', 'b'],
      }),
      { username: 'jane', uid: '7', groups: ['dev', 'ops', 'system:authenticated'], extra: { 'acme.io/team': ['a', 'b'] } },
    );
    const account = await whoami({ 'impersonate-user': `system:serviceaccount:${NAMESPACE}:robot` });
    assert.deepEqual(account.groups, ['system:serviceaccounts', `system:serviceaccounts:${NAMESPACE}`, 'system:authenticated']);
    // Upstream grants reviews of oneself to all who are authenticated, and so the gateway's are: this one is not.
    const anonymous = await parties.tenant.ask('POST', WHOAMI, {}, undefined, { 'impersonate-user': 'system:anonymous' });
    assert.equal(anonymous.status, 403);
    assert.match(anonymous.body.message, /User "system:anonymous" cannot create resource "selfsubjectreviews"/);
  });

  it('whoever has no right to it is refused in upstream’s words, on every kind of path', async () => {
    const jane = { 'impersonate-user': 'jane' };
    const user = `system:serviceaccount:${NAMESPACE}:robot`;
    const refusals: Readonly<Record<string, string>> = {
      [`${HOME}/secrets`]: `secrets is forbidden: User "${user}" cannot impersonate-on:user-info:list resource "secrets" in API group "" in the namespace "${NAMESPACE}"`,
      '/version': `forbidden: User "${user}" cannot impersonate-on:user-info:get path "/version"`,
      '/apis': `forbidden: User "${user}" cannot impersonate-on:user-info:get path "/apis"`,
      '/api/v1/nodes': `nodes is forbidden: User "${user}" cannot impersonate-on:user-info:list resource "nodes" in API group "" at the cluster scope`,
    };
    for (const [path, message] of Object.entries(refusals)) {
      const { status, body } = await asRobot(jane, path);
      assert.equal(status, 403, path);
      assert.equal(body.message, message);
    }
  });

  it('a rule with names is about these, and every part of what is asked for', async () => {
    const impersonate = (resource: string, ...resourceNames: string[]) => ({
      apiGroups: [resource.startsWith('userextras') || resource === 'uids' ? 'authentication.k8s.io' : ''],
      resources: [resource],
      resourceNames,
      verbs: ['impersonate'],
    });
    await allow([
      impersonate('users', 'jane'),
      impersonate('groups', 'dev'),
      impersonate('uids', '7'),
      impersonate('userextras/scopes', 'a'),
    ]);
    const shown = await parties.tenant.must('GET', `${RBAC}/clusterroles/acting`);
    assert.deepEqual(shown.rules[0].resourceNames, ['jane']);
    const all = { 'impersonate-user': 'jane', 'impersonate-group': 'dev', 'impersonate-uid': '7', 'impersonate-extra-scopes': 'a' };
    await waitUntil('the grant', async () => (await asRobot(all)).status === 200, { timeoutMs: 10_000 });
    for (const [header, value] of [
      ['impersonate-user', 'jill'],
      ['impersonate-group', 'ops'],
      ['impersonate-uid', '8'],
      ['impersonate-extra-scopes', 'b'],
      ['impersonate-extra-other', 'a'],
    ] as const) {
      const { status, body } = await asRobot({ ...all, [header]: value });
      assert.equal(status, 403, header);
      assert.match(body.message, /cannot impersonate/);
    }
  });

  it('constrained impersonation is the right to do one thing as somebody', async () => {
    await allow([
      { apiGroups: ['authentication.k8s.io'], resources: ['users'], resourceNames: ['june'], verbs: ['impersonate:user-info'] },
      { apiGroups: [''], resources: ['secrets'], verbs: ['impersonate-on:user-info:list'] },
    ]);
    const june = { 'impersonate-user': 'june' };
    // Taken for june, who may not.
    const acts = async () => /User "june" cannot list/.test((await asRobot(june)).body.message);
    await waitUntil('the grant', acts, { timeoutMs: 10_000 });
    assert.match((await asRobot(june, `${HOME}/secrets/same`)).body.message, /impersonate-on:user-info:get/);
    assert.equal((await asRobot({ 'impersonate-user': 'jill' })).status, 403);
  });

  it('no name leads out of the tenant', async () => {
    const { tenant, platform } = parties;
    const names = [
      'system:admin',
      'kubernetes-admin',
      'system:kube-controller-manager',
      `kubezoo:${OTHER}:admin`,
      'system:apiserver',
      'system:node:n',
    ];
    const groups = ['system:masters', 'system:nodes', `kubezoo:${OTHER}:tenant-admins`, 'kubeadm:cluster-admins'];
    const mine = (await platform.must('GET', `/api/v1/namespaces/${TENANT}-${NAMESPACE}/secrets/same`)).metadata.uid;
    for (const name of names) {
      const { username } = await whoami({ 'impersonate-user': name, 'impersonate-group': groups });
      assert.equal(username, name);
      for (const path of ['/api/v1/secrets', `${HOME}/secrets`]) {
        const { status, body } = await tenant.ask('GET', path, undefined, undefined, {
          'impersonate-user': name,
          'impersonate-group': groups,
        });
        // system:masters is bound to cluster-admin in every cluster, and so it is in this one, to the tenant's.
        assert.equal(status, 200, `${name} ${path}`);
        assert.deepEqual(
          body.items.map(({ metadata }: { metadata: { uid: string } }) => metadata.uid),
          [mine],
        );
      }
      const alone = await tenant.ask('GET', '/api/v1/secrets', undefined, undefined, {
        'impersonate-user': name,
        'impersonate-group': groups.slice(1),
      });
      assert.equal(alone.status, 403, name);
      const outside = await tenant.ask('GET', `/api/v1/namespaces/${OTHER}-${NAMESPACE}/secrets/same`, undefined, undefined, {
        'impersonate-user': name,
        'impersonate-group': groups,
      });
      assert.equal(outside.status, 404);
    }
  });

  it('what cannot be understood is refused, and never left out', async () => {
    const { tenant } = parties;
    const refused: readonly Record<string, string | readonly string[]>[] = [
      { 'impersonate-group': 'system:masters' },
      { 'impersonate-user': ['jane', 'admin'] },
      { 'impersonate-user': '' },
      { 'impersonate-user': 'jane', 'impersonate-uid': ['1', '2'] },
      { 'impersonate-user': 'jane', 'impersonate-anything': 'x' },
      { 'impersonate-user': 'jane', 'impersonate-extra-%zz': 'x' },
    ];
    for (const headers of refused) {
      const { status } = await tenant.ask('GET', `${HOME}/secrets`, undefined, undefined, headers);
      assert.equal(status, 400, JSON.stringify(headers));
    }
  });

  it('the operator of the platform impersonates nobody', async () => {
    const { code, stderr } = await parties.stack.kubectl(
      ['get', '--raw', '/apis/tenant.kubezoo.io/v1alpha1/tenants', '--as=jane'],
      'operator',
    );
    assert.notEqual(code, 0);
    assert.match(stderr, /cannot impersonate/);
  });
});
