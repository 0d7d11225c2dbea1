/** Nodes, what is placed on them, and the platform's pods: out of every tenant's reach. */
import assert from 'node:assert/strict';
import { openWatch } from '../../helpers/open-watch.ts';
import { gatherParties, type Parties } from './parties.ts';

const NAMESPACE = 'nodes';
const NODE = 'platform-node';
const POD = { metadata: { name: 'platform-pod' }, spec: { containers: [{ name: 'main', image: 'example.com/none' }] } };

describe('isolation from nodes', () => {
  let parties: Parties;

  before(async () => {
    parties = await gatherParties(NAMESPACE);
    const { platform } = parties;
    await platform.must('POST', '/api/v1/nodes', { metadata: { name: NODE } });
    await platform.must('POST', '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases', { metadata: { name: NODE } });
    await platform.must('POST', '/api/v1/namespaces/kube-system/pods', POD);
  });

  after(async () => {
    const { platform } = parties;
    await platform.ask('DELETE', `/api/v1/nodes/${NODE}`);
    await platform.ask('DELETE', `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${NODE}`);
    await platform.ask('DELETE', '/api/v1/namespaces/kube-system/pods/platform-pod?gracePeriodSeconds=0');
    await parties.close();
  });

  it('there are none to be seen, by any way of asking', async () => {
    const { tenant, platform } = parties;
    assert.match(await platform.kubectl('get nodes -o name'), /platform-node/);
    assert.equal((await tenant.kubectl('get nodes -o name')).trim(), '');
    await tenant.kubectlFails(`get node ${NODE}`, /not found/);
    assert.equal((await tenant.ask('GET', `/api/v1/nodes/${NODE}`)).status, 404);
    const watch = await openWatch(tenant.cluster, '/api/v1/nodes?resourceVersion=0');
    const seenByPlatform = await openWatch(platform.cluster, '/api/v1/nodes?resourceVersion=0');
    await platform.must('PATCH', `/api/v1/nodes/${NODE}`, { metadata: { labels: { seen: 'yes' } } }, 'application/merge-patch+json');
    await seenByPlatform.waitFor(NODE, 'MODIFIED');
    assert.deepEqual(watch.events, []);
    watch.close();
    seenByPlatform.close();
  });

  it('their proxy and their status cannot be asked for', async () => {
    for (const rest of ['proxy', 'proxy/pods', 'proxy/run/x', 'status']) {
      assert.equal((await parties.tenant.ask('GET', `/api/v1/nodes/${NODE}/${rest}`)).status, 404, rest);
    }
    assert.equal((await parties.tenant.ask('GET', `/api/v1/nodes/https:${NODE}:10250/proxy/pods`)).status, 404);
  });

  it('cordon, uncordon, drain, taint, label and debug fail, and the node stays as it was', async () => {
    const { tenant, platform } = parties;
    const path = `/api/v1/nodes/${NODE}`;
    const before = (await platform.must('GET', path)).metadata.resourceVersion;
    for (const line of [
      `cordon ${NODE}`,
      `uncordon ${NODE}`,
      `drain ${NODE} --force --timeout=5s`,
      `taint nodes ${NODE} a=b:NoSchedule`,
      `label node ${NODE} a=b`,
      `delete node ${NODE}`,
      `debug node/${NODE} --image=example.com/none`,
    ]) {
      await tenant.kubectlFails(line, /not found|forbidden/);
    }
    assert.equal((await platform.must('GET', path)).metadata.resourceVersion, before);
    await platform.kubectl(`label node ${NODE} a=b`);
  });

  it('of the platform’s leases there is nothing, of one’s own there is', async () => {
    const { tenant, platform } = parties;
    assert.match(await platform.kubectl('get leases -n kube-node-lease -o name'), /platform-node/);
    assert.doesNotMatch(await tenant.kubectl('get leases -A -o name'), /platform/);
    await tenant.kubectlFails(`get lease ${NODE} -n kube-node-lease`, /not found/);
    await tenant.must('POST', '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases', { metadata: { name: 'own' } });
    assert.match(await tenant.kubectl('get leases -n kube-node-lease -o name'), /own/);
    await tenant.must('DELETE', '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/own');
  });

  it('the platform’s pods have no logs, and nothing to be run in', async () => {
    const { tenant } = parties;
    const pod = '/api/v1/namespaces/kube-system/pods/platform-pod';
    for (const rest of ['', '/log', '/status', '/proxy/', '/exec?command=sh', '/attach', '/portforward']) {
      assert.equal((await tenant.ask('GET', pod + rest)).status, 404, rest);
    }
    await tenant.kubectlFails('logs -n kube-system platform-pod', /not found/);
    await tenant.kubectlFails('exec -n kube-system platform-pod -- sh', /not found/);
    await tenant.kubectlFails('debug -n kube-system platform-pod --image=example.com/none', /not found/);
    await tenant.must('POST', '/api/v1/namespaces/kube-system/pods', { ...POD, metadata: { name: 'own-pod' } });
    assert.equal((await tenant.ask('GET', '/api/v1/namespaces/kube-system/pods/own-pod/status')).status, 200);
    await tenant.must('DELETE', '/api/v1/namespaces/kube-system/pods/own-pod?gracePeriodSeconds=0');
  });

  it('pods are not bound to nodes by tenants', async () => {
    const { tenant, platform } = parties;
    await tenant.must('POST', `/api/v1/namespaces/${NAMESPACE}/pods`, { ...POD, metadata: { name: 'free' } });
    const binding = { metadata: { name: 'free' }, target: { kind: 'Node', name: NODE } };
    assert.equal((await tenant.ask('POST', `/api/v1/namespaces/${NAMESPACE}/pods/free/binding`, binding)).status, 403);
    assert.equal((await tenant.ask('POST', `/api/v1/namespaces/${NAMESPACE}/bindings`, binding)).status, 403);
    assert.equal((await tenant.must('GET', `/api/v1/namespaces/${NAMESPACE}/pods/free`)).spec.nodeName, undefined);
    await platform.must('POST', `/api/v1/namespaces/demo01-${NAMESPACE}/pods/free/binding`, binding);
    await platform.must('DELETE', `/api/v1/namespaces/demo01-${NAMESPACE}/pods/free?gracePeriodSeconds=0`);
  });

  it('kinds of the platform’s machinery are refused with a reason, or empty', async () => {
    const { tenant, platform } = parties;
    for (const path of [
      '/apis/storage.k8s.io/v1/volumeattachments',
      '/apis/resource.k8s.io/v1/resourceslices',
      '/apis/resource.k8s.io/v1/devicetaintrules',
      '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas',
    ]) {
      const { status, body } = await tenant.ask('GET', path);
      assert.deepEqual([status, body.reason], [403, 'Forbidden'], path);
      assert.match(body.message, / is forbidden: .{10,}/);
      assert.equal((await platform.ask('GET', path)).status, 200);
    }
    assert.deepEqual((await tenant.must('GET', '/apis/scheduling.k8s.io/v1/priorityclasses')).items, []);
    assert.equal((await platform.must('GET', '/apis/scheduling.k8s.io/v1/priorityclasses')).items.length, 2);
  });
});
