/** As kube-apiserver counts: see k8s.io/kubernetes/pkg/quota/v1/evaluator/core. */
import assert from 'node:assert/strict';
import { showAmounts } from '../../../src/quota/amounts.ts';
import { needOf, usageOf } from '../../../src/quota/usage-of.ts';

const shown = (group: string, resource: string, object: unknown) => showAmounts(usageOf(group, resource, object));
const needed = (group: string, resource: string, object: unknown, before: unknown) => showAmounts(needOf(group, resource, object, before));
const container = (requests: object, limits: object = {}, more: object = {}) => ({ resources: { requests, limits }, ...more });

describe('what an object counts for', () => {
  it('any kind is one of its resource', () => {
    assert.deepEqual(shown('apps', 'deployments', {}), { 'count/deployments.apps': '1' });
    assert.deepEqual(shown('', 'secrets', {}), { 'count/secrets': '1', secrets: '1' });
    assert.deepEqual(shown('acme.io', 'pods', {}), { 'count/pods.acme.io': '1' });
  });

  it('containers add up, of init containers the largest counts, side-cars run beside both', () => {
    const spec = {
      containers: [container({ cpu: '100m', memory: '1Gi' }, { memory: '2Gi' }), container({ cpu: '200m' })],
      initContainers: [
        container({ cpu: '50m' }, {}, { restartPolicy: 'Always' }),
        container({ cpu: '1', 'example.com/gpu': '2' }, { cpu: '2' }),
      ],
      overhead: { cpu: '10m', memory: '1Mi' },
    };
    assert.deepEqual(shown('', 'pods', { spec }), {
      'count/pods': '1',
      pods: '1',
      cpu: '1060m',
      'requests.cpu': '1060m',
      memory: '1025Mi',
      'requests.memory': '1025Mi',
      'limits.memory': '2049Mi',
      'limits.cpu': '2010m',
      'requests.example.com/gpu': '2',
    });
  });

  it('resources of the pod as a whole go before its containers’', () => {
    const spec = { containers: [container({ cpu: '3' }, { cpu: '4' })], resources: { requests: { cpu: '1' }, limits: { cpu: '2' } } };
    const usage = shown('', 'pods', { spec });
    assert.deepEqual([usage['requests.cpu'], usage['limits.cpu']], ['1', '2']);
  });

  it('a pod that has ended counts as an object alone', () => {
    assert.deepEqual(shown('', 'pods', { spec: { containers: [container({ cpu: '1' })] }, status: { phase: 'Succeeded' } }), {
      'count/pods': '1',
    });
  });

  it('a Service counts the ports that nodes are to open', () => {
    const ports = [{ port: 1 }, { port: 2, nodePort: 30001 }];
    const of = (spec: object) => shown('', 'services', { spec: { ports, ...spec } });
    assert.equal(of({ type: 'ClusterIP' })['services.nodeports'], undefined);
    assert.equal(of({ type: 'NodePort' })['services.nodeports'], '2');
    assert.equal(of({ type: 'LoadBalancer' })['services.nodeports'], '2');
    assert.equal(of({ type: 'LoadBalancer' })['services.loadbalancers'], '1');
    assert.equal(of({ type: 'LoadBalancer', allocateLoadBalancerNodePorts: false })['services.nodeports'], '1');
  });

  it('a claim counts its storage, of its class as well', () => {
    const claim = { metadata: {}, spec: { storageClassName: 'gold', resources: { requests: { storage: '1.5' } } } };
    assert.deepEqual(shown('', 'persistentvolumeclaims', claim), {
      'count/persistentvolumeclaims': '1',
      persistentvolumeclaims: '1',
      'requests.storage': '2',
      'gold.storageclass.storage.k8s.io/persistentvolumeclaims': '1',
      'gold.storageclass.storage.k8s.io/requests.storage': '2',
    });
  });

  it('a claim of devices counts the most of each class that it may get', () => {
    const requests = [
      { exactly: { deviceClassName: 'gpu', count: 2 } },
      {
        firstAvailable: [
          { deviceClassName: 'gpu', count: 1 },
          { deviceClassName: 'tpu', allocationMode: 'All' },
        ],
      },
    ];
    const usage = shown('resource.k8s.io', 'resourceclaims', { spec: { devices: { requests } } });
    assert.deepEqual([usage['gpu.deviceclass.resource.k8s.io/devices'], usage['tpu.deviceclass.resource.k8s.io/devices']], ['3', '32']);
  });

  it('a change needs what is more than before', () => {
    const service = (type: string) => ({ spec: { type, ports: [{ port: 1 }] } });
    assert.deepEqual(needed('', 'services', service('NodePort'), service('ClusterIP')), { 'services.nodeports': '1' });
    assert.deepEqual(needed('', 'services', service('ClusterIP'), service('NodePort')), {});
  });
});
