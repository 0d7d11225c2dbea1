/** A tenant that is being deleted, and what is left of it. */
import assert from 'node:assert/strict';
import { readKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { makeTenant } from '../../helpers/make-tenant.ts';
import { openWatch } from '../../helpers/open-watch.ts';
import { gatherParties, type Parties } from './parties.ts';

const LEAVING = 'leave1';
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const STUCK = `/api/v1/namespaces/${LEAVING}-default/configmaps/stuck`;

describe('isolation of a deleted tenant', () => {
  let parties: Parties;

  before(async () => {
    parties = await gatherParties('deletion');
  });
  after(() => parties.close());

  it('it may write nothing while it is being deleted, and is nobody afterwards', async () => {
    const { stack, platform } = parties;
    await makeTenant(stack, LEAVING);
    const leaving = parties.party(readKubeconfig(stack.kubeconfig({ tenant: LEAVING })));
    await leaving.must('POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles', { metadata: { name: 'left' }, rules: [] });
    await leaving.must('POST', '/api/v1/namespaces', { metadata: { name: 'left' } });
    const tokenPath = '/api/v1/namespaces/default/serviceaccounts/robot/token';
    await leaving.must('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'robot' } });
    const robot = parties.bearer((await leaving.must('POST', tokenPath, { spec: {} })).status.token, 'gateway');
    assert.equal((await robot.ask('GET', CONFIG_MAPS)).status, 403);
    // Holds its namespace up, so that the deletion can be looked at.
    await leaving.must('POST', CONFIG_MAPS, { metadata: { name: 'stuck', finalizers: ['example.com/hold'] } });

    await stack.mustKubectl(['delete', 'tenant', LEAVING, '--wait=false'], 'operator');
    const refused = async () => (await leaving.ask('POST', CONFIG_MAPS, { metadata: { generateName: 'late-' } })).status === 403;
    await waitUntil('writes to be refused', refused, { timeoutMs: 10_000 });
    for (const [method, path, body] of [
      ['POST', '/api/v1/namespaces', { metadata: { name: 'late' } }],
      ['POST', tokenPath, { spec: {} }],
      ['PUT', `${CONFIG_MAPS}/stuck`, { metadata: { name: 'stuck' } }],
      ['DELETE', `${CONFIG_MAPS}/stuck`, undefined],
    ] as const) {
      const { status, body: answer } = await leaving.ask(method, path, body);
      assert.equal(status, 403);
      assert.match(answer.message, /the tenant is being deleted/);
    }
    assert.equal((await platform.must('GET', STUCK)).metadata.name, 'stuck');
    await platform.must('PATCH', STUCK, { metadata: { finalizers: null } }, 'application/merge-patch+json');
    await stack.mustKubectl(['wait', '--for=delete', `tenant/${LEAVING}`, '--timeout=60s'], 'operator');

    const nobody = async () => (await leaving.ask('GET', '/api/v1/namespaces')).status === 401;
    await waitUntil('401', nobody, { timeoutMs: 5000 });
    for (const path of ['/version', '/api', CONFIG_MAPS, `${CONFIG_MAPS}?watch=true`])
      assert.equal((await leaving.ask('GET', path)).status, 401, path);
    assert.equal((await robot.ask('GET', CONFIG_MAPS)).status, 401);
    const names = await platform.kubectl('get namespaces,clusterroles,clusterrolebindings,persistentvolumes -o name');
    assert.doesNotMatch(names, new RegExp(LEAVING));
    assert.equal((await parties.tenant.ask('GET', '/api/v1/namespaces')).status, 200);
  });

  it('a watch that it holds open ends with it, before the id can be another’s', async () => {
    const { stack, platform } = parties;
    await makeTenant(stack, LEAVING);
    const watch = await openWatch(readKubeconfig(stack.kubeconfig({ tenant: LEAVING })), '/api/v1/configmaps');
    const others = await openWatch(parties.tenant.cluster, '/api/v1/configmaps');
    await platform.must('POST', `/api/v1/namespaces/${LEAVING}-default/configmaps`, { metadata: { name: 'before' } });
    await watch.waitFor('before');
    await stack.mustKubectl(['delete', 'tenant', LEAVING, '--timeout=60s'], 'operator');
    await waitUntil('the watch to end', watch.isOver, { timeoutMs: 5000 });
    await platform.must('POST', '/api/v1/namespaces', { metadata: { name: `${LEAVING}-after` } });
    await platform.must('POST', `/api/v1/namespaces/${LEAVING}-after/configmaps`, { metadata: { name: 'after' } });
    await parties.tenant.must('POST', CONFIG_MAPS, { metadata: { name: 'later' } });
    await others.waitFor('later');
    assert.ok(!watch.events.some(({ object }) => object.metadata.name === 'after'));
    assert.ok(!others.isOver());
    others.close();
    await platform.must('DELETE', `/api/v1/namespaces/${LEAVING}-after`);
    // While it is there nobody can get the id.
    await platform.kubectl(`wait --for=delete namespace/${LEAVING}-after --timeout=30s`);
    await parties.tenant.must('DELETE', `${CONFIG_MAPS}/later`);
  });

  it('its certificate is nobody’s although another tenant has got the id', async () => {
    const { stack } = parties;
    await makeTenant(stack, LEAVING);
    const former = parties.party(readKubeconfig(stack.kubeconfig({ tenant: LEAVING })));
    assert.equal((await former.ask('GET', CONFIG_MAPS)).status, 200);
    await stack.mustKubectl(['delete', 'tenant', LEAVING, '--timeout=60s'], 'operator');
    await makeTenant(stack, LEAVING);
    const present = parties.party(readKubeconfig(stack.kubeconfig({ tenant: LEAVING })));
    assert.equal((await present.ask('GET', CONFIG_MAPS)).status, 200);
    assert.equal((await former.ask('GET', CONFIG_MAPS)).status, 401);
    await stack.mustKubectl(['delete', 'tenant', LEAVING, '--timeout=60s'], 'operator');
  });
});
