import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Etcd3 } from 'etcd3';
import { createAuthority } from '../../../src/certs/authority.ts';
import { readKubeconfig } from '../../../src/certs/kubeconfig.ts';
import { runLoop } from '../../../src/controller/loop.ts';
import { upstreamHoldsPrefix } from '../../../src/controller/prefix-taken.ts';
import type { CredentialSettings } from '../../../src/controller/steps/step.ts';
import { type EtcdTenantStore, openEtcdStore } from '../../../src/tenants/etcd-store.ts';
import { KUBECONFIG_ANNOTATION, type Tenant } from '../../../src/tenants/tenant.ts';
import type { KubeObject, UpstreamClient } from '../../../src/upstream/upstream-client.ts';
import { isUpstreamError } from '../../../src/upstream/upstream-error.ts';
import { eventually } from '../tenant-api/support/eventually.ts';
import { startCluster, type TestCluster } from './support/cluster.ts';
import { makeCredentialSettings, newTenant, QUIET } from './support/controller-fixture.ts';
import { fillTenant, namesOf } from './support/fill-tenant.ts';
import { asTenant } from './support/tenant-client.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';

describe('the life of a tenant', function () {
  this.timeout(60_000);
  let cluster: TestCluster;
  let admin: UpstreamClient;
  let store: EtcdTenantStore;
  let etcd: Etcd3;
  let credentials: CredentialSettings & { kubeconfigDir: string };
  const stop = new AbortController();
  let loop: Promise<void>;

  before(async () => {
    cluster = await startCluster();
    admin = cluster.admin;
    etcd = new Etcd3({ hosts: cluster.etcdUrl });
    store = openEtcdStore({ endpoints: [cluster.etcdUrl], prefix: '/kubezoo/' });
    credentials = await makeCredentialSettings(`${cluster.folder}/gateway`);
    loop = runLoop({ store, upstream: admin, credentials, log: QUIET }, stop.signal);
  });
  after(async () => {
    stop.abort();
    await loop;
    await store.close();
    etcd.close();
    await cluster.stop();
  });

  async function tenantInPhase(name: string, phase: string): Promise<Tenant> {
    return eventually(async () => {
      const tenant = await store.get(name);
      assert.equal(tenant?.status?.phase, phase, JSON.stringify(tenant?.status));
      return tenant;
    }, 30_000);
  }

  async function change(name: string, edit: (tenant: Tenant) => Tenant): Promise<void> {
    await eventually(async () => {
      const tenant = await store.get(name);
      assert.ok(tenant);
      await store.update(edit(tenant));
    });
  }

  const markDeleted = (tenant: Tenant): Tenant => ({
    ...tenant,
    metadata: { ...tenant.metadata, deletionTimestamp: new Date().toISOString(), deletionGracePeriodSeconds: 0 },
  });

  async function assertGone(path: string): Promise<void> {
    await assert.rejects(admin.get(path), (thrown) => isUpstreamError(thrown, 'NotFound'), path);
  }

  it('a Tenant becomes its objects, and says so', async () => {
    await store.create(newTenant('demo01'));
    await store.create(newTenant('demo02'));
    const tenant = await tenantInPhase('demo01', 'Ready');
    await tenantInPhase('demo02', 'Ready');
    assert.deepEqual(tenant.metadata.finalizers, ['kubezoo.io/tenant']);
    const conditions = Object.fromEntries((tenant.status?.conditions ?? []).map(({ type, status }) => [type, status]));
    assert.deepEqual(conditions, { NamespacesReady: 'True', AccessReady: 'True', CredentialsReady: 'True', Ready: 'True' });
    for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
      const { metadata } = await admin.get(`/api/v1/namespaces/demo01-${name}`);
      assert.equal(metadata.labels?.['kubezoo.io/tenant'], 'demo01');
    }
    interface Service extends KubeObject {
      spec: { clusterIP: string; ports: object[]; selector?: object };
    }
    const { spec } = await admin.get<Service>('/api/v1/namespaces/demo01-default/services/kubernetes');
    assert.match(spec.clusterIP, /^10\.0\./);
    assert.deepEqual(spec.ports, [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }]);
    assert.equal(spec.selector, undefined);
    await asTenant(admin, 'demo01').list('/api/v1/namespaces/demo01-default/secrets');
    // Without the group's grant a user of the tenant has nothing.
    await assert.rejects(asTenant(admin, 'demo01', 'nobody', []).list('/api/v1/namespaces/demo01-default/secrets'), /forbidden/);
  });

  it('its kubeconfig is in the annotation and in the file, for the owner alone', async () => {
    const tenant = await tenantInPhase('demo01', 'Ready');
    const text = Buffer.from(tenant.metadata.annotations?.[KUBECONFIG_ANNOTATION] ?? '', 'base64').toString();
    const file = `${credentials.kubeconfigDir}/demo01.kubeconfig`;
    assert.equal(readFileSync(file, 'utf8'), text);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const parts = readKubeconfig(text);
    assert.ok(parts);
    assert.equal(parts.server, credentials.gatewayUrl);
    assert.equal(parts.clusterName, 'demo01');
    const certificate = new X509Certificate(parts.certPem);
    const { notAfter, certificate: number } = tenant.status!.credentials!;
    assert.equal(certificate.subject, `O=demo01:tenant-admins\nOU=demo01\nserialNumber=${tenant.metadata.uid}/${number}\nCN=demo01:admin`);
    assert.equal(Date.parse(notAfter), certificate.validToDate.getTime());
    assert.ok(certificate.verify(new X509Certificate(readFileSync(credentials.clientCaFile)).publicKey));
  });

  it('what is taken away comes back', async () => {
    const uidOf = async (path: string) => (await admin.get(path)).metadata.uid;
    const paths = [
      '/api/v1/namespaces/demo01-kube-public',
      '/api/v1/namespaces/demo01-default/services/kubernetes',
      `${RBAC}/clusterrolebindings/kubezoo:demo01:tenant-admins`,
      `${RBAC}/clusterroles/kubezoo:tenant`,
      '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/kubezoo-confine',
      '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/kubezoo-confine',
      '/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies/kubezoo-tenant-label',
      '/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings/kubezoo-tenant-label',
    ];
    for (const path of paths) {
      const before = await uidOf(path);
      await admin.delete(path);
      // The controller-manager leaves a namespace five seconds before it begins to empty it.
      await eventually(async () => assert.notEqual(await uidOf(path), before, path), path.includes('kube-public') ? 30_000 : 5_000);
    }
  });

  it('what is changed is changed back', async () => {
    const role = `${RBAC}/clusterroles/kubezoo:tenant`;
    await admin.patch(role, { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] });
    await eventually(async () => {
      const { rules } = await admin.get<KubeObject & { rules: object[] }>(role);
      assert.deepEqual(rules, [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]);
    });
    const binding = `${RBAC}/clusterrolebindings/kubezoo:demo01:tenant-admins`;
    await admin.patch(binding, { subjects: null });
    await eventually(async () => {
      const { subjects } = await admin.get<KubeObject & { subjects?: object[] }>(binding);
      assert.equal(subjects?.length, 1);
    });
    await admin.patch('/api/v1/namespaces/demo01-default', { metadata: { labels: { 'kubezoo.io/tenant': null } } });
    await eventually(async () => {
      const { metadata } = await admin.get('/api/v1/namespaces/demo01-default');
      assert.equal(metadata.labels?.['kubezoo.io/tenant'], 'demo01');
    });
  });

  it('a namespace that the platform makes under its prefix gets the label, a look-alike does not', async () => {
    for (const name of ['demo01-byhand', 'demo01x-ns', 'demo012-byhand']) {
      await admin.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    }
    await eventually(async () => {
      const { metadata } = await admin.get('/api/v1/namespaces/demo01-byhand');
      assert.equal(metadata.labels?.['kubezoo.io/tenant'], 'demo01');
    });
    for (const name of ['demo01x-ns', 'demo012-byhand']) {
      const { metadata } = await admin.get(`/api/v1/namespaces/${name}`);
      assert.equal(metadata.labels?.['kubezoo.io/tenant'], undefined, name);
    }
  });

  it('credentials are made again when they are gone, damaged, or of another CA', async () => {
    const annotation = async () => (await store.get('demo02'))?.metadata.annotations?.[KUBECONFIG_ANNOTATION];
    const file = `${credentials.kubeconfigDir}/demo02.kubeconfig`;
    for (const value of [undefined, 'bm90IGEga3ViZWNvbmZpZw==', '%%%']) {
      const before = await annotation();
      await change('demo02', (tenant) => {
        const { [KUBECONFIG_ANNOTATION]: _, ...annotations } = tenant.metadata.annotations ?? {};
        return {
          ...tenant,
          metadata: { ...tenant.metadata, annotations: { ...annotations, ...(value && { [KUBECONFIG_ANNOTATION]: value }) } },
        };
      });
      await eventually(async () => {
        const now = await annotation();
        assert.ok(now && now !== before && now !== value);
        assert.equal(readFileSync(file, 'utf8'), Buffer.from(now, 'base64').toString());
      });
    }
    rmSync(file);
    const other = await createAuthority({ commonName: 'another' });
    const before = await annotation();
    const old = { cert: readFileSync(credentials.clientCaFile), key: readFileSync(credentials.clientCaKeyFile) };
    writeFileSync(credentials.clientCaKeyFile, other.keyPem);
    writeFileSync(credentials.clientCaFile, other.certificatePem);
    try {
      await change('demo02', (tenant) => ({ ...tenant, spec: { suspension: { mode: 'ReadOnly' } } }));
      await eventually(async () => assert.notEqual(await annotation(), before));
      const parts = readKubeconfig(readFileSync(file, 'utf8'));
      assert.ok(new X509Certificate(parts?.certPem ?? '').verify(new X509Certificate(other.certificatePem).publicKey));
    } finally {
      writeFileSync(credentials.clientCaKeyFile, old.key);
      writeFileSync(credentials.clientCaFile, old.cert);
    }
  });

  it('a prefix is taken by a namespace, a cluster-scoped object, or the group of a CRD; not by a look-alike', async () => {
    assert.match((await upstreamHoldsPrefix(admin, 'demo01')) ?? '', /"demo01-/);
    assert.equal(await upstreamHoldsPrefix(admin, 'demo03'), undefined);
    assert.equal(await upstreamHoldsPrefix(admin, 'demo0x'), undefined);
    await admin.create(`${RBAC}/clusterroles`, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'taken1-x' },
    });
    assert.equal(await upstreamHoldsPrefix(admin, 'taken1'), 'clusterroles "taken1-x"');
    await fillTenant(admin, 'taken2', { namespaces: [] });
    assert.match((await upstreamHoldsPrefix(admin, 'taken2')) ?? '', /taken2-/);
    await admin.delete(`${RBAC}/clusterroles/taken2-role`);
    await admin.delete(`${RBAC}/clusterrolebindings/taken2-binding`);
    await admin.delete('/api/v1/persistentvolumes/taken2-volume');
    await admin.delete('/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/taken2-webhook');
    await eventually(async () => {
      assert.equal(await upstreamHoldsPrefix(admin, 'taken2'), 'customresourcedefinitions "widgets.taken2-acme.io"');
    });
  });

  it('a Tenant that is deleted takes all it owned with it, and nothing else', async () => {
    await fillTenant(admin, 'demo01', { namespaces: ['demo01-web', 'demo01-default'] });
    await fillTenant(admin, 'demo02', { namespaces: ['demo02-default'] });
    await admin.create(`${RBAC}/clusterroles`, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'demo01x' },
    });
    const keys = ['demo01', 'demo01/default/pods', 'demo01x', 'demo010/default', 'demo02/default/pods'];
    for (const key of keys) await etcd.put(`/kubezoo/quota/${key}`).value('x');
    assert.equal(await store.countKeysOf('demo01'), 2);
    const others = await namesOf(admin, (name) => !name.includes('demo01-') && !name.includes(':demo01:'));
    assert.deepEqual(await namesOf(admin, (name) => name.includes('demo01-') || name.includes(':demo01:')), [
      'clusterrolebindings demo01-binding',
      'clusterrolebindings demo01-cluster-admin',
      'clusterrolebindings kubezoo:demo01:tenant-admins',
      'clusterroles demo01-admin',
      'clusterroles demo01-cluster-admin',
      'clusterroles demo01-edit',
      'clusterroles demo01-role',
      'clusterroles demo01-system:aggregate-to-admin',
      'clusterroles demo01-system:aggregate-to-edit',
      'clusterroles demo01-system:aggregate-to-view',
      'clusterroles demo01-view',
      'customresourcedefinitions widgets.demo01-acme.io',
      'namespaces demo01-byhand',
      'namespaces demo01-default',
      'namespaces demo01-kube-node-lease',
      'namespaces demo01-kube-public',
      'namespaces demo01-kube-system',
      'namespaces demo01-web',
      'persistentvolumes demo01-volume',
      'validatingwebhookconfigurations demo01-webhook',
      'widgets.demo01-acme.io w',
    ]);

    await change('demo01', markDeleted);
    await eventually(async () => assert.equal((await store.get('demo01'))?.status?.phase ?? 'Terminating', 'Terminating'));
    await eventually(async () => assert.equal(await store.get('demo01'), undefined), 40_000);

    assert.deepEqual(await namesOf(admin, (name) => name.includes('demo01-') || name.includes(':demo01:')), []);
    assert.deepEqual(await namesOf(admin, (name) => !name.includes('demo01-') && !name.includes(':demo01:')), others);
    assert.ok(others.includes('namespaces demo01x-ns') && others.includes('clusterroles demo01x'));
    assert.equal(existsSync(`${credentials.kubeconfigDir}/demo01.kubeconfig`), false);
    assert.equal(existsSync(`${credentials.kubeconfigDir}/demo02.kubeconfig`), true);
    await assert.rejects(asTenant(admin, 'demo01').list('/api/v1/namespaces/demo01-default/secrets'), /forbidden/);
    assert.equal(await upstreamHoldsPrefix(admin, 'demo01'), undefined);
    const left = await etcd.getAll().prefix('/kubezoo/quota/').keys();
    assert.deepEqual(
      left,
      ['demo010/default', 'demo01x', 'demo02/default/pods'].map((key) => `/kubezoo/quota/${key}`),
    );
  });

  it('the id is free again: a new tenant of that name inherits nothing', async () => {
    await store.create(newTenant('demo01'));
    await tenantInPhase('demo01', 'Ready');
    await assertGone('/api/v1/namespaces/demo01-web');
    await asTenant(admin, 'demo01').list('/api/v1/namespaces/demo01-default/secrets');
  });

  it('what stands in the way of the end is reported, and the end comes when it is gone', async () => {
    const role = `${RBAC}/clusterroles/demo01-stuck`;
    await admin.create(`${RBAC}/clusterroles`, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'demo01-stuck', finalizers: ['example.com/never'] },
    });
    await change('demo01', markDeleted);
    await eventually(async () => {
      const condition = (await store.get('demo01'))?.status?.conditions?.find(({ type }) => type === 'CleanedUp');
      assert.equal(condition?.message, '1 object is left: 1 clusterroles.rbac.authorization.k8s.io (stuck)');
    }, 30_000);
    await admin.patch(role, { metadata: { finalizers: null } });
    await eventually(async () => assert.equal(await store.get('demo01'), undefined));
  });
});
