/** What tenants grant: real inside the tenant, nothing to anybody outside of it. */
import assert from 'node:assert/strict';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { gatherParties, OTHER, type Parties, type Party, TENANT } from './parties.ts';

const NAMESPACE = 'grants';
const HOME = `/api/v1/namespaces/${NAMESPACE}`;
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const AUTHORIZATION = '/apis/authorization.k8s.io/v1';
const API_GROUP = 'rbac.authorization.k8s.io';
const EVERYTHING = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
const role = (kind: 'Role' | 'ClusterRole', name: string) => ({ apiGroup: API_GROUP, kind, name });
const subject = (kind: 'User' | 'Group', name: string) => ({ apiGroup: API_GROUP, kind, name });

/** A group without a user is that of somebody. */
const somebodyIn = (group: string) => ({ named: subject('Group', group), as: { user: 'somebody', groups: [group] } });
const user = (name: string) => ({ named: subject('User', name), as: { user: name } });

/** Whom a binding of the tenant's names: whatever they may upstream, they may no more of it after. */
const OUTSIDERS: readonly {
  readonly named: ReturnType<typeof subject>;
  readonly as: { readonly user: string; readonly groups?: readonly string[] };
}[] = [
  somebodyIn('system:authenticated'),
  somebodyIn('system:unauthenticated'),
  somebodyIn('system:serviceaccounts'),
  somebodyIn(`kubezoo:${OTHER}:developers`),
  user('system:anonymous'),
  user('kubernetes-admin'),
  user('system:kube-scheduler'),
  user('system:kube-controller-manager'),
  user('system:serviceaccount:kube-system:default'),
  user(`kubezoo:${OTHER}:jane`),
];

describe('isolation of grants', () => {
  let parties: Parties;
  /** A user of the tenant whom nobody has granted anything. */
  let limited: Party;

  before(async () => {
    parties = await gatherParties(NAMESPACE);
    limited = await parties.user(TENANT, 'limited', ['developers']);
    for (const party of [parties.tenant, parties.other]) {
      await party.must('POST', `${HOME}/secrets`, { metadata: { name: 'same' } });
      await party.must('POST', `${RBAC}/clusterroles`, { metadata: { name: 'everything' }, rules: EVERYTHING });
    }
  });

  afterEach(async () => {
    for (const binding of ['everything', 'grabs', 'dangling']) await parties.tenant.ask('DELETE', `${RBAC}/clusterrolebindings/${binding}`);
    await waitUntil('no grant', async () => (await limited.ask('GET', '/api/v1/secrets')).status === 403, { timeoutMs: 10_000 });
  });

  after(async () => {
    for (const party of [parties.tenant, parties.other]) await party.ask('DELETE', `${RBAC}/clusterroles/everything`);
    await parties.close();
  });

  const bind = (name: string, subjects: readonly object[], clusterRole = 'everything') =>
    parties.tenant.must('POST', `${RBAC}/clusterrolebindings`, { metadata: { name }, roleRef: role('ClusterRole', clusterRole), subjects });
  const granted = () =>
    waitUntil('the grant', async () => (await limited.ask('GET', '/api/v1/secrets')).status === 200, { timeoutMs: 10_000 });
  const canI = async (line: string) => (await parties.stack.kubectl(`auth can-i ${line}`.split(' '), 'upstream')).stdout.trim();
  const review = async (spec: object, by: Party = parties.tenant, kind = 'subjectaccessreviews'): Promise<boolean> =>
    (await by.must('POST', `${AUTHORIZATION}/${kind}`, { spec })).status.allowed;

  it('*/* in a ClusterRoleBinding is all of the tenant, and only that', async () => {
    const resourceAttributes = { resource: 'secrets', verb: 'list' };
    assert.equal((await limited.ask('GET', `${HOME}/secrets`)).status, 403);
    assert.equal(await review({ resourceAttributes }, limited, 'selfsubjectaccessreviews'), false);
    await bind('everything', [subject('User', 'limited')]);
    await granted();
    assert.equal(await review({ resourceAttributes }, limited, 'selfsubjectaccessreviews'), true);
    const own = await limited.must('GET', '/api/v1/secrets');
    assert.deepEqual(
      own.items
        .map(({ metadata }: { metadata: object }) => metadata)
        .map((metadata: { namespace: string; name: string }) => `${metadata.namespace}/${metadata.name}`),
      [`${NAMESPACE}/same`],
    );
    for (const namespace of [`${OTHER}-${NAMESPACE}`, 'kube-node-lease']) {
      assert.equal((await limited.ask('GET', `/api/v1/namespaces/${namespace}/secrets/same`)).status, 404);
    }
    // Of that name there is the tenant's own.
    assert.equal((await limited.must('GET', `${RBAC}/clusterroles/cluster-admin`)).metadata.name, 'cluster-admin');
    assert.equal((await limited.ask('GET', `${RBAC}/clusterroles/system:node`)).status, 404);
    assert.equal((await limited.ask('GET', '/apis/storage.k8s.io/v1/volumeattachments')).status, 403);
    assert.equal((await limited.ask('GET', '/metrics')).status, 404);
    assert.deepEqual((await limited.must('GET', '/api/v1/nodes')).items, []);
  });

  it('whoever outside is named in a binding gets nothing', async () => {
    // What none of them has by itself.
    const questions = [
      { group: API_GROUP, resource: 'clusterrolebindings', verb: 'create' },
      { group: API_GROUP, resource: 'clusterroles', verb: 'escalate' },
      { resource: 'users', verb: 'impersonate' },
      { resource: 'nodes', subresource: 'proxy', verb: 'create' },
    ];
    const may = (as: object) => Promise.all(questions.map((resourceAttributes) => review({ ...as, resourceAttributes }, parties.platform)));
    const none = questions.map(() => false);
    for (const { as } of OUTSIDERS) assert.deepEqual(await may(as), none, JSON.stringify(as));
    await bind('everything', [...OUTSIDERS.map(({ named }) => named), subject('Group', 'system:masters'), subject('User', 'limited')]);
    await granted();
    for (const { as } of OUTSIDERS) assert.deepEqual(await may(as), none, JSON.stringify(as));
    assert.deepEqual(
      await may({ user: `kubezoo:${TENANT}:limited` }),
      questions.map(() => true),
    );
    assert.equal(await canI('create clusterrolebindings --as=somebody --as-group=system:authenticated'), 'no');
    assert.equal(await canI(`create clusterrolebindings --as=kubezoo:${TENANT}:limited`), 'yes');
    const jane = await parties.user(OTHER, 'jane', ['developers']);
    assert.equal((await jane.ask('GET', '/api/v1/secrets')).status, 403);
  });

  it('upstream such a binding names the tenant’s own identities only, however it was written', async () => {
    const { tenant, platform } = parties;
    const path = `${RBAC}/clusterrolebindings/grabs`;
    const masters = subject('Group', 'system:masters');
    const admin = { kind: 'ServiceAccount', name: 'default', namespace: 'kube-system' };
    await bind('grabs', [masters, admin]);
    const writes = [
      () =>
        tenant.must(
          'PATCH',
          path,
          [{ op: 'add', path: '/subjects/-', value: subject('User', 'system:admin') }],
          'application/json-patch+json',
        ),
      () => tenant.must('PATCH', path, { subjects: [masters, admin, subject('User', 'kubernetes-admin')] }, 'application/merge-patch+json'),
      () => tenant.must('PATCH', path, { subjects: [masters, admin] }, 'application/strategic-merge-patch+json'),
      async () => {
        const binding = await tenant.must('GET', path);
        await tenant.must('PUT', path, { ...binding, subjects: [...binding.subjects, subject('Group', `kubezoo:${OTHER}:tenant-admins`)] });
      },
      () =>
        tenant.kubectl(
          'apply --server-side --force-conflicts -f -',
          JSON.stringify({
            apiVersion: 'rbac.authorization.k8s.io/v1',
            kind: 'ClusterRoleBinding',
            metadata: { name: 'grabs' },
            roleRef: role('ClusterRole', 'everything'),
            subjects: [subject('User', 'system:kube-scheduler'), admin],
          }),
        ),
    ];
    for (const write of writes) {
      await write();
      const stored = await platform.must('GET', `${RBAC}/clusterrolebindings/${TENANT}-grabs`);
      assert.equal(stored.roleRef.name, `${TENANT}-everything`);
      assert.ok(stored.subjects.length >= 2);
      for (const { kind, name } of stored.subjects) {
        assert.ok(kind === 'User' || kind === 'Group', kind);
        assert.ok(name.startsWith(`kubezoo:${TENANT}:`), name);
      }
      const shown = JSON.stringify((await tenant.must('GET', path)).subjects);
      assert.ok(!shown.includes(`kubezoo:${TENANT}`) && shown.includes('"namespace":"kube-system"'), shown);
    }
  });

  it('the platform’s ClusterRoles cannot be bound, taken over or deleted', async () => {
    const { tenant, platform } = parties;
    const before = (await platform.must('GET', `${RBAC}/clusterroles/cluster-admin`)).metadata.resourceVersion;
    await bind('dangling', [subject('User', 'limited')], 'system:kube-controller-manager');
    await tenant.must('POST', `${HOME}/configmaps`, { metadata: { name: 'admin' } });
    for (const name of ['system:kube-controller-manager', 'system:node', 'kubezoo:tenant']) {
      assert.equal((await tenant.ask('DELETE', `${RBAC}/clusterroles/${name}`)).status, 404, name);
      const patch = { rules: EVERYTHING };
      assert.equal((await tenant.ask('PATCH', `${RBAC}/clusterroles/${name}`, patch, 'application/merge-patch+json')).status, 404, name);
    }
    assert.equal((await limited.ask('GET', '/api/v1/secrets')).status, 403);
    // A role of that name is the tenant's own, and the binding is to that.
    await tenant.must('POST', `${RBAC}/clusterroles`, { metadata: { name: 'system:kube-controller-manager' }, rules: EVERYTHING });
    await granted();
    await tenant.must('DELETE', `${RBAC}/clusterroles/system:kube-controller-manager`);
    // So is this one, which every tenant has: what is done to it is done to no other.
    await tenant.must('PATCH', `${RBAC}/clusterroles/cluster-admin`, { rules: [] }, 'application/merge-patch+json');
    await tenant.must('DELETE', `${RBAC}/clusterroles/cluster-admin`);
    assert.equal((await platform.must('GET', `${RBAC}/clusterroles/cluster-admin`)).metadata.resourceVersion, before);
  });

  it('aggregation neither collects from, nor adds to, the platform’s roles', async () => {
    const { tenant, platform } = parties;
    const rules = (resource: string) => [{ apiGroups: ['aggregated.example'], resources: [resource], verbs: ['get'] }];
    // Upstream's own roles select by the first, a role of the platform's here by the second.
    const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true', 'platform.example/collected': 'yes' };
    const selecting = (name: string) => ({
      metadata: { name },
      aggregationRule: { clusterRoleSelectors: Object.entries(labels).map(([key, value]) => ({ matchLabels: { [key]: value } })) },
    });
    await platform.must('POST', `${RBAC}/clusterroles`, selecting('collects'));
    await tenant.must('POST', `${RBAC}/clusterroles`, selecting('collects'));
    await tenant.must('POST', `${RBAC}/clusterroles`, { metadata: { name: 'of-tenant', labels }, rules: rules('of-tenant') });
    await platform.must('POST', `${RBAC}/clusterroles`, { metadata: { name: 'of-platform', labels }, rules: rules('of-platform') });
    try {
      const rulesOf = async (party: Party, name: string) => JSON.stringify((await party.must('GET', `${RBAC}/clusterroles/${name}`)).rules);
      const collected = async () =>
        (await rulesOf(platform, 'view')).includes('of-platform') &&
        (await rulesOf(platform, 'collects')).includes('of-platform') &&
        (await rulesOf(tenant, 'collects')).includes('of-tenant');
      await waitUntil('each to collect its own', collected, { timeoutMs: 20_000 });
      for (const name of ['view', 'edit', 'admin', 'collects']) assert.ok(!(await rulesOf(platform, name)).includes('of-tenant'), name);
      for (const name of ['view', 'collects']) assert.ok(!(await rulesOf(tenant, name)).includes('of-platform'), name);
      const shown = await tenant.must('GET', `${RBAC}/clusterroles/of-tenant`);
      assert.deepEqual(shown.metadata.labels, labels);
    } finally {
      for (const name of ['of-platform', 'collects']) await platform.must('DELETE', `${RBAC}/clusterroles/${name}`);
      for (const name of ['of-tenant', 'collects']) await tenant.must('DELETE', `${RBAC}/clusterroles/${name}`);
    }
  });

  it('reviews are about the tenant’s own namesakes of the platform’s users', async () => {
    const resourceAttributes = { resource: 'secrets', verb: 'list', namespace: 'kube-system' };
    const platformUser = { user: 'system:kube-controller-manager', groups: ['system:kube-controllers'] };
    assert.equal(await canI('list secrets -n kube-system --as=system:kube-controller-manager'), 'yes');
    assert.equal(await review({ ...platformUser, resourceAttributes }), false);
    assert.equal(await review({ user: 'admin', groups: ['tenant-admins'], resourceAttributes }), true);
    await bind('everything', [subject('User', 'system:kube-controller-manager'), subject('User', 'limited')]);
    await granted();
    assert.equal(await review({ ...platformUser, resourceAttributes }), true);
    const local = { ...platformUser, resourceAttributes: { ...resourceAttributes, namespace: NAMESPACE } };
    const answer = await parties.tenant.must('POST', `${AUTHORIZATION}/namespaces/${NAMESPACE}/localsubjectaccessreviews`, {
      metadata: { namespace: NAMESPACE },
      spec: local,
    });
    assert.equal(answer.status.allowed, true);
    assert.ok(!JSON.stringify(answer).includes(TENANT));
  });

  it('a RoleBinding holds in its namespace alone, and nobody grants what he has not', async () => {
    const { tenant } = parties;
    const roles = `${RBAC}/namespaces/${NAMESPACE}`;
    const rules = [
      { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list'] },
      { apiGroups: [API_GROUP], resources: ['roles', 'rolebindings'], verbs: ['create'] },
    ];
    await tenant.must('POST', `${roles}/roles`, { metadata: { name: 'some' }, rules });
    await tenant.must('POST', `${roles}/rolebindings`, {
      metadata: { name: 'some' },
      roleRef: role('Role', 'some'),
      subjects: [subject('Group', 'developers')],
    });
    await waitUntil('the grant', async () => (await limited.ask('GET', `${HOME}/secrets`)).status === 200, { timeoutMs: 10_000 });
    assert.equal((await limited.ask('GET', '/api/v1/namespaces/default/secrets')).status, 403);
    assert.equal((await limited.ask('GET', '/api/v1/secrets')).status, 403);
    const more = await limited.ask('POST', `${roles}/roles`, { metadata: { name: 'more' }, rules: EVERYTHING });
    assert.equal(more.status, 403);
    assert.match(more.body.message, /attempting to grant RBAC permissions not currently held/);
    assert.ok(!more.text.includes(TENANT), more.text);
    const steal = { metadata: { name: 'steal' }, roleRef: role('ClusterRole', 'everything'), subjects: [subject('User', 'limited')] };
    assert.equal((await limited.ask('POST', `${roles}/rolebindings`, steal)).status, 403);
    assert.equal((await tenant.ask('POST', `${roles}/rolebindings`, { ...steal, metadata: { name: 'by-admin' } })).status, 201);
  });
});
