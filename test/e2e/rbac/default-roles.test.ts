/** `cluster-admin`, `admin`, `edit` and `view` of a tenant, and what aggregates into them. */
import assert from 'node:assert/strict';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { allRows } from '../../../src/translate/table/index.ts';
import { gatherParties, OTHER, type Parties, type Party, TENANT } from '../isolation/parties.ts';

const NAMESPACE = 'roles';
const ROLES = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
const BINDINGS = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
const MERGE = 'application/merge-patch+json';
const TO_VIEW = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' };

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly verbs: readonly string[];
}

/** @param allowed `group/resource` or `group/resource/subresource` */
function isRefused(allowed: string): boolean {
  const [group, resource, subresource] = allowed.split('/') as [string, string, string?];
  const row = allRows().find((candidate) => candidate.group === group && candidate.resource === resource);
  return row?.policy === 'refused' || (subresource !== undefined && row?.subresources[subresource]?.policy === 'refused');
}

describe('the default roles of a tenant', () => {
  let parties: Parties;
  before(async () => {
    parties = await gatherParties(NAMESPACE);
  });
  after(() => parties.close());

  const rulesOf = async (party: Party, role: string): Promise<readonly Rule[]> => (await party.must('GET', `${ROLES}/${role}`)).rules ?? [];
  /** `group/resource verb` of each thing that a role allows. */
  const allowedBy = async (party: Party, role: string): Promise<Set<string>> =>
    new Set(
      (await rulesOf(party, role)).flatMap(({ apiGroups = [], resources = [], verbs }) =>
        apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource} ${verb}`))),
      ),
    );
  const mentions = async (party: Party, role: string, text: string) => JSON.stringify(await rulesOf(party, role)).includes(text);

  it('allow what those of the cluster do, but for what tenants are refused', async () => {
    const { tenant, platform } = parties;
    // Upstream's controller collects an aggregated role in several steps after its parts are made, as on every new cluster.
    const isComplete = async (role: string) => {
      const own = await allowedBy(tenant, role);
      return own.size > 50 && [...(await allowedBy(platform, role))].every((one) => own.has(one) || isRefused(one.split(' ')[0]!));
    };
    for (const role of ['admin', 'edit', 'view']) {
      await waitUntil(`the tenant’s ${role} to be complete`, () => isComplete(role), { timeoutMs: 30_000 });
      const own = await allowedBy(tenant, role);
      const upstream = await allowedBy(platform, role);
      const missing = [...upstream].filter((one) => !own.has(one));
      const more = [...own].filter((one) => !upstream.has(one));
      assert.deepEqual(more, [], role);
      assert.ok(missing.includes('/bindings get'), role);
      for (const one of new Set(missing.map((allowed) => allowed.split(' ')[0]!))) assert.ok(isRefused(one), `${role}: ${one}`);
      assert.ok(own.size > 50);
    }
    assert.deepEqual(await rulesOf(tenant, 'cluster-admin'), await rulesOf(platform, 'cluster-admin'));
    const { roleRef, subjects } = await tenant.must('GET', `${BINDINGS}/cluster-admin`);
    const upstream = await platform.must('GET', `${BINDINGS}/cluster-admin`);
    assert.deepEqual({ roleRef, subjects }, { roleRef: upstream.roleRef, subjects: upstream.subjects });
  });

  it('are the tenant’s objects upstream, of which the platform’s know nothing', async () => {
    const { metadata, aggregationRule } = await parties.platform.must('GET', `${ROLES}/${TENANT}-edit`);
    assert.equal(metadata.labels['kubezoo.io/tenant'], TENANT);
    for (const key of Object.keys(metadata.labels)) assert.ok(key === 'kubezoo.io/tenant' || key.includes(`${TENANT}-`), key);
    for (const { matchLabels } of aggregationRule.clusterRoleSelectors) assert.equal(matchLabels['kubezoo.io/tenant'], TENANT);
  });

  it('collect what the tenant labels, in that tenant alone', async () => {
    const { tenant, other, platform } = parties;
    const role = (resource: string, labels: object = TO_VIEW) => ({
      metadata: { name: resource, labels },
      rules: [{ apiGroups: ['acme.example'], resources: [resource], verbs: ['get'] }],
    });
    await tenant.must('POST', ROLES, role('widgets-of-tenant'));
    await other.must('POST', ROLES, role('widgets-of-other'));
    // A chain: collected by a role of the tenant's own, which `view` collects.
    await tenant.must('POST', ROLES, role('gadgets', { 'acme.example/to-suite': 'yes' }));
    await tenant.must('POST', ROLES, {
      metadata: { name: 'suite', labels: TO_VIEW },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'acme.example/to-suite': 'yes' } }] },
    });
    try {
      const collected = async () =>
        (await mentions(tenant, 'admin', 'widgets-of-tenant')) &&
        (await mentions(tenant, 'admin', 'gadgets')) &&
        (await mentions(other, 'admin', 'widgets-of-other'));
      await waitUntil('the roles to be collected', collected, { timeoutMs: 20_000 });
      for (const name of ['view', 'edit', 'admin']) {
        assert.ok(await mentions(tenant, name, 'widgets-of-tenant'), name);
        assert.ok(!(await mentions(tenant, name, 'widgets-of-other')), name);
        assert.ok(!(await mentions(other, name, 'widgets-of-tenant')) && !(await mentions(other, name, 'gadgets')), name);
        assert.ok(!(await mentions(platform, name, 'widgets')) && !(await mentions(platform, name, 'gadgets')), name);
      }
      // Whoever has `view` in a namespace may do it there, and nowhere else.
      await tenant.kubectl(`create rolebinding viewer -n ${NAMESPACE} --clusterrole=view --user=viewer`);
      const may = async (namespace: string, group: string, resource: string): Promise<boolean> => {
        const spec = { user: 'viewer', resourceAttributes: { verb: 'get', namespace, group, resource } };
        return (await tenant.must('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', { spec })).status.allowed;
      };
      await waitUntil('the grant', () => may(NAMESPACE, 'acme.example', 'widgets-of-tenant'), { timeoutMs: 10_000 });
      assert.equal(await may('default', 'acme.example', 'widgets-of-tenant'), false);
      assert.equal(await may(NAMESPACE, '', 'secrets'), false);
    } finally {
      for (const name of ['widgets-of-tenant', 'gadgets', 'suite']) await tenant.must('DELETE', `${ROLES}/${name}`);
      await other.must('DELETE', `${ROLES}/widgets-of-other`);
    }
    await waitUntil('the rules to go again', async () => !(await mentions(tenant, 'admin', 'gadgets')), { timeoutMs: 20_000 });
  });

  it('come back when they are deleted or changed, and not where their owner keeps them', async () => {
    const { tenant, platform } = parties;
    const before = await allowedBy(tenant, 'view');
    await tenant.must('DELETE', `${ROLES}/view`);
    await tenant.must('DELETE', `${BINDINGS}/cluster-admin`);
    await tenant.must('PATCH', `${ROLES}/system:aggregate-to-edit`, { rules: [] }, MERGE);
    const isBack = async () =>
      (await tenant.ask('GET', `${ROLES}/view`)).status === 200 &&
      (await tenant.ask('GET', `${BINDINGS}/cluster-admin`)).status === 200 &&
      (await rulesOf(tenant, 'system:aggregate-to-edit')).length > 0 &&
      (await allowedBy(tenant, 'view')).size === before.size;
    await waitUntil('the roles to be back', isBack, { timeoutMs: 20_000 });
    assert.deepEqual(await allowedBy(tenant, 'view'), before);
    const kept = { metadata: { annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'false' } }, rules: [] };
    await tenant.must('PATCH', `${ROLES}/system:aggregate-to-view`, kept, MERGE);
    // Something after it that the controller does put back.
    await tenant.must('DELETE', `${BINDINGS}/cluster-admin`);
    await waitUntil('the binding to be back', async () => (await tenant.ask('GET', `${BINDINGS}/cluster-admin`)).status === 200, {
      timeoutMs: 20_000,
    });
    assert.deepEqual(await rulesOf(tenant, 'system:aggregate-to-view'), []);
    assert.ok((await rulesOf(platform, 'system:aggregate-to-view')).length > 0);
    assert.ok((await rulesOf(parties.other, 'system:aggregate-to-view')).length > 0, OTHER);
    await tenant.must('DELETE', `${ROLES}/system:aggregate-to-view`);
    await waitUntil('the role to be back', async () => (await tenant.ask('GET', `${ROLES}/system:aggregate-to-view`)).status === 200, {
      timeoutMs: 20_000,
    });
  });

  it('give nobody more than he has: bind and escalate are rights of the tenant’s own', async () => {
    const { tenant } = parties;
    const as = { 'impersonate-user': 'granter' };
    const binding = (name: string) => ({
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'friend' }],
    });
    const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${NAMESPACE}/rolebindings`;
    await tenant.kubectl(`create role granter -n ${NAMESPACE} --verb=create --resource=rolebindings.rbac.authorization.k8s.io`);
    await tenant.kubectl(`create rolebinding granter -n ${NAMESPACE} --role=granter --user=granter`);
    const bound = async (name: string) => await tenant.ask('POST', path, binding(name), undefined, as);
    await waitUntil('the grant', async () => /not currently held/.test((await bound('early')).text), { timeoutMs: 10_000 });
    await tenant.must('POST', ROLES, {
      metadata: { name: 'binder' },
      rules: [{ apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'], resourceNames: ['view'], verbs: ['bind'] }],
    });
    await tenant.kubectl('create clusterrolebinding binder --clusterrole=binder --user=granter');
    try {
      await waitUntil('the right to bind', async () => (await bound('late')).status === 201, { timeoutMs: 10_000 });
      const more = { ...binding('more'), roleRef: { ...binding('more').roleRef, name: 'edit' } };
      const { status, text } = await tenant.ask('POST', path, more, undefined, as);
      assert.equal(status, 403);
      assert.ok(!text.includes(TENANT), text);
    } finally {
      await tenant.kubectl('delete clusterrolebinding,clusterrole binder');
    }
  });
});
