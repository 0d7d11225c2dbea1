/** What the platform keeps in a tenant's objects: translated where it refers, out of sight and out of reach where it is the platform's. */
import assert from 'node:assert/strict';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { gatherParties, OTHER, type Parties, TENANT } from './parties.ts';

const NAMESPACE = 'leaks';
const HOME = `/api/v1/namespaces/${NAMESPACE}`;
const ROLES = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const LABEL = 'kubezoo.io/tenant';
const MERGE = 'application/merge-patch+json';

describe('isolation of what objects say', () => {
  let parties: Parties;

  before(async () => {
    parties = await gatherParties(NAMESPACE);
  });
  after(() => parties.close());

  it('the last applied configuration has upstream’s names upstream, and the tenant’s here', async () => {
    const { tenant, platform } = parties;
    const binding = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'applied', namespace: NAMESPACE },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'ServiceAccount', name: 'robot', namespace: NAMESPACE }],
    };
    await tenant.kubectl('apply -f -', JSON.stringify(binding));
    const path = `namespaces/${NAMESPACE}/rolebindings/applied`;
    const read = async (party: typeof tenant, at: string) => {
      const object = await party.must('GET', `/apis/rbac.authorization.k8s.io/v1/${at}`);
      return JSON.parse(object.metadata.annotations[LAST_APPLIED]);
    };
    const shown = await read(tenant, path);
    assert.deepEqual(shown, { ...binding, metadata: { ...binding.metadata, annotations: {} } });
    const stored = await read(platform, path.replace(NAMESPACE, `${TENANT}-${NAMESPACE}`));
    assert.deepEqual([stored.metadata.namespace, stored.roleRef.name], [`${TENANT}-${NAMESPACE}`, `${TENANT}-view`]);
    assert.equal(stored.subjects[0].name, `kubezoo:${TENANT}:system:serviceaccount:${NAMESPACE}:robot`);
    // And so applying the same again changes nothing.
    assert.match(await tenant.kubectl('apply -f -', JSON.stringify(binding)), /unchanged/);
  });

  it('an owner is the tenant’s own object of that name, and its dependents go with it', async () => {
    const { tenant, platform } = parties;
    const owner = await tenant.must('POST', ROLES, { metadata: { name: 'owner' }, rules: [] });
    const ownerReferences = [{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'owner', uid: owner.metadata.uid }];
    await tenant.must('POST', `${HOME}/configmaps`, { metadata: { name: 'owned', ownerReferences } });
    assert.deepEqual((await tenant.must('GET', `${HOME}/configmaps/owned`)).metadata.ownerReferences, ownerReferences);
    const stored = await platform.must('GET', `/api/v1/namespaces/${TENANT}-${NAMESPACE}/configmaps/owned`);
    assert.equal(stored.metadata.ownerReferences[0].name, `${TENANT}-owner`);
    await tenant.must('DELETE', `${ROLES}/owner`);
    await waitUntil('the collector', async () => (await tenant.ask('GET', `${HOME}/configmaps/owned`)).status === 404, {
      timeoutMs: 30_000,
    });
  });

  it('managed fields hold nothing of the platform’s', async () => {
    const { tenant, platform } = parties;
    await tenant.kubectl(`label namespace ${NAMESPACE} colour=blue`);
    const shown = await tenant.kubectl(`get namespace ${NAMESPACE} -o yaml --show-managed-fields`);
    assert.match(shown, /f:colour/);
    assert.doesNotMatch(shown, /kubezoo\.io|demo0/);
    assert.match(await platform.kubectl(`get namespace ${TENANT}-${NAMESPACE} -o yaml --show-managed-fields`), /f:kubezoo\.io\/tenant/);
  });

  it('the platform’s label stays on a namespace, whatever the tenant does to it', async () => {
    const { tenant, platform } = parties;
    const path = `/api/v1/namespaces/${NAMESPACE}`;
    const stored = async () => (await platform.must('GET', `/api/v1/namespaces/${TENANT}-${NAMESPACE}`)).metadata.labels[LABEL];
    const attempts: readonly (readonly [string, unknown, string?])[] = [
      ['PATCH', { metadata: { labels: { [LABEL]: OTHER } } }, MERGE],
      ['PATCH', { metadata: { labels: { [LABEL]: null } } }, MERGE],
      ['PATCH', { metadata: { labels: null } }, MERGE],
      ['PATCH', { metadata: { labels: { $patch: 'replace', colour: 'red' } } }, 'application/strategic-merge-patch+json'],
      ['PATCH', [{ op: 'remove', path: `/metadata/labels/${LABEL.replace('/', '~1')}` }], 'application/json-patch+json'],
      ['PATCH', [{ op: 'replace', path: `/metadata/labels/${LABEL.replace('/', '~1')}`, value: OTHER }], 'application/json-patch+json'],
      ['PATCH', [{ op: 'remove', path: '/metadata/labels' }], 'application/json-patch+json'],
      ['PATCH', [{ op: 'replace', path: '/metadata', value: { name: NAMESPACE } }], 'application/json-patch+json'],
      ['PUT', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels: { [LABEL]: OTHER } } }],
      ['PUT', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } }],
    ];
    for (const [method, body, contentType] of attempts) {
      const { status, text } = await tenant.ask(method, path, body, contentType);
      assert.equal(await stored(), TENANT, `${method} ${JSON.stringify(body)}`);
      // An error may repeat what was asked for.
      assert.doesNotMatch(text, status === 200 ? /demo0|kubezoo\.io/ : /demo01/, `${method} ${JSON.stringify(body)}: ${text}`);
    }
    await tenant.must('PATCH', path, { metadata: { labels: { colour: 'green' } } }, MERGE);
    assert.equal((await platform.must('GET', `/api/v1/namespaces/${TENANT}-${NAMESPACE}`)).metadata.labels.colour, 'green');
    await tenant.must('POST', '/api/v1/namespaces', { metadata: { name: 'labelled', labels: { [LABEL]: OTHER } } });
    assert.equal((await platform.must('GET', `/api/v1/namespaces/${TENANT}-labelled`)).metadata.labels[LABEL], TENANT);
    assert.equal((await platform.ask('GET', `/api/v1/namespaces/${OTHER}-labelled`)).status, 404);
    await tenant.must('DELETE', '/api/v1/namespaces/labelled');
  });

  it('no list, in whatever form, holds a prefix or the gateway’s names', async () => {
    const { tenant, platform } = parties;
    await tenant.kubectl(`create deployment web --image=example.com/none -n ${NAMESPACE}`);
    await tenant.kubectl(`expose deployment web --port=80 -n ${NAMESPACE}`);
    await tenant.kubectl('create clusterrole listed --verb=get --resource=pods');
    await tenant.kubectl('create clusterrolebinding listed --clusterrole=listed --serviceaccount=default:default');
    const pods = async () => (await tenant.must('GET', `${HOME}/pods`)).items.length > 0;
    await waitUntil('the ReplicaSet’s pod', pods, { timeoutMs: 20_000 });
    const kinds = (await tenant.kubectl('api-resources --verbs=list -o name')).trim().split('\n');
    assert.ok(kinds.length > 20, kinds.join());
    for (const output of ['json', 'wide']) {
      const text = await tenant.kubectl(`get ${kinds.join(',')} -A -o ${output} --show-managed-fields=${output === 'json'}`);
      assert.ok(text.length > 1000);
      // The test's own user agent, as the field manager of what it wrote.
      const said = text.replaceAll('"manager": "kubezoo"', '').match(/.{0,80}(demo0|kubezoo).{0,80}/g);
      assert.equal(said, null);
    }
    assert.match(await platform.kubectl(`get pods,services,clusterrolebindings -A -o json`), /demo01-leaks/);
    await tenant.must('DELETE', `${ROLES}/listed`);
    await tenant.must('DELETE', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/listed');
  });
});
