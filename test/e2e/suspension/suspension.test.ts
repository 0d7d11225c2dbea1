/** `spec.suspension`: what goes on and what does not, at the gateway and, independently, upstream. */
import assert from 'node:assert/strict';
import { KubeClient } from '../../../src/launch/kube/kube-client.ts';
import { type Cluster, readKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import type { Tenant } from '../../../src/tenants/tenant.ts';
import { makeTenant } from '../../helpers/make-tenant.ts';
import { openExchange } from '../../helpers/open-exchange.ts';
import { sharedStack } from '../../helpers/shared-stack.ts';
import type { Stack } from '../../helpers/stack.ts';
import { type FakeNode, startFakeNode } from '../inflight-limit/fake-node.ts';
import { holdWrite, type Open, openLog, openUpgrade, openWatchOf } from './open-things.ts';
import { type Ask, READS, WRITES } from './writes.ts';

const TENANT = 'susp01';
const REASON = 'unpaid invoice; ask "billing"';
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const POLICY = 'validatingadmissionpolicies/kubezoo-suspend';

describe('suspension', function () {
  this.timeout(120_000);
  let stack: Stack;
  let cluster: Cluster;
  let tenant: KubeClient;
  let upstream: KubeClient;
  let node: FakeNode;
  const opened: Open[] = [];

  before(async () => {
    stack = await sharedStack();
    await makeTenant(stack, TENANT);
    cluster = readKubeconfig(stack.kubeconfig({ tenant: TENANT }));
    tenant = new KubeClient(cluster);
    upstream = stack.client('upstream');
    const account = '/api/v1/namespaces/default/serviceaccounts/default';
    await waitUntil('pods to be allowed', async () => (await tenant.request('GET', account)).status === 200, { timeoutMs: 30_000 });
    node = await startFakeNode(stack, upstream, `${TENANT}-default`);
    await must(tenant, { method: 'POST', path: CONFIG_MAPS, body: { metadata: { name: 'there' } } });
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) one.close();
    await suspend(undefined);
    await waitUntil('the controller to have seen the end of it', isSettled, { timeoutMs: 20_000 });
  });
  after(async () => {
    await node?.close();
    tenant?.close();
    upstream?.close();
    await stack?.mustKubectl(['delete', 'tenant', TENANT], 'operator');
  });

  /** The controller has seen the present spec, which suspends nothing, and upstream has been told. */
  async function isSettled(): Promise<boolean> {
    const { metadata, status } = JSON.parse(await stack.mustKubectl(['get', 'tenant', TENANT, '-o', 'json'], 'operator')) as Tenant;
    const suspended = status?.conditions?.find(({ type }) => type === 'Suspended');
    return status?.observedGeneration === metadata.generation && (!suspended || suspended.reason === 'Resumed');
  }

  const ask = (client: KubeClient, { method, path, body, contentType }: Ask) =>
    client.request(method, path, { body, ...(contentType && { contentType }) });

  async function must(client: KubeClient, request: Ask): Promise<string> {
    const { status, body } = await ask(client, request);
    assert.ok(status < 300, `${request.method} ${request.path}: ${status} ${body}`);
    return body;
  }

  async function write(mode: 'ReadOnly' | 'Frozen' | undefined): Promise<void> {
    const suspension = mode ? { mode, reason: REASON } : null;
    await stack.mustKubectl(['patch', 'tenant', TENANT, '--type=merge', '-p', JSON.stringify({ spec: { suspension } })], 'operator');
  }

  /** In force on the gateway within a second. Probed by what every mode refuses. */
  async function suspend(mode: 'ReadOnly' | 'Frozen' | undefined): Promise<void> {
    await write(mode);
    const probe = { method: 'PUT', path: `${CONFIG_MAPS}/there`, body: { metadata: { name: 'there' } } };
    // Upstream's own refusal, which comes later and goes later, says something else.
    const inForce = async () => {
      const { body } = await ask(tenant, probe);
      return mode ? body.includes(`(${mode})`) : !/suspended \(/.test(body);
    };
    await waitUntil(`${mode} at the gateway`, inForce, { timeoutMs: 1000, intervalMs: 10 });
  }

  /** Until upstream refuses too: it heeds a policy after about a second. */
  const upstreamRefuses = (refuses: () => Promise<boolean>, expected: boolean) =>
    waitUntil(`upstream to ${expected ? 'refuse' : 'allow'}`, async () => (await refuses()) === expected, { timeoutMs: 20_000 });

  function assertRefused({ status, body }: { status: number; body: string }, mode: string, what: string): void {
    assert.equal(status, 403, `${what}: ${body}`);
    const { kind, reason, message, code } = JSON.parse(body);
    const expected = { kind: 'Status', reason: 'Forbidden', code: 403, message: `tenant is suspended (${mode}): ${REASON}` };
    assert.deepEqual({ kind, reason, message, code }, expected, what);
    assert.doesNotMatch(body, /susp01|kubezoo/);
  }

  const keep = <T extends Open>(one: T): T => {
    opened.push(one);
    return one;
  };

  /** It heeds the end of a suspension as late as its beginning. */
  async function awaitUpstreamLets(): Promise<void> {
    const path = `${CONFIG_MAPS}/there?dryRun=All`;
    const lets = async () => (await ask(tenant, { method: 'PUT', path, body: { metadata: { name: 'there' } } })).status === 200;
    await waitUntil('upstream to allow', lets, { timeoutMs: 20_000 });
  }

  async function openAll(): Promise<{ reads: Open[]; entries: Open[]; write: ReturnType<typeof holdWrite> }> {
    await awaitUpstreamLets();
    const reads = await Promise.all([
      openWatchOf(cluster, CONFIG_MAPS),
      openWatchOf(cluster, '/api/v1/configmaps'),
      openWatchOf(cluster, '/api/v1/namespaces'),
      openLog(cluster, 'held'),
    ]);
    const entries = await Promise.all(['exec', 'attach', 'portforward'].map((way) => openUpgrade(cluster, 'held', way)));
    const write = holdWrite(cluster, CONFIG_MAPS);
    for (const one of [...reads, ...entries, write]) keep(one);
    return { reads, entries, write };
  }

  const awaitOver = (some: readonly Open[]) =>
    Promise.all(some.map((one) => waitUntil(`the end of ${one.what}`, one.isOver, { timeoutMs: 5000, intervalMs: 20 })));

  it('ReadOnly refuses every write and every entry, dry runs too, and says why', async () => {
    await suspend('ReadOnly');
    for (const request of WRITES) assertRefused(await ask(tenant, request), 'ReadOnly', `${request.method} ${request.path}`);
    const { stderr } = await stack.kubectl(['delete', 'configmap', 'there'], { tenant: TENANT });
    assert.equal(stderr.trim(), `Error from server (Forbidden): tenant is suspended (ReadOnly): ${REASON}`);
  });

  it('ReadOnly lets reads, watches, discovery and reviews go on, and reviews say no to writes', async () => {
    await suspend('ReadOnly');
    for (const request of READS) await must(tenant, request);
    keep(await openWatchOf(cluster, '/api/v1/configmaps'));
    const canI = async (...what: string[]) => (await stack.kubectl(['auth', 'can-i', ...what], { tenant: TENANT })).stdout.trim();
    assert.equal(await canI('get', 'pods'), 'yes');
    assert.equal(await canI('create', 'pods'), `no - tenant is suspended (ReadOnly): ${REASON}`);
    assert.equal(await canI('create', 'pods/exec'), `no - tenant is suspended (ReadOnly): ${REASON}`);
  });

  it('ReadOnly ends what had entered a container and writes under way, and nothing else', async () => {
    const { reads, entries, write } = await openAll();
    await suspend('ReadOnly');
    await awaitOver([...entries, write]);
    assert.ok((await write.finish()) !== 201);
    assert.equal((await ask(tenant, { method: 'GET', path: `${CONFIG_MAPS}/too-late` })).status, 404);
    for (const read of reads) assert.ok(!read.isOver(), read.what);
  });

  it('Frozen refuses all but discovery and health, and kubectl shows why', async () => {
    await suspend('Frozen');
    const resources = ({ path }: Ask) => /^\/apis?\/.*\//.test(path);
    const refused = [...WRITES, ...READS.filter(resources)];
    for (const request of refused) assertRefused(await ask(tenant, request), 'Frozen', `${request.method} ${request.path}`);
    assertRefused(await openExchange(cluster, '/api/v1/pods?watch=true').answer(), 'Frozen', 'watch -A');
    for (const path of ['/api', '/apis', '/healthz', '/livez', '/readyz']) await must(tenant, { method: 'GET', path });
    for (const args of [
      ['get', 'pods'],
      ['get', 'pods', '-A', '-w'],
      ['logs', 'held'],
      ['exec', 'held', '--', 'ls'],
      ['auth', 'can-i', 'get', 'pods'],
    ]) {
      const { code, stderr } = await stack.kubectl(args, { tenant: TENANT });
      assert.equal(code, 1);
      assert.equal(stderr.trim(), `Error from server (Forbidden): tenant is suspended (Frozen): ${REASON}`, args.join(' '));
    }
  });

  it('Frozen ends all that is under way, and no other tenant’s', async () => {
    const { reads, entries, write } = await openAll();
    const other = keep(await openWatchOf(readKubeconfig(stack.kubeconfig({ tenant: 'demo02' })), '/api/v1/configmaps'));
    await suspend('Frozen');
    await awaitOver([...reads, ...entries, write]);
    assert.ok(!other.isOver());
  });

  it('the operator sees it: condition, table, and the end of it', async () => {
    await suspend('ReadOnly');
    await stack.mustKubectl(['wait', '--for=condition=Suspended', `tenant/${TENANT}`, '--timeout=20s'], 'operator');
    const table = await stack.mustKubectl(['get', 'tenant', TENANT, '-o', 'wide'], 'operator');
    assert.match(table, /susp01 +Suspended +.* ReadOnly: unpaid invoice; ask "billing" /);
    await suspend(undefined);
    await must(tenant, { method: 'GET', path: CONFIG_MAPS });
    const gone = async () => (await stack.kubectl(['get', POLICY], 'upstream')).stderr.includes('NotFound');
    await waitUntil('the policy to be gone', gone, { timeoutMs: 20_000 });
    assert.match(await stack.mustKubectl(['get', 'tenant', TENANT], 'operator'), /susp01 +Ready/);
    // Upstream has forgotten it, a second later at most.
    const writes = async () =>
      (await ask(tenant, { method: 'PUT', path: `${CONFIG_MAPS}/there`, body: { metadata: { name: 'there' } } })).status;
    await waitUntil('writes to go through', async () => (await writes()) === 200, { timeoutMs: 20_000 });
  });

  it('a reason that would break a line, or is a novel, is refused', async () => {
    for (const reason of ['two\nlines', 'x'.repeat(513)]) {
      const spec = JSON.stringify({ spec: { suspension: { mode: 'ReadOnly', reason } } });
      const { stderr } = await stack.kubectl(['patch', 'tenant', TENANT, '--type=merge', '-p', spec], 'operator');
      assert.match(stderr, /spec\.suspension\.reason: Invalid value: .* must be one line of at most 512 characters/);
    }
  });

  describe('upstream, with nothing of the gateway’s in the way', () => {
    const path = `/api/v1/namespaces/${TENANT}-default/configmaps/there`;
    const admins = {
      'impersonate-user': `kubezoo:${TENANT}:admin`,
      'impersonate-group': [`kubezoo:${TENANT}:tenant-admins`, 'system:authenticated'],
    };
    const mergePatch = { body: { data: { x: 'y' } }, contentType: 'application/merge-patch+json' };
    const asUser = () => upstream.request('PATCH', path, { ...mergePatch, headers: admins });
    const refuses = (send: typeof asUser) => async () => {
      const { status, body } = await send();
      assert.ok(status === 200 || (status === 403 && body.includes('the tenant is suspended')), body);
      return status === 403;
    };

    it('a policy refuses the tenant’s users, and its ServiceAccounts, but not the platform’s', async () => {
      const role = `${RBAC}/namespaces/${TENANT}-default/rolebindings`;
      const subjects = [{ kind: 'ServiceAccount', name: 'default', namespace: `${TENANT}-default` }];
      const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' };
      await must(upstream, { method: 'POST', path: role, body: { metadata: { name: 'by-the-platform' }, roleRef, subjects } });
      const token = await stack.mustKubectl(['-n', `${TENANT}-default`, 'create', 'token', 'default'], 'upstream');
      const { server, ca } = readKubeconfig(stack.kubeconfig('upstream'));
      const robot = new KubeClient({ server, ca, token: token.trim() });
      const asRobot = () => robot.request('PATCH', path, mergePatch);
      try {
        for (const send of [asUser, asRobot]) assert.equal((await send()).status, 200);
        await write('ReadOnly');
        for (const send of [asUser, asRobot]) await upstreamRefuses(refuses(send), true);
        const exec = await upstream.request('POST', `/api/v1/namespaces/${TENANT}-default/pods/held/exec?command=ls`, { headers: admins });
        assert.match(exec.body, /the tenant is suspended/);
        const remove = await upstream.request('DELETE', path, { headers: admins });
        assert.match(remove.body, /the tenant is suspended/);
        // Neighbours, look-alikes and the platform write as before.
        const other = {
          'impersonate-user': 'kubezoo:demo02:admin',
          'impersonate-group': ['kubezoo:demo02:tenant-admins', 'system:authenticated'],
        };
        const neighbour = '/api/v1/namespaces/demo02-default/configmaps?dryRun=All';
        assert.equal((await upstream.request('POST', neighbour, { body: { metadata: { name: 'x' } }, headers: other })).status, 201);
        const lookAlike = { 'impersonate-user': `system:serviceaccount:${TENANT}x-ns:default`, 'impersonate-group': 'system:masters' };
        assert.equal((await upstream.request('PATCH', path, { ...mergePatch, headers: lookAlike })).status, 200);
        await must(upstream, { method: 'PATCH', path, ...mergePatch });
        await write(undefined);
        for (const send of [asUser, asRobot]) await upstreamRefuses(refuses(send), false);
      } finally {
        robot.close();
        await upstream.request('DELETE', `${role}/by-the-platform`);
      }
    });

    it('what the tenant has running goes on', async () => {
      const labels = { app: 'a' };
      const deployment = {
        metadata: { name: 'goes-on' },
        spec: {
          replicas: 1,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'example.com/none' }] } },
        },
      };
      await must(tenant, { method: 'POST', path: '/apis/apps/v1/namespaces/default/deployments', body: deployment });
      const pod = async (): Promise<string | undefined> => {
        const list = JSON.parse(await must(tenant, { method: 'GET', path: '/api/v1/namespaces/default/pods?labelSelector=app%3Da' }));
        return list.items[0]?.metadata.name;
      };
      const first = await waitUntil('a pod', pod, { timeoutMs: 20_000 });
      await write('ReadOnly');
      await upstreamRefuses(refuses(asUser), true);
      await must(upstream, { method: 'DELETE', path: `/api/v1/namespaces/${TENANT}-default/pods/${first}?gracePeriodSeconds=0` });
      await waitUntil('another pod', async () => ![undefined, first].includes(await pod()), { timeoutMs: 20_000 });
    });

    it('the policy comes back when it is taken away', async () => {
      await write('ReadOnly');
      await upstreamRefuses(refuses(asUser), true);
      await stack.mustKubectl(['delete', POLICY], 'upstream');
      const isBack = async () => (await stack.kubectl(['get', POLICY], 'upstream')).code === 0;
      await waitUntil('the policy to be back', isBack, { timeoutMs: 20_000 });
      await upstreamRefuses(refuses(asUser), true);
    });
  });

  it('a suspended tenant can be deleted, and the next of its id is not suspended', async () => {
    const id = 'susp02';
    await makeTenant(stack, id);
    const spec = JSON.stringify({ spec: { suspension: { mode: 'Frozen' } } });
    await stack.mustKubectl(['patch', 'tenant', id, '--type=merge', '-p', spec], 'operator');
    await stack.mustKubectl(['wait', '--for=condition=Suspended', `tenant/${id}`, '--timeout=20s'], 'operator');
    await stack.mustKubectl(['delete', 'tenant', id, '--timeout=60s'], 'operator');
    await makeTenant(stack, id);
    await stack.mustKubectl(['create', 'configmap', 'free'], { tenant: id });
    await stack.mustKubectl(['delete', 'tenant', id, '--timeout=60s'], 'operator');
  });
});
