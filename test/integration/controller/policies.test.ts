import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { CONFINE_POLICY_NAME } from '../../../src/controller/policies/confine.ts';
import type { KubeObject, UpstreamClient } from '../../../src/upstream/upstream-client.ts';
import { isUpstreamError } from '../../../src/upstream/upstream-error.ts';
import { eventually } from '../tenant-api/support/eventually.ts';
import type { TestCluster } from './support/cluster.ts';
import { installPlatform } from './support/install-platform.ts';
import { startWithTenants } from './support/start-with-tenants.ts';
import { asTenant, impersonating } from './support/tenant-client.ts';

const BINDINGS = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const OUTSIDE = /outside of your cluster/;

const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: 'b' } });
const namespace = (name: string, labels?: Record<string, string>) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
const clusterRole = (name: string, more: object = {}) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name },
  rules: [],
  ...more,
});
const labelled = (name: string, labels: Record<string, string>) => ({ metadata: { name, labels } });
const selector = (tenantId: string) => ({ matchLabels: { 'kubezoo.io/tenant': tenantId, x: 'y' } });
const pod = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { automountServiceAccountToken: false, containers: [{ name: 'c', image: 'i' }] },
});

describe('the policies upstream, against what a tenant could send if the gateway let it', function () {
  this.timeout(60_000);
  let cluster: TestCluster;
  let admin: UpstreamClient;
  let tenant: UpstreamClient;

  before(async () => {
    cluster = await startWithTenants();
    admin = cluster.admin;
    tenant = asTenant(admin, 'demo01');
    // Pods wait for it, and the controller-manager makes it.
    await eventually(() => admin.get('/api/v1/namespaces/demo01-default/serviceaccounts/default'));
    await eventually(() => tenant.get('/api/v1/namespaces/demo01-default'));
  });
  after(async () => cluster?.stop());

  async function refused(attempt: Promise<unknown>, message: RegExp): Promise<void> {
    await assert.rejects(attempt, (thrown) => {
      assert.ok(isUpstreamError(thrown), String(thrown));
      assert.match(thrown.message, message);
      assert.equal(thrown.code, 403);
      assert.ok(!/denied request:.*demo0/.test(thrown.message), `the reason names the prefix: ${thrown.message}`);
      return true;
    });
  }

  /** With the bindings away the same is allowed, which shows that it was the policies that refused. */
  async function withoutPolicies(names: readonly string[], attempt: () => Promise<unknown>): Promise<void> {
    for (const name of names) await admin.delete(`${BINDINGS}/${name}`);
    try {
      await eventually(attempt);
    } finally {
      await installPlatform(admin);
    }
  }

  it('are valid: upstream finds nothing to warn of in any expression', async () => {
    interface Policy extends KubeObject {
      spec: { matchConditions: object[]; validations: object[]; variables: object[]; matchConstraints: object };
      status?: { observedGeneration?: number; typeChecking?: { expressionWarnings?: object[] } };
    }
    await eventually(async () => {
      const { items } = await admin.list<Policy>('/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies');
      assert.deepEqual(items.map(({ metadata }) => metadata.name).sort(), [
        'kubezoo-confine',
        'kubezoo-guard-admin-access',
        'kubezoo-guard-claims',
        'kubezoo-guard-cluster-roles',
        'kubezoo-guard-default-classes',
        'kubezoo-guard-device-claim-templates',
        'kubezoo-guard-device-claims',
        'kubezoo-guard-device-classes',
        'kubezoo-guard-ingress-classes',
        'kubezoo-guard-migrations',
        'kubezoo-guard-network-policies',
        'kubezoo-guard-node-tokens',
        'kubezoo-guard-placement',
        'kubezoo-guard-pod-addresses',
        'kubezoo-guard-pods',
        'kubezoo-guard-priority-classes',
        'kubezoo-guard-quota',
        'kubezoo-guard-quota-label',
        'kubezoo-guard-role-bindings',
        'kubezoo-guard-runtime-classes',
        'kubezoo-guard-services',
        'kubezoo-guard-signers',
        'kubezoo-guard-storage-classes',
        'kubezoo-guard-template-placement',
        'kubezoo-guard-volumes',
        'kubezoo-quota-gate',
        'kubezoo-tenant-label',
      ]);
      for (const { metadata, status } of items) {
        assert.ok(status?.observedGeneration, metadata.name);
        assert.deepEqual(status.typeChecking?.expressionWarnings ?? [], [], metadata.name);
      }
    });
  });

  describe('inside the tenant', () => {
    const base = '/api/v1/namespaces/demo01-default';

    it('every verb works: create, generateName, apply, patch, update, delete, deletecollection', async () => {
      await tenant.create(`${base}/configmaps`, configMap('a'));
      await tenant.create(`${base}/configmaps`, { ...configMap(''), metadata: { generateName: 'gen-' } });
      await tenant.apply(`${base}/configmaps/b`, configMap('b'));
      await tenant.patch(`${base}/configmaps/a`, { data: { c: 'd' } });
      await tenant.delete(`${base}/configmaps/a`);
      const { status } = await tenant.request({ method: 'DELETE', path: `${base}/configmaps` });
      assert.equal(status, 200);
      const { items } = await tenant.list(`${base}/configmaps`);
      assert.deepEqual(
        items.filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt'),
        [],
      );
    });

    it('tokens, exec and eviction pass', async () => {
      const token = await tenant.create(`${base}/serviceaccounts/default/token`, {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        metadata: {},
        spec: { audiences: [] },
      } as object);
      assert.ok((token as unknown as { status: { token: string } }).status.token.length > 100);
      await tenant.create(`${base}/pods`, pod('p'));
      // No node runs it; that it is asked for a node means that the policy let it pass.
      const { status, body } = await tenant.request({
        method: 'POST',
        path: `${base}/pods/p/exec`,
        query: { command: 'ls', stdout: true },
      });
      assert.match(body.toString(), /does not have a host assigned/);
      assert.notEqual(status, 403);
      await tenant.create(`${base}/pods/p/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' } });
    });

    it('cluster-scoped objects under the prefix pass, by every verb', async () => {
      await tenant.create(`${RBAC}/clusterroles`, clusterRole('demo01-a'));
      await tenant.create(`${RBAC}/clusterroles`, { ...clusterRole(''), metadata: { generateName: 'demo01-gen-' } });
      await tenant.patch(`${RBAC}/clusterroles/demo01-a`, { metadata: { annotations: { a: 'b' } } });
      await tenant.delete(`${RBAC}/clusterroles/demo01-a`);
      const own = await tenant.request({
        method: 'DELETE',
        path: `${RBAC}/clusterroles`,
        query: { fieldSelector: 'metadata.name=demo01-nothing' },
      });
      assert.equal(own.status, 200);
    });

    it('a namespace is usable in the very next request, and carries the label', async () => {
      const created = await tenant.create('/api/v1/namespaces', namespace('demo01-fresh'));
      await tenant.create('/api/v1/namespaces/demo01-fresh/configmaps', configMap('a'));
      await tenant.list('/api/v1/namespaces/demo01-fresh/pods');
      assert.equal(created.metadata.labels?.['kubezoo.io/tenant'], 'demo01');
    });

    it('CRDs of its own groups, and objects of them in both scopes, pass', async () => {
      await tenant.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd('widgets', 'demo01-acme.io', 'Cluster'));
      await tenant.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd('gadgets', 'demo01-acme.io', 'Namespaced'));
      const widget = { apiVersion: 'demo01-acme.io/v1', kind: 'Widgets', metadata: { name: 'w' } };
      const gadget = { apiVersion: 'demo01-acme.io/v1', kind: 'Gadgets', metadata: { name: 'g' } };
      await eventually(() => tenant.create('/apis/demo01-acme.io/v1/widgets', widget));
      await eventually(() => tenant.create('/apis/demo01-acme.io/v1/namespaces/demo01-default/gadgets', gadget));
      await tenant.delete('/apis/demo01-acme.io/v1/widgets/w');

      const other = asTenant(admin, 'demo02');
      await refused(other.create('/apis/demo01-acme.io/v1/widgets', widget), OUTSIDE);
      // Its own prefix in the name does not make another tenant's group its own.
      await refused(other.create('/apis/demo01-acme.io/v1/widgets', { ...widget, metadata: { name: 'demo02-w' } }), OUTSIDE);
      await refused(other.create('/apis/demo01-acme.io/v1/namespaces/demo02-default/gadgets', gadget), OUTSIDE);
      await refused(other.delete('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.demo01-acme.io'), OUTSIDE);
      for (const definition of [crd('demo02-widgets', 'demo01-acme.io', 'Cluster'), crd('demo02-widgets', 'platform.example', 'Cluster')])
        await refused(other.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition), OUTSIDE);
    });

    it('reviews of oneself pass, as in any cluster, for a user without any grant too', async () => {
      const nobody = asTenant(admin, 'demo01', 'nobody', []);
      const review = await nobody.create('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'demo01-default' } },
      });
      assert.equal((review as unknown as { status: { allowed: boolean } }).status.allowed, false);
      const self = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
      const who = await nobody.create('/apis/authentication.k8s.io/v1/selfsubjectreviews', self);
      const { userInfo } = (who as unknown as { status: { userInfo: { username: string } } }).status;
      assert.equal(userInfo.username, 'kubezoo:demo01:nobody');
    });
  });

  describe('outside the tenant', () => {
    const foreign = ['default', 'kube-system', 'demo02-default', 'demo01x-ns', 'demo012-ns', 'demo01'];

    before(async () => {
      for (const name of ['demo01x-ns', 'demo012-ns', 'demo01']) await admin.create('/api/v1/namespaces', namespace(name));
      await admin.create('/api/v1/namespaces/demo02-default/pods', { ...pod('p'), spec: { ...pod('p').spec, nodeName: 'n' } });
      for (const name of foreign) await admin.create(`/api/v1/namespaces/${name}/configmaps`, configMap('there'));
    });

    for (const name of foreign) {
      it(`nothing can be written in the namespace ${name}`, async () => {
        const base = `/api/v1/namespaces/${name}`;
        await refused(tenant.create(`${base}/configmaps`, configMap('a')), OUTSIDE);
        await refused(tenant.create(`${base}/configmaps`, { ...configMap(''), metadata: { generateName: 'demo01-' } }), OUTSIDE);
        await refused(tenant.apply(`${base}/configmaps/a`, configMap('a')), OUTSIDE);
        await refused(tenant.patch(`${base}/configmaps/there`, { data: { x: 'y' } }), OUTSIDE);
        await refused(tenant.delete(`${base}/configmaps/there`), OUTSIDE);
        await refused(tenant.patch(base, { metadata: { annotations: { x: 'y' } } }), OUTSIDE);
        // Kubernetes itself keeps some of them.
        await refused(tenant.delete(base), /outside of your cluster|may not be deleted/);
        const { status } = await tenant.request({ method: 'DELETE', path: `${base}/configmaps` });
        assert.equal(status, 403);
      });
    }

    it('no exec, token, binding or proxy reaches another tenant', async () => {
      const base = '/api/v1/namespaces/demo02-default';
      const exec = await tenant.request({ method: 'POST', path: `${base}/pods/p/exec`, query: { command: 'ls' } });
      assert.match(exec.body.toString(), OUTSIDE);
      await refused(tenant.get(`${base}/pods/p/proxy/`), OUTSIDE);
      const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: {}, spec: { audiences: [] } };
      await refused(tenant.create(`${base}/serviceaccounts/default/token`, request), OUTSIDE);
    });

    it('no namespace or cluster-scoped object gets another name than one under the prefix', async () => {
      for (const name of ['evil', 'demo02-evil', 'demo01x', 'demo01x-evil', 'demo012-evil']) {
        await refused(tenant.create('/api/v1/namespaces', namespace(name)), OUTSIDE);
        await refused(tenant.create(`${RBAC}/clusterroles`, clusterRole(name)), OUTSIDE);
        await refused(tenant.apply(`${RBAC}/clusterroles/${name}`, clusterRole(name)), OUTSIDE);
        await refused(tenant.create(`${RBAC}/clusterroles`, { ...clusterRole(''), metadata: { generateName: name } }), OUTSIDE);
      }
      await refused(tenant.create('/api/v1/namespaces', { ...namespace(''), metadata: { generateName: 'demo02-' } }), OUTSIDE);
      await refused(
        tenant.patch(`${RBAC}/clusterroles/system:discovery`, { rules: [] }),
        /outside of your cluster|a part of a role of the platform/,
      );
      await refused(tenant.delete(`${RBAC}/clusterroles/kubezoo:tenant`), OUTSIDE);
      await refused(tenant.delete(`${RBAC}/clusterrolebindings/kubezoo:demo01:tenant-admins`), OUTSIDE);
      await refused(tenant.delete('/apis/apiregistration.k8s.io/v1/apiservices/v1.'), OUTSIDE);
      const webhook = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', metadata: { name: 'evil' } };
      await refused(tenant.create('/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', webhook), OUTSIDE);
    });

    it('a collection of cluster-scoped objects is deleted only as far as it is its own', async () => {
      const { status } = await tenant.request({ method: 'DELETE', path: `${RBAC}/clusterroles` });
      assert.equal(status, 403);
      await admin.get(`${RBAC}/clusterroles/view`);
      await admin.get(`${RBAC}/clusterroles/kubezoo:tenant`);
    });

    it('nodes, the placement of pods and certificates of the cluster are not touched', async () => {
      await refused(
        tenant.create('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'demo01-n' } }),
        /nodes are managed/,
      );
      await tenant.create('/api/v1/namespaces/demo01-default/pods', pod('unplaced'));
      const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'unplaced' }, target: { kind: 'Node', name: 'n' } };
      await refused(tenant.create('/api/v1/namespaces/demo01-default/pods/unplaced/binding', binding), /placed on nodes by the platform/);
      await refused(tenant.create('/api/v1/namespaces/demo01-default/bindings', binding), /placed on nodes by the platform/);
      const openssl = ['req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', '/dev/null', '-subj', '/CN=system:masters'];
      const request = execFileSync('openssl', openssl, { stdio: ['ignore', 'pipe', 'ignore'] }).toString('base64');
      const csr = {
        apiVersion: 'certificates.k8s.io/v1',
        kind: 'CertificateSigningRequest',
        metadata: { name: 'demo01-csr' },
        spec: { request, signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] },
      };
      await refused(tenant.create('/apis/certificates.k8s.io/v1/certificatesigningrequests', csr), /the signer is outside of your cluster/);
    });

    it('the three namespaces that Kubernetes keeps are kept', async () => {
      for (const name of ['default', 'kube-system', 'kube-public']) {
        await refused(tenant.delete(`/api/v1/namespaces/demo01-${name}`), /this namespace may not be deleted/);
      }
      const { status } = await tenant.request({
        method: 'DELETE',
        path: '/api/v1/namespaces/demo01-kube-node-lease',
        query: { dryRun: 'All' },
      });
      assert.equal(status, 200);
    });

    it('an identity that is no single tenant’s is nobody, and platform users are left alone', async () => {
      const target = '/api/v1/namespaces/demo01-default/configmaps';
      const admins = 'kubezoo:demo01:tenant-admins';
      const wrong: [string, string[]][] = [
        ['kubezoo:demo01:admin', [admins, 'kubezoo:demo02:tenant-admins']],
        ['kubezoo:demo01:admin', [admins, 'system:masters']],
        ['kubezoo:demo02:admin', [admins]],
        ['admin', [admins]],
        ['kubezoo:demo1:admin', [admins, 'system:masters']],
        ['kubezoo::admin', ['system:masters']],
        ['kubezoo:demo01:', [admins]],
      ];
      for (const [user, groups] of wrong) {
        await refused(impersonating(admin, user, groups).create(target, configMap('x')), /not one of a single tenant|outside/);
      }
      await impersonating(admin, 'kubezoo-gateway', ['system:masters', 'kubezoo:operators']).create(target, configMap('by-the-platform'));
      await impersonating(admin, 'kubezoo:controller', ['system:masters']).create(target, configMap('by-the-controller'));
    });

    it('it is the policy that refuses all this: without its binding it is allowed', async () => {
      await withoutPolicies([CONFINE_POLICY_NAME], async () => {
        await tenant.apply('/api/v1/namespaces/demo02-default/configmaps/intruder', configMap('intruder'));
        await tenant.apply(`${RBAC}/clusterroles/demo02-intruder`, clusterRole('demo02-intruder'));
      });
      await refused(tenant.delete(`${RBAC}/clusterroles/demo02-intruder`), OUTSIDE);
    });

    it('what no admission policy is shown stays open here: the gateway alone refuses it', async () => {
      const review = await tenant.create('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: { user: 'system:kube-controller-manager', resourceAttributes: { verb: 'get', resource: 'pods' } },
      });
      assert.ok('status' in review);
      const path = `${BINDINGS}/kubezoo-guard-services`;
      const { status } = await tenant.request({ method: 'DELETE', path, query: { dryRun: 'All' } });
      assert.equal(status, 200);
    });
  });

  describe('the tenant label', () => {
    it('cannot be changed, taken off or given to another, by any way to write a namespace', async () => {
      const path = '/api/v1/namespaces/demo01-labelled';
      const label = async () => (await admin.get(path)).metadata.labels?.['kubezoo.io/tenant'];
      await tenant.create('/api/v1/namespaces', namespace('demo01-labelled', { 'kubezoo.io/tenant': 'demo02' }));
      assert.equal(await label(), 'demo01');
      for (const value of ['demo02', null]) {
        const patch = { metadata: { labels: { 'kubezoo.io/tenant': value } } };
        await tenant.patch(path, patch);
        assert.equal(await label(), 'demo01');
        await tenant.patch(`${path}/status`, patch);
        assert.equal(await label(), 'demo01');
        const current = await admin.get<KubeObject & { spec: object }>(path);
        const labels = { ...current.metadata.labels, 'kubezoo.io/tenant': value };
        await put(tenant, `${path}/finalize`, { ...current, metadata: { ...current.metadata, labels } });
        assert.equal(await label(), 'demo01');
      }
      await tenant.patch(path, [{ op: 'remove', path: '/metadata/labels' }], 'json');
      assert.equal(await label(), 'demo01');
    });

    it('is demanded where it is not set: a wrong one is refused', async () => {
      const bindings = '/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings';
      await admin.delete(`${bindings}/kubezoo-tenant-label`);
      await eventually(() =>
        refused(tenant.create('/api/v1/namespaces', namespace('demo01-nolabel'), { dryRun: 'All' }), /labels under kubezoo.io/),
      );
      await refused(
        tenant.create('/api/v1/namespaces', namespace('demo01-x', { 'kubezoo.io/tenant': 'demo02' })),
        /labels under kubezoo.io/,
      );
      await installPlatform(admin);
      await eventually(() => tenant.create('/api/v1/namespaces', namespace('demo01-nolabel'), { dryRun: 'All' }));
    });
  });

  describe('guards', () => {
    const services = '/api/v1/namespaces/demo01-default/services';
    const service = (name: string, spec: object) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec });
    const ports = [{ port: 80 }];
    const podSpec = (more: object) => ({ serviceAccountName: 'default', containers: [{ name: 'c', image: 'i' }], ...more });
    const pod = (name: string, more: object) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: { ...podSpec(more), automountServiceAccountToken: false },
    });
    const workload = (kind: string, name: string, more: object) => ({
      apiVersion: 'apps/v1',
      kind,
      metadata: { name },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'a' } },
        template: { metadata: { labels: { app: 'a' } }, spec: podSpec(more) },
      },
    });
    const cronJob = (name: string, more: object) => ({
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name },
      spec: {
        schedule: '0 0 1 1 *',
        suspend: true,
        jobTemplate: { spec: { template: { spec: podSpec({ restartPolicy: 'Never', ...more }) } } },
      },
    });
    const volume = (name: string, source: object) => ({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name },
      spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: 'demo01-none', ...source },
    });
    const bindingTo = (name: string, subject: object) => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [subject],
    });
    const affinity = {
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }] } },
    };
    const ingressClass = (annotations: Record<string, string>) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'demo01-nginx', annotations },
      spec: { controller: 'demo01-example.com/c' },
    });
    const isDefault = 'ingressclass.kubernetes.io/is-default-class';

    const cases: { what: string; policy: string; message: RegExp; path: string; object: object; legal: object }[] = [
      {
        what: 'a Service of type ExternalName',
        policy: 'kubezoo-guard-services',
        message: /ExternalName are not available/,
        path: services,
        object: service('s', { type: 'ExternalName', externalName: 'example.com' }),
        legal: service('legal-s', { ports }),
      },
      {
        what: 'a pod that names its node',
        policy: 'kubezoo-guard-placement',
        message: /placed on nodes by the platform/,
        path: '/api/v1/namespaces/demo01-default/pods',
        object: pod('p', { nodeName: 'node' }),
        legal: pod('legal-p', {}),
      },
      ...(['Deployment', 'ReplicaSet'] as const).map((kind) => ({
        what: `a ${kind} whose pods name their node`,
        policy: 'kubezoo-guard-template-placement',
        message: /placed on nodes by the platform/,
        path: `/apis/apps/v1/namespaces/demo01-default/${kind.toLowerCase()}s`,
        object: workload(kind, 'w', { nodeName: 'node' }),
        legal: workload(kind, 'legal-w', {}),
      })),
      {
        what: 'a CronJob whose pods name their node',
        policy: 'kubezoo-guard-template-placement',
        message: /placed on nodes by the platform/,
        path: '/apis/batch/v1/namespaces/demo01-default/cronjobs',
        object: cronJob('w', { nodeName: 'node' }),
        legal: cronJob('legal-w', {}),
      },
      {
        what: 'a Service with externalIPs',
        policy: 'kubezoo-guard-services',
        message: /externalIPs/,
        path: services,
        object: service('e', { ports, externalIPs: ['1.2.3.4'] }),
        legal: service('legal-e', { ports, externalIPs: [] }),
      },
      {
        what: 'a PersistentVolume on a hostPath',
        policy: 'kubezoo-guard-volumes',
        message: /disks of nodes/,
        path: '/api/v1/persistentvolumes',
        object: volume('demo01-h', { hostPath: { path: '/' } }),
        legal: volume('demo01-legal', { nfs: { server: 's', path: '/' } }),
      },
      {
        what: 'a local PersistentVolume',
        policy: 'kubezoo-guard-volumes',
        message: /disks of nodes/,
        path: '/api/v1/persistentvolumes',
        object: volume('demo01-l', { local: { path: '/' }, ...affinity }),
        legal: volume('demo01-legal2', { csi: { driver: 'demo01-d', volumeHandle: 'h' } }),
      },
      {
        what: 'a PersistentVolume that any claim may get',
        policy: 'kubezoo-guard-volumes',
        message: /a storageClassName of your own, or the claimRef/,
        path: '/api/v1/persistentvolumes',
        object: volume('demo01-any', { nfs: { server: 's', path: '/' }, storageClassName: '' }),
        legal: volume('demo01-legal3', { nfs: { server: 's', path: '/' } }),
      },
      {
        what: 'an IngressClass that is the default',
        policy: 'kubezoo-guard-default-classes',
        message: /default class/,
        path: '/apis/networking.k8s.io/v1/ingressclasses',
        object: ingressClass({ [isDefault]: 'true' }),
        legal: { ...ingressClass({ [isDefault]: 'false' }), metadata: { name: 'demo01-legal', annotations: { [isDefault]: 'false' } } },
      },
      {
        what: 'a ClusterRole that collects from the whole cluster',
        policy: 'kubezoo-guard-cluster-roles',
        message: /would collect rules from outside/,
        path: `${RBAC}/clusterroles`,
        object: clusterRole('demo01-agg', { aggregationRule: { clusterRoleSelectors: [selector('demo01'), { matchLabels: { a: 'b' } }] } }),
        legal: clusterRole('demo01-legal', { aggregationRule: { clusterRoleSelectors: [selector('demo01')] } }),
      },
      {
        what: "a ClusterRole that collects another tenant's roles",
        policy: 'kubezoo-guard-cluster-roles',
        message: /would collect rules from outside/,
        path: `${RBAC}/clusterroles`,
        object: clusterRole('demo01-agg2', { aggregationRule: { clusterRoleSelectors: [selector('demo02')] } }),
        legal: clusterRole('demo01-legal2', { aggregationRule: { clusterRoleSelectors: [selector('demo01')] } }),
      },
      {
        what: "a ClusterRole that upstream's own roles would collect",
        policy: 'kubezoo-guard-cluster-roles',
        message: /a part of a role of the platform/,
        path: `${RBAC}/clusterroles`,
        object: clusterRole('demo01-to', labelled('demo01-to', { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' })),
        legal: clusterRole('demo01-legal3', labelled('demo01-legal3', { 'rbac.authorization.k8s.io/demo01-aggregate-to-view': 'true' })),
      },
      {
        what: 'a ClusterRole that another role of the platform might collect',
        policy: 'kubezoo-guard-cluster-roles',
        message: /a part of a role of the platform/,
        path: `${RBAC}/clusterroles`,
        object: clusterRole('demo01-to2', labelled('demo01-to2', { 'demo02-app': 'x' })),
        legal: clusterRole('demo01-legal4', labelled('demo01-legal4', { 'demo01-app': 'x' })),
      },
      {
        what: 'a ClusterRoleBinding to a real group',
        policy: 'kubezoo-guard-role-bindings',
        message: /a subject is outside/,
        path: `${RBAC}/clusterrolebindings`,
        object: bindingTo('demo01-b', { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:authenticated' }),
        legal: bindingTo('demo01-legal', { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'kubezoo:demo01:devs' }),
      },
      {
        what: "a RoleBinding to another tenant's user",
        policy: 'kubezoo-guard-role-bindings',
        message: /a subject is outside/,
        path: `${RBAC}/namespaces/demo01-default/rolebindings`,
        object: bindingTo('b', { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'kubezoo:demo02:admin' }),
        legal: bindingTo('legal', {
          apiGroup: 'rbac.authorization.k8s.io',
          kind: 'User',
          name: 'kubezoo:demo01:system:serviceaccount:a:b',
        }),
      },
      {
        what: 'a RoleBinding to a real ServiceAccount',
        policy: 'kubezoo-guard-role-bindings',
        message: /a subject is outside/,
        path: `${RBAC}/namespaces/demo01-default/rolebindings`,
        object: bindingTo('sa', { kind: 'ServiceAccount', name: 'default', namespace: 'demo01-default' }),
        legal: { ...bindingTo('legal2', {}), subjects: undefined },
      },
    ];

    for (const { what, message, path, object, legal } of cases) {
      it(`refuse ${what}`, async () => {
        await refused(tenant.create(path, object), message);
        await tenant.create(path, legal);
        // The same by the other ways to write it, from a legal object onwards.
        const { name } = (legal as KubeObject).metadata;
        const metadata = { ...(object as KubeObject).metadata, name };
        await refused(tenant.apply(`${path}/${(object as KubeObject).metadata.name}`, withKind(object, path)), message);
        if (!path.includes('rolebindings')) {
          const { spec } = object as { spec?: object };
          const patch = {
            metadata: { ...metadata },
            ...(spec && { spec }),
            ...('aggregationRule' in object && { aggregationRule: object.aggregationRule }),
          };
          const answer = await tenant.request({
            method: 'PATCH',
            path: `${path}/${name}`,
            headers: { 'content-type': 'application/merge-patch+json' },
            body: JSON.stringify(patch),
          });
          assert.ok(answer.status >= 400, `${what} by patch: ${answer.status}`);
        }
        // Only tenants are held to it.
        await admin.create(path, object, { dryRun: 'All' });
      });
    }

    it('are what refuses all these: without their bindings each is allowed', async () => {
      await withoutPolicies([...new Set(cases.map(({ policy }) => policy))], async () => {
        for (const { path, object } of cases) await tenant.create(path, object, { dryRun: 'All' });
      });
      for (const { path, object, message } of cases) {
        await eventually(() => refused(tenant.create(path, object, { dryRun: 'All' }), message));
      }
    });
  });
});

function withKind(object: object, path: string): object {
  if ('kind' in object) return object;
  return { ...object, kind: path.endsWith('/clusterrolebindings') ? 'ClusterRoleBinding' : 'RoleBinding' };
}

async function put(client: UpstreamClient, path: string, object: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const { status, body } = await client.request({ method: 'PUT', path, headers, body: JSON.stringify(object) });
  assert.equal(status, 200, body.toString());
}

function crd(plural: string, group: string, scope: string): object {
  const kind = plural[0]!.toUpperCase() + plural.slice(1);
  const schema = { openAPIV3Schema: { type: 'object' } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: { group, scope, names: { plural, kind }, versions: [{ name: 'v1', served: true, storage: true, schema }] },
  };
}
