/** The operator's page of a running gateway: what tenants do is told there, and who is away. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../../src/config/config.ts';
import type { KubeClient } from '../../../src/launch/kube/kube-client.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import type { Overview } from '../../../src/operator-page/overview.ts';
import { makeTenant } from '../../helpers/make-tenant.ts';
import { sharedStack } from '../../helpers/shared-stack.ts';
import type { Stack } from '../../helpers/stack.ts';
import { type Replica, startReplica } from '../../helpers/start-replica.ts';
import { startProxy } from '../../integration/tenant-api/support/tcp-proxy.ts';

const TENANT = 'opage1';
const PATIENCE = { timeoutMs: 30_000, intervalMs: 200 };
const NAMESPACES = '/api/v1/namespaces';

describe('the operator’s page of a running gateway', () => {
  let stack: Stack;
  let replica: Replica;
  let tenant: KubeClient;
  let toEtcd: Awaited<ReturnType<typeof startProxy>>;
  let toUpstream: Awaited<ReturnType<typeof startProxy>>;

  before(async function () {
    this.timeout(120_000);
    stack = await sharedStack();
    const own = loadConfig(stack.home.config);
    await makeTenant(stack, TENANT);
    toEtcd = await startProxy(Number(new URL(own.etcdEndpoints[0]!).port));
    toUpstream = await startProxy(Number(new URL(stack.endpoints.upstream).port));
    const gatewayKubeconfig = join(stack.home.root, 'gateway-by-proxy.kubeconfig');
    const upstreamPort = new URL(stack.endpoints.upstream).port;
    const text = readFileSync(own.gatewayKubeconfig, 'utf8');
    assert.ok(text.includes(`:${upstreamPort}`));
    writeFileSync(gatewayKubeconfig, text.replaceAll(`:${upstreamPort}`, `:${toUpstream.port}`), { mode: 0o600 });
    const config = { gatewayKubeconfig, etcdEndpoints: [`http://127.0.0.1:${toEtcd.port}`] };
    replica = await startReplica(stack, 'page', { config });
    tenant = replica.client({ tenant: TENANT });
  });
  after(async () => {
    tenant?.close();
    await replica?.stop();
    toEtcd?.cut();
    toUpstream?.cut();
    await stack?.mustKubectl(['delete', 'tenant', TENANT], 'operator');
  });

  async function overview(query = '', admin = replica.adminUrl): Promise<Overview> {
    const response = await fetch(`${admin}/api/overview?q=${query}`);
    assert.equal(response.status, 200);
    return (await response.json()) as Overview;
  }
  const until = <T>(what: string, condition: (seen: Overview) => T | undefined | false, query = TENANT) =>
    waitUntil(what, async () => condition(await overview(query)), PATIENCE);
  const patch = (spec: object) =>
    stack.mustKubectl(['patch', 'tenant', TENANT, '--type=merge', '-p', JSON.stringify({ spec })], 'operator');
  const row = ({ tenants }: Overview) => tenants.rows.find(({ id }) => id === TENANT);

  it('tells who runs, of which versions, with which certificates', async () => {
    const seen = await until(
      'all to be looked at',
      (one) => one.gateway.replicas && one.gateway.upstreams[0]?.sight?.value && one.certificates.length > 0 && one,
    );
    const { controller, gateway, certificates } = seen as Overview;
    assert.match(String(controller.leader), /\/\d+$/);
    assert.match(gateway.upstreams[0]!.sight!.value!, /^v1\.\d+\.\d+/);
    await until(
      'both gateways to agree',
      ({ gateway: { replicas = [] } }) => replicas.length === 2 && replicas.every(({ agrees }) => agrees),
    );
    for (const what of [
      /^gateway, 127.0.0.1:\d+$/,
      /^CA of tenants' certificates$/,
      /^admission bridge$/,
      /^gateway at upstream default$/,
    ]) {
      const found = certificates.find((one) => what.test(one.what));
      assert.ok(found?.daysLeft !== undefined && found.daysLeft > 300, `${what}: ${JSON.stringify(found)}`);
    }
  });

  it('tells of a tenant: its limits and use, suspension, quota; and no secret of its', async () => {
    await patch({ limits: { maxRequestsInflight: 7, requestsPerSecond: 50, burst: 60 }, quota: { hard: { configmaps: '9' } } });
    const seen = await until(
      'limits and quota',
      (one) => row(one)?.limits.maxRequestsInflight === 7 && row(one)!.quota[0]?.key === 'configmaps' && row(one),
    );
    assert.deepEqual((seen as { limits: object }).limits, {
      maxRequestsInflight: 7,
      maxLongRunning: 10_000,
      rate: { requestsPerSecond: 50, burst: 60 },
    });
    await patch({ suspension: { mode: 'ReadOnly', reason: 'moving <script>' } });
    await until('the suspension', (one) => row(one)?.state === 'ReadOnly' && row(one)!.why === 'moving <script>');
    await patch({ suspension: null });
    await until('its end', (one) => row(one)?.state === 'Ready');
    const kubeconfig = readFileSync(stack.kubeconfig({ tenant: TENANT }), 'utf8');
    const secrets = [...kubeconfig.matchAll(/-data: (\S{40})/g)].map(([, text]) => text!);
    assert.ok(secrets.length >= 3);
    for (const path of ['/', '/api/overview']) {
      const text = await (await fetch(replica.adminUrl + path)).text();
      assert.match(text, new RegExp(TENANT));
      for (const secret of [...secrets, 'PRIVATE KEY', 'kubeconfig.base64']) assert.ok(!text.includes(secret));
    }
  });

  it('a refused request is a row: who, what, why; those of the local API too; what is done is none', async () => {
    assert.equal((await tenant.request('GET', `${NAMESPACES}/default`)).status, 200);
    assert.equal((await tenant.request('DELETE', `${NAMESPACES}/default`)).status, 403);
    assert.equal((await tenant.request('DELETE', '/api/v1/nodes/worker-1')).status, 403);
    const seen = (await until('both', ({ refused }) => refused.matched === 2 && refused.rows)) as Overview['refused']['rows'];
    const told = seen.map(({ tenantId, user, verb, resource, code, reason, message }) => [
      tenantId,
      user,
      verb,
      resource,
      code,
      reason,
      message,
    ]);
    assert.deepEqual(told.sort(), [
      [
        TENANT,
        'admin',
        'delete',
        'namespaces default',
        403,
        'Forbidden',
        'namespaces "default" is forbidden: this namespace may not be deleted',
      ],
      [TENANT, 'admin', 'delete', 'nodes worker-1', 403, 'Forbidden', 'nodes "worker-1" is forbidden: nodes belong to the platform'],
    ]);
    assert.doesNotMatch(JSON.stringify(seen), new RegExp(`${TENANT}-|kubezoo:`));
  });

  it('a flood is one row with its count, and a problem', async () => {
    await patch({ limits: { requestsPerSecond: 1, burst: 2 } });
    await until('the rate', (one) => row(one)?.limits.rate?.burst === 2);
    let refused = 0;
    for (let round = 0; round < 10; round += 1) {
      const answers = await Promise.all(Array.from({ length: 6 }, () => tenant.request('GET', `${NAMESPACES}/default`)));
      refused += answers.filter(({ status }) => status === 429).length;
    }
    assert.ok(refused >= 40, `${refused} of 60 refused`);
    // What Envoy has refused itself is told with what passes next, on the same connections.
    await patch({ limits: null });
    await waitUntil(
      'all to pass',
      async () => {
        const answers = await Promise.all(Array.from({ length: 6 }, () => tenant.request('GET', `${NAMESPACES}/default`)));
        refused += answers.filter(({ status }) => status === 429).length;
        return answers.every(({ status }) => status === 200);
      },
      { timeoutMs: 10_000 },
    );
    const rows = (await until(
      'all to be told',
      (one) => one.refused.rows.reduce((sum, { count }) => sum + count, 0) === refused && one.refused.rows,
      `${TENANT}+429`,
    )) as Overview['refused']['rows'];
    assert.ok(rows.length <= 2, `${rows.length} rows`);
    const { problems, tenants } = await overview(TENANT);
    assert.ok(
      problems.some(({ what }) => what === `Tenant ${TENANT} meets its limits: ${refused} requests refused lately`),
      JSON.stringify(problems),
    );
    const { inflight, rate } = tenants.rows[0]!.use.refused;
    assert.equal(inflight + rate, refused);
  });

  it('says that upstream is away, since when, and that it is back', async () => {
    toUpstream.cut();
    const away = (seen: Overview) => seen.problems.find(({ what }) => what === 'Upstream cluster default does not answer');
    const problem = (await until('upstream to be missed', away)) as Overview['problems'][number];
    assert.match(problem.advice, /ECONNREFUSED/);
    assert.ok(Date.parse(problem.since!) <= Date.now());
    assert.match(await (await fetch(`${replica.adminUrl}/`)).text(), /Upstream cluster default does not answer/);
    await toUpstream.mend();
    await until('it to be back', (seen) => !away(seen));
  });

  it('says that etcd is away, and goes on telling what it knew', async () => {
    toEtcd.cut();
    const seen = (await until(
      'etcd to be missed',
      (one) => one.problems.some(({ what }) => what === 'etcd does not answer') && one,
    )) as Overview;
    assert.equal(row(seen)?.state, 'Ready');
    assert.equal((await fetch(`${replica.adminUrl}/readyz`)).status, 503);
    assert.equal((await fetch(`${replica.adminUrl}/healthz`)).status, 200);
    await until('its leader not to be known', ({ controller }) => controller.leader === undefined);
    await toEtcd.mend();
    await until('it to be back', (one) => one.controller.leader && !one.problems.some(({ what }) => what === 'etcd does not answer'));
  });
});
