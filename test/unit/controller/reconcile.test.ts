import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '../../../src/certs/authority.ts';
import { type ReconcileDeps, reconcile } from '../../../src/controller/reconcile.ts';
import { DEFAULT_ROLES } from '../../../src/controller/roles/default-roles.ts';
import type { CredentialSettings } from '../../../src/controller/steps/step.ts';
import {
  FINALIZER_GRACE_ANNOTATION,
  KUBECONFIG_ANNOTATION,
  TENANT_API_VERSION,
  TENANT_FINALIZER,
  type Tenant,
} from '../../../src/tenants/tenant.ts';
import { createJsonClient } from '../../../src/upstream/json-client.ts';
import type { UpstreamClient } from '../../../src/upstream/upstream-client.ts';
import { UpstreamError } from '../../../src/upstream/upstream-error.ts';
import { FakeUpstream } from './support/fake-upstream.ts';
import { MemoryStore } from './support/memory-store.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const FENCE = { key: '/kubezoo/leader/controller', createRevision: '7' };

describe('reconcile', () => {
  let folder: string;
  let credentials: CredentialSettings & { kubeconfigDir: string };
  let upstream: FakeUpstream;
  let store: MemoryStore;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kubezoo-reconcile-'));
    const authority = await createAuthority({ commonName: 'test-ca' });
    const [cert, key] = [join(folder, 'ca.crt'), join(folder, 'ca.key')];
    writeFileSync(cert, authority.certificatePem);
    writeFileSync(key, authority.keyPem);
    const kubeconfigDir = join(folder, 'tenants');
    credentials = { gatewayUrl: 'https://g', servingCaFile: cert, clientCaFile: cert, clientCaKeyFile: key, kubeconfigDir };
  });
  after(() => rmSync(folder, { recursive: true }));
  beforeEach(async () => {
    upstream = new FakeUpstream();
    store = new MemoryStore();
    await store.create(tenant());
    rmSync(credentials.kubeconfigDir, { recursive: true, force: true });
  });

  function tenant(metadata: Partial<Tenant['metadata']> = {}): Tenant {
    return { apiVersion: TENANT_API_VERSION, kind: 'Tenant', metadata: { name: 'demo01', generation: 1, ...metadata }, spec: {} };
  }

  /** A controller has one client for as long as it leads. */
  const clients = new WeakMap<FakeUpstream, UpstreamClient>();
  const clientOf = (fake: FakeUpstream): UpstreamClient => {
    const client = clients.get(fake) ?? createJsonClient(fake);
    clients.set(fake, client);
    return client;
  };
  const run = (more: Partial<ReconcileDeps> = {}) =>
    reconcile({ store, upstream: clientOf(upstream), credentials, platformInstalled: () => true, fence: FENCE, ...more }, 'demo01');
  const status = () => store.tenants.get('demo01')?.status;
  const condition = (type: string) => status()?.conditions?.find((found) => found.type === type);
  const file = () => join(credentials.kubeconfigDir, 'demo01.kubeconfig');

  const established = [
    '/api/v1/namespaces/demo01-default',
    '/api/v1/namespaces/demo01-default/services/kubernetes',
    '/api/v1/namespaces/demo01-kube-node-lease',
    '/api/v1/namespaces/demo01-kube-public',
    '/api/v1/namespaces/demo01-kube-system',
    `${RBAC}/clusterrolebindings/demo01-cluster-admin`,
    `${RBAC}/clusterrolebindings/kubezoo:demo01:tenant-admins`,
    ...DEFAULT_ROLES.map(({ tenantName }) => `${RBAC}/clusterroles/demo01-${tenantName}`).sort(),
  ];

  async function markDeleted(): Promise<void> {
    const found = await store.get('demo01');
    assert.ok(found);
    await store.update({ ...found, metadata: { ...found.metadata, deletionTimestamp: new Date().toISOString() } });
  }

  it('makes what a tenant is, and every write of the store is fenced', async () => {
    // Its certificate ends one day, so it comes back by itself.
    assert.deepEqual(await run(), { retryAfterMs: 3_600_000 });
    assert.deepEqual(upstream.paths, established);
    assert.equal(status()?.phase, 'Ready');
    assert.equal(status()?.observedGeneration, 1);
    assert.deepEqual(new Set(store.fences), new Set([FENCE]));
    assert.deepEqual(store.tenants.get('demo01')?.metadata.finalizers, ['kubezoo.io/tenant']);
    assert.ok(existsSync(file()));
  });

  it('stores the finalizer before it makes anything', async () => {
    store.beforeWrite = () => {
      throw new Error('etcd is down');
    };
    await assert.rejects(run(), /etcd is down/);
    assert.deepEqual(upstream.writes, []);
  });

  it('notes when a new tenant begins, by upstream’s count, and never again', async () => {
    upstream.put('/api/v1/namespaces/other1-default');
    const { resourceVersion } = upstream.objects.get('/api/v1/namespaces/other1-default')!.metadata;
    // With the finalizer of the one before, as in a manifest that was exported.
    await store.update({ ...tenant({ finalizers: [TENANT_FINALIZER] }) });
    upstream.beforeWrite = () => assert.equal(status()?.firstResourceVersion, resourceVersion);
    await run();
    assert.equal(status()?.phase, 'Ready');
    upstream.put('/api/v1/namespaces/other1-more');
    await run();
    assert.equal(status()?.firstResourceVersion, resourceVersion);
  });

  it('notes nothing of a tenant that was there before there was the note', async () => {
    await store.update({ ...tenant({ finalizers: [TENANT_FINALIZER] }), status: { phase: 'Ready' } });
    await run();
    assert.equal(status()?.firstResourceVersion, undefined);
  });

  it('does not begin while upstream cannot say when that is', async () => {
    const unreachable = { ...clientOf(upstream), request: () => Promise.reject(new Error('no way')) } as UpstreamClient;
    await assert.rejects(run({ upstream: unreachable }), /no way/);
    assert.deepEqual([upstream.writes, status()], [[], undefined]);
  });

  it('writes nothing when nothing has changed, upstream or in the store', async () => {
    await run();
    const { writes } = store;
    const versions = [...upstream.objects.values()].map(({ metadata }) => metadata.resourceVersion);
    await run();
    await run();
    assert.equal(store.writes, writes);
    assert.deepEqual(
      [...upstream.objects.values()].map(({ metadata }) => metadata.resourceVersion),
      versions,
    );
  });

  it('gives no access before the policies are in force, and says so', async () => {
    const requeue = await run({ platformInstalled: () => false });
    assert.deepEqual(requeue, { retryAfterMs: 1000 });
    assert.ok(!upstream.objects.has(`${RBAC}/clusterrolebindings/kubezoo:demo01:tenant-admins`));
    assert.equal(condition('AccessReady')?.reason, 'PlatformNotInstalled');
    assert.equal(condition('CredentialsReady')?.status, 'True');
    assert.equal(condition('Ready')?.message, 'the policies that confine tenants are not in force upstream yet');
    assert.equal(status()?.phase, 'Pending');
    await run();
    assert.equal(status()?.phase, 'Ready');
  });

  it('waits for a built-in namespace that is being deleted', async () => {
    await run();
    upstream.put('/api/v1/namespaces/demo01-default', {
      metadata: { name: '', labels: { 'kubezoo.io/tenant': 'demo01' }, deletionTimestamp: new Date().toISOString() },
    });
    assert.deepEqual(await run(), { retryAfterMs: 2000 });
    assert.equal(condition('NamespacesReady')?.message, 'being deleted, and made again when gone: default');
    assert.equal(condition('Ready')?.status, 'False');
  });

  it('says what failed, throws it, and keeps the time at which a condition turned', async () => {
    upstream.beforeWrite = (write) => {
      if (write.includes('clusterrolebindings')) throw new Error('no route to upstream');
    };
    await assert.rejects(run(), /no route/);
    const turned = condition('AccessReady');
    assert.equal(turned?.status, 'False');
    assert.equal(turned?.message, 'no route to upstream');
    assert.equal(condition('NamespacesReady')?.status, 'True');
    const { writes } = store;
    await assert.rejects(run(), /no route/);
    assert.equal(store.writes, writes, 'the same failure again is no news');
    assert.deepEqual(condition('AccessReady'), turned);
    upstream.beforeWrite = () => undefined;
    await run();
    assert.equal(condition('AccessReady')?.status, 'True');
  });

  it('keeps the default roles: back when deleted or changed, left alone when their owner says so, and no write when all is well', async () => {
    const path = `${RBAC}/clusterroles/demo01-view`;
    await run();
    const { length } = upstream.writes;
    await run();
    const writesOf = (from: number) => upstream.writes.slice(from).filter((write) => write.includes('/clusterrole'));
    assert.deepEqual(writesOf(length), [`PATCH ${RBAC}/clusterrolebindings/kubezoo:demo01:tenant-admins`]);
    upstream.objects.delete(path);
    await run();
    assert.ok(upstream.objects.has(path));
    const other = { matchLabels: { a: 'b' } };
    upstream.put(path, { aggregationRule: { clusterRoleSelectors: [other] } });
    await run();
    assert.deepEqual(upstream.objects.get(path)?.aggregationRule, {
      clusterRoleSelectors: [
        { matchLabels: { 'kubezoo.io/tenant': 'demo01', 'rbac.authorization.k8s.io/demo01-aggregate-to-view': 'true' } },
      ],
    });
    const annotations = { 'rbac.authorization.kubernetes.io/autoupdate': 'false' };
    upstream.put(path, { metadata: { name: '', annotations }, aggregationRule: { clusterRoleSelectors: [other] } });
    await run();
    assert.deepEqual(upstream.objects.get(path)?.aggregationRule, { clusterRoleSelectors: [other] });
  });

  it('gives the default roles the rules of upstream’s own, without what tenants are refused', async () => {
    const verbs = ['get'];
    upstream.put(`${RBAC}/clusterroles/system:aggregate-to-view`, {
      rules: [
        { apiGroups: [''], resources: ['pods', 'bindings', 'namespaces/status'], verbs },
        { apiGroups: ['flowcontrol.apiserver.k8s.io'], resources: ['flowschemas'], verbs },
      ],
    });
    await run();
    assert.deepEqual(upstream.objects.get(`${RBAC}/clusterroles/demo01-system:aggregate-to-view`)?.rules, [
      { apiGroups: [''], resources: ['pods'], verbs },
    ]);
    assert.equal(upstream.objects.get(`${RBAC}/clusterroles/demo01-view`)?.rules, undefined);
  });

  it('takes everything away, whatever moment it is cut off at, and ends in the same state', async function () {
    this.timeout(120_000);
    const foreign = [
      '/api/v1/namespaces/demo01x-ns',
      '/api/v1/namespaces/demo012-ns',
      `${RBAC}/clusterroles/demo01`,
      '/api/v1/nodes/demo01-node',
      '/apis/demo02-acme.io/v1/gadgets/demo01-g',
    ];
    const owned = [
      '/api/v1/namespaces/demo01-web',
      '/api/v1/persistentvolumes/demo01-v',
      `${RBAC}/clusterroles/demo01-r`,
      `${RBAC}/clusterrolebindings/demo01-b`,
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.demo01-acme.io',
      '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/demo01-w',
    ];
    const alsoForeign = [
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.demo01x-acme.io',
      `${RBAC}/clusterrolebindings/kubezoo:demo02:tenant-admins`,
    ];
    for (let cut = 1, finished = false; !finished; cut++) {
      for (const when of ['beforeWrite', 'afterWrite'] as const) {
        upstream = new FakeUpstream();
        store = new MemoryStore();
        await store.create(tenant());
        for (const path of [...foreign, ...alsoForeign, ...owned]) upstream.put(path, { spec: { versions: [] } });
        let count = 0;
        upstream[when] = () => {
          if (++count === cut) throw new Error('cut off');
        };
        const attempts = async () => {
          for (let attempt = 0; store.tenants.has('demo01'); attempt++) {
            assert.ok(attempt < 20, `does not come to an end, cut at ${cut} ${when}`);
            await run().catch((thrown: unknown) => assert.match(String(thrown), /cut off/));
            if (status()?.phase === 'Ready') return;
          }
        };
        await attempts();
        assert.equal(status()?.phase, 'Ready');
        assert.ok(established.every((path) => upstream.objects.has(path)));
        await markDeleted();
        await attempts();
        assert.deepEqual(upstream.paths, [...foreign, ...alsoForeign].sort(), `cut at ${cut} ${when}`);
        assert.equal(existsSync(file()), false);
        finished = count < cut;
      }
    }
  });

  it('is cut off by a failing store too, and goes on', async () => {
    for (let cut = 1; cut <= 4; cut++) {
      upstream = new FakeUpstream();
      store = new MemoryStore();
      await store.create(tenant());
      let count = 0;
      store.beforeWrite = () => {
        if (++count === cut) throw new Error('cut off');
      };
      for (let attempt = 0; attempt < 3; attempt++) await run().catch((thrown: unknown) => assert.match(String(thrown), /cut off/));
      const annotation = store.tenants.get('demo01')?.metadata.annotations?.[KUBECONFIG_ANNOTATION] ?? '';
      assert.equal(readFileSync(file(), 'utf8'), Buffer.from(annotation, 'base64').toString());
      const found = store.tenants.get('demo01');
      assert.ok(found);
      found.metadata.deletionTimestamp = new Date().toISOString();
      for (let attempt = 0; attempt < 3; attempt++) await run().catch((thrown: unknown) => assert.match(String(thrown), /cut off/));
      assert.deepEqual(upstream.paths, []);
      assert.equal(store.tenants.size, 0);
    }
  });

  it('keeps the Tenant while something of it remains, or may remain where upstream does not say', async () => {
    await run();
    upstream.put(`${RBAC}/clusterroles/demo01-stuck`, { metadata: { name: '', finalizers: ['example.com/x'] } });
    await markDeleted();
    await run();
    const requeue = await run();
    assert.deepEqual(requeue, { retryAfterMs: 1000 });
    assert.equal(status()?.phase, 'Terminating');
    assert.equal(condition('CleanedUp')?.message, '1 object is left: 1 clusterroles.rbac.authorization.k8s.io (stuck)');
    assert.equal(condition('Ready')?.reason, 'Terminating');
    upstream.objects.delete(`${RBAC}/clusterroles/demo01-stuck`);
    upstream.staleGroups = ['metrics.k8s.io'];
    await run();
    assert.equal(condition('CleanedUp')?.message, 'upstream does not say what it serves in metrics.k8s.io');
    upstream.staleGroups = [];
    upstream.unlistable = '/api/v1/persistentvolumes';
    await run();
    assert.match(condition('CleanedUp')?.message ?? '', /^persistentvolumes cannot be listed: /);
    upstream.unlistable = undefined;
    await run();
    assert.equal(store.tenants.size, 0);
  });

  it('takes a finalizer off when its time is over, those of Kubernetes after twice that time; the annotation goes first', async () => {
    const path = `${RBAC}/clusterroles/demo01-stuck`;
    const finalizers = () => upstream.objects.get(path)?.metadata.finalizers;
    const startedAgo = async (seconds: number, annotations = {}) => {
      const found = await store.get('demo01');
      assert.ok(found);
      const removal = { ...found.status?.removal, startedAt: new Date(Date.now() - seconds * 1000).toISOString() };
      await store.update({ ...found, metadata: { ...found.metadata, annotations }, status: { ...found.status, removal } });
      await run({ finalizerGraceSeconds: 100 });
    };
    await run();
    upstream.put(path, { metadata: { name: '', finalizers: ['example.com/x', 'kubernetes.io/pv-protection', 'orphan'] } });
    await markDeleted();
    await run({ finalizerGraceSeconds: 100 });
    assert.equal(finalizers()?.length, 3);
    await startedAgo(90);
    assert.equal(finalizers()?.length, 3);
    await startedAgo(190);
    assert.deepEqual(finalizers(), ['kubernetes.io/pv-protection', 'orphan']);
    assert.equal(status()?.removal?.finalizersCleared, 1);
    await startedAgo(90, { [FINALIZER_GRACE_ANNOTATION]: '40' });
    assert.equal(upstream.objects.has(path), false);
  });

  it('goes on with the rest where upstream refuses one deletion, and says why in its words', async () => {
    await run();
    for (const name of ['demo01-a', 'demo01-refused']) upstream.put(`/api/v1/persistentvolumes/${name}`);
    await markDeleted();
    upstream.beforeWrite = (write) => {
      if (write.endsWith('demo01-refused'))
        throw new UpstreamError(403, 'Forbidden', 'admission webhook "keep.example.com" denied the request');
    };
    await run();
    assert.deepEqual(upstream.paths, ['/api/v1/persistentvolumes/demo01-refused']);
    await run();
    assert.equal(
      condition('CleanedUp')?.message,
      '1 object is left: 1 persistentvolumes (refused): admission webhook "keep.example.com" denied the request',
    );
    upstream.beforeWrite = () => undefined;
    for (let attempt = 0; attempt < 2; attempt++) await run();
    assert.equal(store.tenants.size, 0);
  });

  it('leaves the Tenant to the finalizers of others, and one that is not its own alone', async () => {
    await run();
    const found = store.tenants.get('demo01');
    assert.ok(found);
    found.metadata.finalizers?.push('example.com/other');
    await markDeleted();
    await run();
    await run();
    assert.deepEqual(store.tenants.get('demo01')?.metadata.finalizers, ['example.com/other']);
    const { writes } = store;
    assert.equal(await run(), undefined);
    assert.equal(store.writes, writes);
  });

  it('does nothing for a tenant that is not there', async () => {
    store.tenants.clear();
    assert.equal(await run(), undefined);
    assert.deepEqual(upstream.writes, []);
  });
});
