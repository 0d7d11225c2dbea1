/** `spec.upstream`: tenants of one gateway that live in different clusters. The data path runs in two threads here. */
import assert from 'node:assert/strict';
import { KubeClient } from '../../../src/launch/kube/kube-client.ts';
import { readKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { openExchange } from '../../helpers/open-exchange.ts';
import { openWatch } from '../../helpers/open-watch.ts';
import { samplesOf, sumOfSamples } from '../../helpers/prometheus-text.ts';
import { type Stack, startStack } from '../../helpers/stack.ts';
import { startCluster, type TestCluster } from '../../integration/controller/support/cluster.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const WHO_AM_I = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
const tenantYaml = (name: string, upstream: string) =>
  JSON.stringify({ apiVersion: 'tenant.kubezoo.io/v1alpha1', kind: 'Tenant', metadata: { name }, spec: { upstream } });

describe('several upstream clusters', function () {
  this.timeout(120_000);
  let west: TestCluster;
  let stack: Stack;

  before(async () => {
    west = await startCluster();
    stack = await startStack({ tenants: ['demo01'], otherUpstreams: { west: west.adminKubeconfig }, workers: 2 });
    await stack.mustKubectl(['apply', '-f', '-'], 'operator', { stdin: tenantYaml('westa1', 'west') });
    await stack.mustKubectl(['wait', '--for=condition=Ready', 'tenant/westa1', '--timeout=60s'], 'operator');
  });
  after(async () => {
    await stack?.stop();
    await west?.stop();
  });

  const asTenant = async (tenant: string, ...args: string[]) => await stack.mustKubectl(args, { tenant });

  it('a tenant has its namespaces in the cluster that it names, and nowhere else', async () => {
    const here = await stack.mustKubectl(['get', 'namespaces', '-o', 'name'], 'upstream');
    const there = (await west.admin.list('/api/v1/namespaces')).items.map(({ metadata }) => metadata.name);
    assert.ok(there.includes('westa1-default') && !there.some((name) => name.startsWith('demo01-')), there.join(' '));
    assert.ok(here.includes('demo01-default') && !here.includes('westa1-'), here);
    const names = (await asTenant('westa1', 'get', 'namespaces', '-o', 'name')).split('\n').filter((line) => line !== '');
    assert.deepEqual(
      names,
      ['default', 'kube-node-lease', 'kube-public', 'kube-system'].map((name) => `namespace/${name}`),
    );
  });

  it('each reads, writes and watches what is its own, over all namespaces as well', async () => {
    for (const tenant of ['demo01', 'westa1']) {
      const cluster = readKubeconfig(stack.kubeconfig({ tenant }));
      const watches = await Promise.all([openWatch(cluster, CONFIG_MAPS), openWatch(cluster, '/api/v1/configmaps')]);
      try {
        await asTenant(tenant, 'create', 'configmap', 'settings', `--from-literal=of=${tenant}`);
        for (const watch of watches) {
          await waitUntil('the event', () => watch.events.some(({ object }) => object.metadata?.name === 'settings'), {
            timeoutMs: 20_000,
          });
        }
      } finally {
        for (const watch of watches) watch.close();
      }
      const listed = await asTenant(
        tenant,
        'get',
        'configmaps',
        '-A',
        '--field-selector=metadata.name=settings',
        '-o',
        'jsonpath={.items[*].data.of}',
      );
      assert.equal(listed, tenant);
    }
    const upstreamObject = await west.admin.get<{ metadata: { name: string }; data: object }>(
      '/api/v1/namespaces/westa1-default/configmaps/settings',
    );
    assert.deepEqual(upstreamObject.data, { of: 'westa1' });
  });

  it('a token counts only where its tenant lives, whoever else has signed one for the same name', async () => {
    const tokenOf = async (tenant: string) => (await asTenant(tenant, 'create', 'token', 'default')).trim();
    const ask = async (token: string) => {
      const { server, ca } = readKubeconfig(stack.kubeconfig('operator'));
      const answer = await openExchange({ server, ca, token }, WHO_AM_I, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}',
      }).answer();
      return { status: answer.status, user: JSON.parse(answer.body).status?.userInfo?.username };
    };
    for (const tenant of ['demo01', 'westa1']) {
      assert.deepEqual(await ask(await tokenOf(tenant)), { status: 201, user: 'system:serviceaccount:default:default' });
    }
    // The other cluster signs for a namespace that it calls like demo01's.
    await west.admin.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'demo01-default' } });
    const account = '/api/v1/namespaces/demo01-default/serviceaccounts';
    await waitUntil(
      'the account',
      () =>
        west.admin.get(`${account}/default`).then(
          () => true,
          () => undefined,
        ),
      { timeoutMs: 20_000 },
    );
    const { status } = await west.admin.create<{ metadata: { name: string }; status: { token: string } }>(`${account}/default/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {},
    } as never);
    assert.equal((await ask(status.token)).status, 401);
  });

  it('refuses a cluster that nobody has configured, and a move', async () => {
    const unknown = await stack.kubectl(['create', '-f', '-'], 'operator', { stdin: tenantYaml('eastb1', 'east') });
    assert.match(unknown.stderr, /spec\.upstream: Unsupported value: "east": supported values: "default", "west"/);
    const moved = await stack.kubectl(['patch', 'tenant', 'westa1', '--type=merge', '-p', '{"spec":{"upstream":"default"}}'], 'operator');
    assert.match(moved.stderr, /spec\.upstream: Invalid value: "default": field is immutable/);
  });

  it('adds up what its threads count', async () => {
    const text = await (await fetch(`${stack.endpoints.admin}/metrics`)).text();
    const count = Number(/^kubezoo_request_duration_seconds_count\{verb="create",code="201"\} (\d+)$/m.exec(text)?.[1]);
    assert.ok(count >= 4, text);
    assert.match(text, /^kubezoo_hub_streams /m);
    // Every exchange of a tenant's is counted once among the tenants, whichever thread it came to.
    const ofTenants = sumOfSamples(text, 'kubezoo_tenant_requests_total')!;
    assert.ok(ofTenants > 0 && ofTenants <= sumOfSamples(text, 'kubezoo_requests_total')!);
    const one = (name: string) => samplesOf(text, name).map(({ value }) => value);
    assert.equal(one('kubezoo_ready')[0], 1);
    assert.equal(one('kubezoo_process_start_time_seconds').length, 1);
    // Of how far behind each thread is, the worst; not the sum of what is about a second each.
    assert.ok(one('kubezoo_store_silence_seconds')[0]! < 3);
    assert.ok(samplesOf(text, 'kubezoo_exchanges_open').some(({ labels }) => labels.kind === 'watch'));
  });

  it('a cluster that is gone takes only its own tenants with it; a deleted tenant goes from its own', async () => {
    await stack.mustKubectl(['delete', 'tenant', 'westa1', '--timeout=90s'], 'operator');
    assert.ok(!(await west.admin.list('/api/v1/namespaces')).items.some(({ metadata }) => metadata.name.startsWith('westa1-')));
    await stack.mustKubectl(['apply', '-f', '-'], 'operator', { stdin: tenantYaml('westa2', 'west') });
    await stack.mustKubectl(['wait', '--for=condition=Ready', 'tenant/westa2', '--timeout=60s'], 'operator');
    await west.stop();
    const client = new KubeClient(readKubeconfig(stack.kubeconfig({ tenant: 'westa2' })));
    try {
      const { status, body } = await client.request('GET', CONFIG_MAPS);
      assert.deepEqual([status, JSON.parse(body).reason], [503, 'ServiceUnavailable']);
    } finally {
      client.close();
    }
    assert.match(await asTenant('demo01', 'get', 'configmaps', '-o', 'name'), /configmap\/settings/);
  });
});
