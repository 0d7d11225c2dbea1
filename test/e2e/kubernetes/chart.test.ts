/** The chart in a real cluster: what is rendered is valid, its pods are let in, and its processes serve a tenant with the rights it gives them. */
import assert from 'node:assert/strict';
import { type ChartStack, startChartStack } from '../../helpers/chart/chart-stack.ts';
import { NAMESPACE, RELEASE } from '../../helpers/chart/helm.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';

describe('the Helm chart', function () {
  this.timeout(180_000);
  let stack: ChartStack;
  before(async () => {
    stack = await startChartStack();
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.error(stack?.upstream.logs());
  });
  after(() => stack?.stop());

  const kubectl = (kubeconfig: string, line: string, stdin?: string) =>
    stack.upstream.mustKubectl(line.split(' '), { kubeconfig, ...(stdin !== undefined && { stdin }) });

  it('has pods that the strictest Pod Security Standard lets in', async () => {
    const podsOf = async () =>
      JSON.parse(await stack.upstream.mustKubectl(['-n', NAMESPACE, 'get', 'pods', '-o', 'json'])).items.map(
        ({ metadata }: { metadata: { labels: Record<string, string> } }) => metadata.labels['app.kubernetes.io/component'],
      ) as string[];
    const wanted = ['controller', 'controller', 'gateway', 'gateway', 'gateway', 'pki'];
    await waitUntil('all pods', async () => (await podsOf()).sort().join() === wanted.join(), { timeoutMs: 30_000 });
  });

  it('makes the keys once, and leaves them as they are', async () => {
    assert.match(await stack.runPki(), new RegExp(`written into the Secret ${NAMESPACE}/${RELEASE}-pki: .*ca.key`));
    assert.match(await stack.runPki(), /has all that it needs/);
  });

  it('serves a tenant, by the rendered commands and with the rights of its ServiceAccounts', async () => {
    await stack.startController();
    const gateway = await stack.startGateway();
    for (const container of gateway.containers) {
      for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
        if (probe) await waitUntil(`${container.name} ${probe.httpGet?.path}`, async () => (await gateway.probe(probe)) === 200, { timeoutMs: 20_000 });
      }
    }
    const tenant = await stack.makeTenant('chart1');
    assert.match(await kubectl(tenant, 'get ns'), /^default +Active/m);
  });
});
