/** Reviews are true: about RBAC, about what the gateway refuses by itself, and about tokens. */
import assert from 'node:assert/strict';
import { gatherParties, OTHER, type Parties, type Party, TENANT } from '../isolation/parties.ts';

const NAMESPACE = 'asking';
const HOME = `/api/v1/namespaces/${NAMESPACE}`;
const AUTHORIZATION = '/apis/authorization.k8s.io/v1';
const TOKENS = '/apis/authentication.k8s.io/v1/tokenreviews';
const WHOAMI = '/apis/authentication.k8s.io/v1/selfsubjectreviews';

describe('reviews', () => {
  let parties: Parties;
  before(async () => {
    parties = await gatherParties(NAMESPACE);
    for (const party of [parties.tenant, parties.other]) await party.must('POST', `${HOME}/serviceaccounts`, { metadata: { name: 'bot' } });
  });
  after(() => parties.close());

  const allowed = async (spec: object, kind = 'selfsubjectaccessreviews'): Promise<boolean> =>
    (await parties.tenant.must('POST', `${AUTHORIZATION}/${kind}`, { spec })).status.allowed;

  it('say what the request itself would meet', async () => {
    const { tenant } = parties;
    const requests: readonly (readonly [verb: string, resourceAttributes: object, method: string, path: string, body?: object])[] = [
      ['create', { resource: 'nodes' }, 'POST', '/api/v1/nodes', { metadata: { name: 'n' } }],
      ['list', { resource: 'nodes' }, 'GET', '/api/v1/nodes'],
      [
        'list',
        { resource: 'flowschemas', group: 'flowcontrol.apiserver.k8s.io' },
        'GET',
        '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas',
      ],
      ['list', { resource: 'volumeattachments', group: 'storage.k8s.io' }, 'GET', '/apis/storage.k8s.io/v1/volumeattachments'],
      ['create', { resource: 'bindings', namespace: NAMESPACE }, 'POST', `${HOME}/bindings`, { target: { name: 'n' } }],
      ['delete', { resource: 'namespaces', name: 'default' }, 'DELETE', '/api/v1/namespaces/default'],
      ['list', { resource: 'secrets' }, 'GET', '/api/v1/secrets'],
      [
        'get',
        { resource: 'clusterroles', group: 'rbac.authorization.k8s.io', name: 'view' },
        'GET',
        '/apis/rbac.authorization.k8s.io/v1/clusterroles/view',
      ],
      ['create', { resource: 'tokenreviews', group: 'authentication.k8s.io' }, 'POST', TOKENS, { spec: { token: 'x' } }],
    ];
    for (const [verb, resourceAttributes, method, path, body] of requests) {
      const { status } = await tenant.ask(method, path, body);
      assert.equal(await allowed({ resourceAttributes: { verb, ...resourceAttributes } }), status !== 403, `${verb} ${path}: ${status}`);
      const other = { user: 'anybody', groups: ['tenant-admins'], resourceAttributes: { verb, ...resourceAttributes } };
      assert.equal(await allowed(other, 'subjectaccessreviews'), status !== 403, `${verb} ${path}`);
    }
    for (const path of ['/version', '/healthz', '/openapi/v3']) {
      assert.equal((await tenant.ask('GET', path)).status, 200);
      assert.equal(await allowed({ nonResourceAttributes: { path, verb: 'get' } }), true, path);
    }
    assert.equal(await allowed({ nonResourceAttributes: { path: '/metrics', verb: 'get' } }), false);
  });

  it('of other tenants’ and the platform’s users cannot be asked for', async () => {
    const spec = { resourceAttributes: { verb: 'list', resource: 'secrets', namespace: 'kube-system' } };
    for (const user of ['system:kube-controller-manager', `kubezoo:${OTHER}:admin`, 'kubernetes-admin']) {
      assert.equal(
        await allowed({ ...spec, user, groups: ['system:masters-of-others', `kubezoo:${OTHER}:tenant-admins`] }, 'subjectaccessreviews'),
        false,
      );
    }
    // All authenticated users of a cluster may ask about themselves, and the tenant's are such users.
    const basic = { resourceAttributes: { verb: 'create', group: 'authorization.k8s.io', resource: 'selfsubjectaccessreviews' } };
    assert.equal(await allowed({ ...basic, user: 'x', groups: ['system:authenticated'] }, 'subjectaccessreviews'), true);
    assert.equal(await allowed({ ...basic, user: 'x' }, 'subjectaccessreviews'), false);
  });

  it('are made by the caller’s own right', async () => {
    const limited = await parties.user(TENANT, 'limited', []);
    const { status, text } = await limited.ask('POST', TOKENS, { spec: { token: 'x' } });
    assert.equal(status, 403);
    assert.ok(text.includes('User \\"limited\\" cannot create resource \\"tokenreviews\\"') && !text.includes(TENANT), text);
    assert.equal((await limited.ask('POST', `${AUTHORIZATION}/subjectaccessreviews`, { spec: {} })).status, 403);
    assert.equal((await limited.ask('POST', WHOAMI, {})).status, 201);
  });

  it('of tokens know the tenant’s own ServiceAccounts, and nobody else', async () => {
    const { tenant, other, platform } = parties;
    const tokenOf = async (party: Party, path = `${HOME}/serviceaccounts/bot/token`, spec: object = {}) =>
      (await party.must('POST', path, { spec })).status.token as string;
    const review = async (token: string, audiences?: readonly string[]) =>
      await tenant.must('POST', TOKENS, { spec: { token, ...(audiences && { audiences }) } });
    const own = await tokenOf(tenant);
    const { status, spec } = await review(own);
    const { metadata } = await tenant.must('GET', `${HOME}/serviceaccounts/bot`);
    assert.equal(spec.token, own);
    assert.equal(status.authenticated, true);
    assert.equal(status.user.username, `system:serviceaccount:${NAMESPACE}:bot`);
    assert.equal(status.user.uid, metadata.uid);
    assert.deepEqual(status.user.groups, ['system:serviceaccounts', `system:serviceaccounts:${NAMESPACE}`, 'system:authenticated']);
    const unknown = (await review('no.such.token')).status;
    // As upstream words it.
    assert.deepEqual(unknown, (await platform.must('POST', TOKENS, { spec: { token: 'no.such.token' } })).status);
    const foreign = [
      await tokenOf(other),
      await tokenOf(platform, '/api/v1/namespaces/kube-system/serviceaccounts/generic-garbage-collector/token'),
      await tokenOf(platform, `/api/v1/namespaces/${OTHER}-${NAMESPACE}/serviceaccounts/bot/token`),
    ];
    for (const token of foreign) {
      assert.equal((await platform.must('POST', TOKENS, { spec: { token } })).status.authenticated, true);
      assert.deepEqual((await review(token)).status, unknown);
    }
    const elsewhere = await tokenOf(tenant, undefined, { audiences: ['vault'] });
    assert.equal((await review(elsewhere)).status.authenticated, undefined);
    const there = (await review(elsewhere, ['vault', 'other'])).status;
    assert.equal(there.authenticated, true);
    assert.deepEqual(there.audiences, ['vault']);
  });

  it('say who one is: a token’s user has its uid, its pod and its token’s id', async () => {
    const { tenant } = parties;
    const pod = { metadata: { name: 'holder' }, spec: { serviceAccountName: 'bot', containers: [{ name: 'c', image: 'i' }] } };
    const { metadata } = await tenant.must('POST', `${HOME}/pods`, pod);
    const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'holder', uid: metadata.uid };
    const { status } = await tenant.must('POST', `${HOME}/serviceaccounts/bot/token`, { spec: { boundObjectRef } });
    const { userInfo } = (await parties.bearer(status.token, 'gateway').must('POST', WHOAMI, {})).status;
    const account = await tenant.must('GET', `${HOME}/serviceaccounts/bot`);
    assert.equal(userInfo.uid, account.metadata.uid);
    assert.deepEqual(userInfo.extra['authentication.kubernetes.io/pod-name'], ['holder']);
    assert.deepEqual(userInfo.extra['authentication.kubernetes.io/pod-uid'], [metadata.uid]);
    assert.match(userInfo.extra['authentication.kubernetes.io/credential-id'][0], /^JTI=/);
  });

  it('list rules in the tenant’s names', async () => {
    const listed = await parties.tenant.kubectl('auth can-i --list --as=x --as-group=system:masters');
    assert.match(listed, /^\*\.\* +\[\] +\[\] +\[\*\]$/m);
    await parties.tenant.kubectl(`create clusterrole lister --verb=* --resource=nodes,pods,namespaces --resource-name=${NAMESPACE}`);
    await parties.tenant.kubectl('create clusterrolebinding lister --clusterrole=lister --user=lister');
    try {
      const rules = await parties.tenant.kubectl(`auth can-i --list -n ${NAMESPACE} --as=lister`);
      assert.match(rules, /^nodes +\[\] +\[asking\] +\[get list watch\]$/m);
      assert.match(rules, /^pods +\[\] +\[asking\] +\[\*\]$/m);
      assert.ok(!rules.includes(TENANT), rules);
    } finally {
      await parties.tenant.kubectl('delete clusterrolebinding,clusterrole lister');
    }
  });
});
