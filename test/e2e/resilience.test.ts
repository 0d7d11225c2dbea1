/** What clients see when parts of the gateway end, and what they must never see. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { answersWith, KubeClient } from '../../src/launch/kube/kube-client.ts';
import { type Cluster, readKubeconfig } from '../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../src/launch/wait-until.ts';
import { isServed, makeTenant } from '../helpers/make-tenant.ts';
import { type Answer, openExchange } from '../helpers/open-exchange.ts';
import { openWatch } from '../helpers/open-watch.ts';
import { awaitInflight } from '../helpers/read-inflight.ts';
import { sharedStack } from '../helpers/shared-stack.ts';
import type { Stack } from '../helpers/stack.ts';
import { type Audit, auditUpstream, untranslatedRequests } from './resilience/audit-upstream.ts';
import { LOAD_LABEL, startLoad } from './resilience/run-load.ts';

const TENANTS = ['demo01', 'demo02'] as const;
const DEFAULT = '/api/v1/namespaces/default';
const TENANTS_PATH = '/apis/tenant.kubezoo.io/v1alpha1/tenants';
const CONFIG_MAPS = `${DEFAULT}/configmaps`;

describe('resilience', () => {
  let stack: Stack;
  let cluster: Cluster;
  let tenant: KubeClient;
  let upstream: KubeClient;
  let envoyPid: number | undefined;

  before(async () => {
    stack = await sharedStack();
    cluster = readKubeconfig(stack.kubeconfig({ tenant: 'demo01' }));
    tenant = new KubeClient(cluster);
    upstream = stack.client('upstream');
    envoyPid = stack.processes.process('envoy').pid;
  });

  afterEach('the same Envoy serves, and no request is left counted', async () => {
    await backAgain();
    assert.equal(stack.processes.process('envoy').pid, envoyPid);
    for (const tenantId of TENANTS) await awaitInflight(stack, tenantId, 0);
  });

  after(async () => {
    const selector = `labelSelector=${LOAD_LABEL}`;
    for (const tenantId of TENANTS) await upstream?.request('DELETE', `/api/v1/namespaces/${tenantId}-default/configmaps?${selector}`);
    tenant?.close();
    upstream?.close();
  });

  const get = (path = DEFAULT): Promise<Answer> => openExchange(cluster, path).answer();
  const backAgain = () => waitUntil('the gateway to answer again', () => answersWith(tenant, CONFIG_MAPS), { timeoutMs: 30_000 });

  function assertUnavailable(answer: Answer): void {
    assert.equal(answer.status, 503, answer.body);
    assert.match(String(answer.headers['content-type']), /^application\/json/);
    assert.match(String(answer.headers['retry-after']), /^[1-9]/);
    const { kind, apiVersion, status, reason, code } = JSON.parse(answer.body);
    assert.deepEqual(
      { kind, apiVersion, status, reason, code },
      { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'ServiceUnavailable', code: 503 },
    );
  }

  async function createUpstream(configMap: string): Promise<void> {
    const body = { metadata: { name: configMap, labels: { [LOAD_LABEL]: 'upstream' } } };
    const answer = await upstream.request('POST', '/api/v1/namespaces/demo01-default/configmaps', { body });
    assert.equal(answer.status, 201, answer.body);
  }

  describe('the sidecar', () => {
    let audit: Audit;

    before(async () => {
      audit = await auditUpstream(stack);
    });
    after(() => audit?.stop());

    it('is killed three times under load: errors only, and nothing reaches upstream untranslated', async () => {
      const sidecar = stack.processes.process('sidecar');
      await backAgain();
      const over = new AbortController();
      const clients = TENANTS.map((tenantId) => ({ tenantId, client: stack.client({ tenant: tenantId }) }));
      const loads = clients.map(({ tenantId, client }) => startLoad({ client, tenantId, loops: 8, signal: over.signal }));
      const listed = () => Math.min(...loads.map(({ statuses }) => statuses.get(200) ?? 0));
      const written = () => Math.min(...loads.map(({ created }) => created.length));
      const goOn = async () => {
        const [lists, writes] = [listed(), written()];
        await waitUntil('the load to get through', () => listed() >= lists + 20 && written() >= writes + 20, { timeoutMs: 30_000 });
      };
      try {
        for (let kill = 0; kill < 3; kill += 1) {
          await goOn();
          await delay(Math.random() * 50);
          const { pid } = sidecar;
          sidecar.kill('SIGKILL');
          await waitUntil('another sidecar', () => sidecar.pid !== undefined && sidecar.pid !== pid, { timeoutMs: 20_000 });
        }
        await goOn();
      } finally {
        over.abort();
      }
      await Promise.all(loads.map((load) => load.over));
      for (const { client } of clients) client.close();

      for (const [index, tenantId] of TENANTS.entries()) {
        const { statuses, broken, created, wrong } = loads[index]!;
        const counts = `${tenantId}: ${JSON.stringify([...statuses])}, ${broken} broken`;
        assert.deepEqual(wrong, [], counts);
        // Else the kills met nobody.
        assert.ok((statuses.get(503) ?? 0) + broken > 0, counts);
        // 200, 201 and 503 are all there is.
        assert.deepEqual(
          [...statuses.keys()].filter((status) => ![200, 201, 503].includes(status)),
          [],
          counts,
        );
        const made = await upstreamConfigMaps(`${LOAD_LABEL}=${tenantId}`);
        assert.deepEqual(new Set(made.map(({ namespace }) => namespace)), new Set([`${tenantId}-default`]));
        const names = new Set(made.map(({ name }) => name));
        assert.deepEqual(
          created.filter((configMap) => !names.has(configMap)),
          [],
          'answered 201, and not there',
        );
        assert.ok([...names].every((configMap) => configMap.startsWith(`${tenantId}.load-`)));
      }
      const events = audit.read();
      const throughGateway = events.filter(({ impersonatedUser }) => impersonatedUser);
      assert.ok(throughGateway.length > 200, 'the audit log holds what went through the gateway');
      assert.deepEqual(untranslatedRequests(events), []);
      // The rule sees what it is there for.
      const [seen] = throughGateway.filter(({ requestURI }) => requestURI.includes('/namespaces/'));
      const bare = { ...seen!, requestURI: CONFIG_MAPS };
      const { impersonatedUser: _, ...asGateway } = seen!;
      assert.deepEqual(untranslatedRequests([seen!, bare, asGateway]), [bare, asGateway]);
    });

    it('is down: Envoy answers with a Status, whatever is asked, and asks nobody', async () => {
      const sidecar = stack.processes.process('sidecar');
      await sidecar.stop();
      const before = audit.read().filter(({ user }) => user.username === 'kubezoo-gateway').length;
      const body = JSON.stringify({ metadata: { name: 'nobody-home', labels: { [LOAD_LABEL]: 'x' } } });
      const forged = { 'x-kubezoo-route': 'upstream', 'impersonate-user': 'admin', 'impersonate-group': 'system:masters' };
      assertUnavailable(await get());
      assertUnavailable(await get('/readyz'));
      assertUnavailable(await get(`${CONFIG_MAPS}?watch=true`));
      assertUnavailable(await openExchange(cluster, CONFIG_MAPS, { headers: forged }).answer());
      assertUnavailable(
        await openExchange(cluster, CONFIG_MAPS, { method: 'POST', headers: { 'content-type': 'application/json' }, body }).answer(),
      );
      assertUnavailable(await openExchange(readKubeconfig(stack.kubeconfig('operator')), TENANTS_PATH).answer());
      assert.equal(audit.read().filter(({ user }) => user.username === 'kubezoo-gateway').length, before);
      assert.deepEqual(await upstreamConfigMaps(`${LOAD_LABEL}=x`), []);
      await sidecar.start();
    });

    it('is restarted under an open watch: the watch ends, and goes on where it was without losing an event', async () => {
      const { metadata } = JSON.parse((await tenant.request('GET', CONFIG_MAPS)).body);
      const watch = await openWatch(cluster, `${CONFIG_MAPS}?resourceVersion=${metadata.resourceVersion}`);
      await createUpstream('watched-1');
      const { object } = await watch.waitFor('watched-1', 'ADDED');
      const sidecar = stack.processes.process('sidecar');
      sidecar.kill('SIGKILL');
      await sidecar.stop();
      await watch.ended;
      await createUpstream('watched-2');
      await createUpstream('watched-3');
      assert.deepEqual(
        watch.events.map((event) => event.object.metadata.name),
        ['watched-1'],
      );
      await sidecar.start();
      await backAgain();
      const resumed = await openWatch(cluster, `${CONFIG_MAPS}?resourceVersion=${object.metadata.resourceVersion}`);
      await createUpstream('watched-4');
      await resumed.waitFor('watched-4', 'ADDED');
      resumed.close();
      assert.deepEqual(
        resumed.events.map(({ type, object: { metadata: seen } }) => `${type} ${seen.namespace}/${seen.name}`),
        ['ADDED default/watched-2', 'ADDED default/watched-3', 'ADDED default/watched-4'],
      );
    });
  });

  it('a sidecar that is asked to end ends its watches and goes, however many there are', async () => {
    const sidecar = stack.processes.process('sidecar');
    const watches = await Promise.all(
      ['/api/v1/configmaps', '/api/v1/namespaces', CONFIG_MAPS, `${DEFAULT}/pods`].map((path) => openWatch(cluster, path)),
    );
    const { pid } = sidecar;
    sidecar.kill('SIGTERM');
    await Promise.all(watches.map(({ ended }) => ended));
    // The supervisor starts another when this one is gone; a slow drain would be ended by nobody.
    await waitUntil('another sidecar', () => sidecar.pid !== undefined && sidecar.pid !== pid, { timeoutMs: 20_000 });
    await backAgain();
  });

  describe('upstream', () => {
    it('kube-apiserver is down: 503 with a Status; up again, it works', async () => {
      const apiserver = stack.processes.process('kube-apiserver');
      apiserver.kill('SIGKILL');
      await apiserver.stop();
      assertUnavailable(await get());
      assertUnavailable(await get(`${CONFIG_MAPS}?watch=true`));
      assertUnavailable(await get('/api/v1/configmaps'));
      assertUnavailable(await get('/api/v1/configmaps?watch=true'));
      // What is in etcd alone is served.
      assert.equal((await stack.kubectl(['get', 'tenants'], 'operator')).code, 0);
      await apiserver.start();
      await backAgain();
    });

    it('etcd is killed: it works again by itself, tenants and their limits too', async () => {
      const etcd = stack.processes.process('etcd');
      const { pid } = etcd;
      etcd.kill('SIGKILL');
      await waitUntil('another etcd', () => etcd.pid !== undefined && etcd.pid !== pid, { timeoutMs: 20_000 });
      await etcd.waitReady();
      await backAgain();
      const created = await waitUntil(
        'a write',
        async () => {
          const answer = await tenant.request('POST', CONFIG_MAPS, {
            body: { metadata: { generateName: 'after-etcd-', labels: { [LOAD_LABEL]: 'etcd' } } },
          });
          return answer.status === 201 ? answer : undefined;
        },
        { timeoutMs: 20_000 },
      );
      assert.equal(JSON.parse(created.body).metadata.namespace, 'default');
      const annotate = (value: string) =>
        stack.kubectl(['annotate', '--overwrite', 'tenant', 'demo01', `tce.kubezoo/max-requests-inflight${value}`], 'operator');
      await waitUntil('the Tenant API to write', async () => (await annotate('=1')).code === 0, { timeoutMs: 30_000 });
      // One watch of the sidecar on etcd tells it: it has survived.
      const posts = () => Promise.all(Array.from({ length: 20 }, () => openExchange(cluster, CONFIG_MAPS).answer()));
      await waitUntil('the limit to be in force', async () => (await posts()).some(({ status }) => status === 429), { timeoutMs: 20_000 });
      assert.equal((await annotate('-')).code, 0);
      await waitUntil('the limit to be gone', async () => (await posts()).every(({ status }) => status === 200), { timeoutMs: 20_000 });
    });
  });

  describe('the controller', () => {
    it('is killed while tenants are made and deleted: each ends as it was last wanted', async () => {
      const controller = stack.processes.process('controller');
      const [kept, deleted] = [
        ['chaos1', 'chaos2'],
        ['chaos3', 'chaos4'],
      ] as const;
      const operator = (line: string) => stack.mustKubectl(line.split(' '), 'operator');
      const terms = () => readFileSync(controller.logFile, 'utf8').split('"leading"').length;
      for (const tenantId of deleted) await makeTenant(stack, tenantId);
      const wanted = Promise.all([
        ...kept.map((tenantId) => makeTenant(stack, tenantId, {}, 90_000)),
        ...deleted.map((tenantId) => operator(`delete tenant ${tenantId} --wait=false`)),
      ]);
      for (let kill = 0; kill < 2; kill += 1) {
        await delay(Math.random() * 500);
        const before = terms();
        controller.kill('SIGKILL');
        // The lease of the one that is dead has to run out first.
        await waitUntil('another leader', () => terms() > before, { timeoutMs: 40_000 });
      }
      await wanted;
      await operator(`wait --for=delete tenant/${deleted.join(' tenant/')} --timeout=90s`);
      await operator(`wait --for=condition=Ready tenant/${kept.join(' tenant/')} --timeout=60s`);
      const names = await stack.mustKubectl(['get', 'namespaces,clusterroles,clusterrolebindings', '-o', 'name'], 'upstream');
      for (const tenantId of kept) {
        assert.ok(await isServed(stack, tenantId));
        const home = ['default', 'kube-system', 'kube-public', 'kube-node-lease'].map((name) => `namespace/${tenantId}-${name}`);
        const own = names
          .split('\n')
          .filter((line) => line.includes(tenantId))
          .sort();
        const roles = [
          'admin',
          'cluster-admin',
          'edit',
          'view',
          ...['admin', 'edit', 'view'].map((name) => `system:aggregate-to-${name}`),
        ].map((name) => `clusterrole.rbac.authorization.k8s.io/${tenantId}-${name}`);
        const bindings = [`${tenantId}-cluster-admin`, `kubezoo:${tenantId}:tenant-admins`].map(
          (name) => `clusterrolebinding.rbac.authorization.k8s.io/${name}`,
        );
        assert.deepEqual(own, [...roles, ...bindings, ...home].sort());
      }
      for (const tenantId of deleted) {
        assert.ok(!names.includes(tenantId), tenantId);
        assert.ok(!existsSync(stack.kubeconfig({ tenant: tenantId })), tenantId);
      }
      await operator(`delete tenant ${kept.join(' ')} --wait=false`);
    });
  });

  describe('the whole', () => {
    it('200 watches are held while 2,000 requests run: no error, and every watch sees the last event', async () => {
      const watches = await Promise.all(
        Array.from({ length: 200 }, () => openWatch(cluster, `${CONFIG_MAPS}?labelSelector=soak&resourceVersion=0`)),
      );
      const statuses = new Map<number, number>();
      let asked = 0;
      const loop = async () => {
        while (asked++ < 2000) {
          const { status } = await tenant.request('GET', asked % 2 === 0 ? DEFAULT : `${CONFIG_MAPS}/kube-root-ca.crt`);
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
      };
      await Promise.all(Array.from({ length: 16 }, loop));
      assert.deepEqual([...statuses], [[200, 2000]]);
      const body = { metadata: { name: 'last', labels: { soak: 'yes', [LOAD_LABEL]: 'soak' } } };
      assert.equal((await tenant.request('POST', CONFIG_MAPS, { body })).status, 201);
      await Promise.all(watches.map((watch) => watch.waitFor('last', 'ADDED')));
      assert.ok(watches.every((watch) => !watch.isOver() && watch.events.length === 1));
      for (const watch of watches) watch.close();
    });
  });

  async function upstreamConfigMaps(selector: string): Promise<{ namespace: string; name: string }[]> {
    const { status, body } = await upstream.request('GET', `/api/v1/configmaps?labelSelector=${encodeURIComponent(selector)}`);
    assert.equal(status, 200, body);
    return JSON.parse(body).items.map(({ metadata }: { metadata: { namespace: string; name: string } }) => metadata);
  }
});
