/** Lists over all namespaces where an API server of its own serves the kind, as metrics-server does. */
import assert from 'node:assert/strict';
import type { KubeClient } from '../../../src/launch/kube/kube-client.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { type MetricsApiServer, startMetricsApiServer } from '../../helpers/metrics-api-server.ts';
import { sharedStack } from '../../helpers/shared-stack.ts';
import type { Stack } from '../../helpers/stack.ts';

const PODS = '/apis/metrics.k8s.io/v1beta1/pods';
const SERVICE = '/api/v1/namespaces/default/services';
const API_SERVICE = '/apis/apiregistration.k8s.io/v1/apiservices';
const NAME = 'v1beta1.metrics.k8s.io';
/** In no order, and the first behind demo01's prefix: a list that begins there must not be taken for one that begins at it. */
const FIGURES = ['kube-system/dns', 'demo02-default/b', 'demo01-kube-system/c', 'demo02-kube-public/d', 'demo01-default/a', 'aaa/x'];

describe('aggregated APIs', () => {
  let stack: Stack;
  let server: MetricsApiServer;
  let upstream: KubeClient;
  let tenant: KubeClient;

  before(async () => {
    stack = await sharedStack();
    upstream = stack.client('upstream');
    tenant = stack.client({ tenant: 'demo01' });
    server = await startMetricsApiServer(() => FIGURES);
    const service = {
      metadata: { name: 'metrics' },
      spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port: server.port }] },
    };
    const made = await upstream.request('POST', SERVICE, { body: service });
    assert.equal(made.status, 201, made.body);
    const spec = {
      service: { name: 'metrics', namespace: 'default', port: server.port },
      group: 'metrics.k8s.io',
      version: 'v1beta1',
      insecureSkipTLSVerify: true,
      groupPriorityMinimum: 100,
      versionPriority: 100,
    };
    const registered = await upstream.request('POST', API_SERVICE, { body: { metadata: { name: NAME }, spec } });
    assert.equal(registered.status, 201, registered.body);
    await waitUntil('the API to be served', async () => (await upstream.request('GET', PODS)).status === 200, { timeoutMs: 30_000 });
  });

  after(async () => {
    await upstream?.request('DELETE', `${API_SERVICE}/${NAME}`);
    await upstream?.request('DELETE', `${SERVICE}/metrics`);
    upstream?.close();
    tenant?.close();
    await server?.close();
  });

  const namesOf = (body: string) =>
    (JSON.parse(body).items as { metadata: { namespace: string; name: string } }[]).map(
      ({ metadata: { namespace, name } }) => `${namespace}/${name}`,
    );

  it('are asked for each of the tenant’s namespaces, and never for all of them', async () => {
    server.asked.length = 0;
    const { status, body } = await tenant.request('GET', PODS);
    assert.equal(status, 200, body);
    assert.deepEqual(namesOf(body), ['default/a', 'kube-system/c']);
    assert.doesNotMatch(body, /demo0|dns|aaa/);
    assert.ok(server.asked.length >= 4, server.asked.join('\n'));
    for (const target of server.asked) assert.match(target, /\/namespaces\/demo01-/);
  });

  it('give their list in one piece: they do not go on where they are asked to', async () => {
    const { body } = await tenant.request('GET', `${PODS}?limit=1`);
    assert.deepEqual(namesOf(body), ['default/a', 'kube-system/c'], body);
    assert.equal(JSON.parse(body).metadata.continue, undefined);
  });

  it('are shown by kubectl top', async () => {
    const shown = await waitUntil(
      'kubectl top',
      async () => {
        const { code, stdout } = await stack.kubectl(['top', 'pods', '-A', '--no-headers'], { tenant: 'demo01' });
        return code === 0 && stdout;
      },
      { timeoutMs: 20_000 },
    );
    assert.match(shown, /^default +a +5m +20Mi/m);
    assert.match(shown, /^kube-system +c +5m/m);
    assert.doesNotMatch(shown, /demo0|dns/);
  });

  it('have no watches', async () => {
    const { status } = await tenant.request('GET', `${PODS}?watch=true`);
    assert.equal(status, 405);
  });
});
