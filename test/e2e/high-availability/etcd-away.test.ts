/** The etcd of the tenants stops, comes back, and has forgotten the past meanwhile; upstream is well. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../../src/config/config.ts';
import type { KubeClient } from '../../../src/launch/kube/kube-client.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { connectEtcd } from '../../../src/tenants/etcd-client.ts';
import { type EtcdTenantStore, openEtcdStore } from '../../../src/tenants/etcd-store.ts';
import { sharedStack } from '../../helpers/shared-stack.ts';
import type { Stack } from '../../helpers/stack.ts';
import { type Replica, startReplica } from '../../helpers/start-replica.ts';
import { EtcdProcess } from '../../integration/tenant-api/support/etcd-process.ts';
import { startProxy } from '../../integration/tenant-api/support/tcp-proxy.ts';

const TENANTS_PATH = '/apis/tenant.kubezoo.io/v1alpha1/tenants';
const NAMESPACE = '/api/v1/namespaces/default';
const SEEN_WITHIN_MS = 20_000;

describe('a gateway whose etcd is away', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kz-away-'));
  const passwordFile = join(folder, 'password');
  const user = { username: 'root', passwordFile };
  let stack: Stack;
  let etcd: EtcdProcess;
  let proxy: Awaited<ReturnType<typeof startProxy>>;
  /** Past the proxy. */
  let direct: EtcdTenantStore;
  let replica: Replica;
  let operator: KubeClient;
  let tenants: Record<'demo01' | 'demo02', KubeClient>;

  before(async () => {
    stack = await sharedStack();
    // Tokens that end within a second: each time that etcd is back, the replica's has ended.
    etcd = await EtcdProcess.start({ flags: ['--auth-token', 'simple', '--auth-token-ttl', '1', '--bcrypt-cost', '4'] });
    writeFileSync(passwordFile, 'secret');
    const open = connectEtcd([etcd.endpoint]);
    await open.role('root').create();
    await open.user('root').create('secret');
    await open.user('root').addRole('root');
    await open.auth.authEnable();
    open.close();
    proxy = await startProxy(etcd.port);
    const { etcdEndpoints, etcdPrefix: prefix } = loadConfig(stack.home.config);
    direct = openEtcdStore({ endpoints: [etcd.endpoint], security: user, prefix });
    const own = openEtcdStore({ endpoints: etcdEndpoints, prefix });
    for (const tenantId of ['demo01', 'demo02']) await direct.create((await own.get(tenantId))!);
    await own.close();
    replica = await startReplica(stack, 'away', { config: { etcdEndpoints: [`http://127.0.0.1:${proxy.port}`], etcd: user } });
    operator = replica.client('operator');
    tenants = { demo01: replica.client({ tenant: 'demo01' }), demo02: replica.client({ tenant: 'demo02' }) };
  });

  after(async () => {
    etcd?.thaw();
    for (const client of [operator, tenants?.demo01, tenants?.demo02]) client?.close();
    await replica?.stop();
    await direct?.close();
    proxy?.cut();
    await etcd?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const readyz = async (query = ''): Promise<number> => {
    const response = await fetch(`${replica.adminUrl}/readyz${query}`);
    await response.arrayBuffer();
    return response.status;
  };
  const untilReadyz = (status: number) =>
    waitUntil(`readyz to say ${status}`, async () => (await readyz()) === status, { timeoutMs: SEEN_WITHIN_MS });
  const create = (name: string) =>
    operator.request('POST', TENANTS_PATH, {
      body: { apiVersion: 'tenant.kubezoo.io/v1alpha1', kind: 'Tenant', metadata: { name }, spec: {} },
    });
  const statusFor = async (tenantId: 'demo01' | 'demo02') => (await tenants[tenantId].request('GET', NAMESPACE)).status;

  it('serves the tenants that it knows, refuses changes with a Status, says so, and goes on when etcd does', async () => {
    assert.equal((await create('away-1')).status, 201);
    etcd.freeze();
    await untilReadyz(503);
    // For load balancers: all replicas have the same etcd, and none is better than this one.
    assert.equal(await readyz('?exclude=tenants'), 200);
    assert.equal(await statusFor('demo01'), 200);
    const refused = await create('away-2');
    assert.equal(refused.status, 503);
    const { kind, reason, details, message } = JSON.parse(refused.body);
    assert.deepEqual({ kind, reason, seconds: details.retryAfterSeconds }, { kind: 'Status', reason: 'ServiceUnavailable', seconds: 1 });
    assert.doesNotMatch(message, /etcd|127\.0\.0\.1/);
    assert.equal(await statusFor('demo01'), 200);
    etcd.thaw();
    await untilReadyz(200);
    assert.equal((await create('away-3')).status, 201);
  });

  it('learns what changed meanwhile, though etcd has compacted it away', async () => {
    proxy.cut();
    await untilReadyz(503);
    await direct.delete('demo02');
    await direct.create({ ...(await direct.get('away-1'))!, metadata: { name: 'away-4' } });
    const { revision } = await direct.list();
    const admin = connectEtcd([etcd.endpoint], user);
    await admin.kv.compact({ revision, physical: true });
    admin.close();
    assert.equal(await statusFor('demo02'), 200);
    await proxy.mend();
    await untilReadyz(200);
    // What is known may be some seconds old before a gateway says that it is.
    await waitUntil('demo02 to be nobody', async () => (await statusFor('demo02')) === 401, { timeoutMs: SEEN_WITHIN_MS });
    assert.equal(await statusFor('demo01'), 200);
    assert.equal((await operator.request('GET', `${TENANTS_PATH}/away-4`)).status, 200);
  });
});
