import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import type { KubeObject, UpstreamClient } from '../../../src/upstream/upstream-client.ts';
import { isUpstreamError } from '../../../src/upstream/upstream-error.ts';
import { eventually } from '../tenant-api/support/eventually.ts';
import type { TestCluster } from './support/cluster.ts';
import { installPlatform } from './support/install-platform.ts';
import { startWithTenants } from './support/start-with-tenants.ts';
import { asTenant } from './support/tenant-client.ts';

const BINDINGS = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';
const STORAGE = '/apis/storage.k8s.io/v1';
const DEVICES = '/apis/resource.k8s.io/v1';
const CERTIFICATES = '/apis/certificates.k8s.io/v1';
const IN_DEFAULT = '/namespaces/demo01-default';
/** Where upstream itself would allow adminAccess. */
const IN_ADMIN = '/namespaces/demo01-admin';

type Body = KubeObject & Record<string, unknown>;

interface Case {
  readonly what: string;
  readonly policy: string;
  readonly message: RegExp;
  readonly path: string;
  readonly refused: Body;
  readonly legal: Body;
}

const named = (apiVersion: string, kind: string, body: object, name = 'demo01-x'): Body => ({
  apiVersion,
  kind,
  metadata: { name },
  ...body,
});
const priorityClass = (body: object) => named('scheduling.k8s.io/v1', 'PriorityClass', body);
const runtimeClass = (body: object) => named('node.k8s.io/v1', 'RuntimeClass', body);
const deviceClass = (spec: object) => named('resource.k8s.io/v1', 'DeviceClass', { spec });
const storageClass = (parameters: object) => named('storage.k8s.io/v1', 'StorageClass', { provisioner: 'demo01-d', parameters });
const claimSpec = (adminAccess: boolean) => ({
  devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'demo01-x', adminAccess } }] },
});
const migration = (group: string) =>
  named('storagemigration.k8s.io/v1', 'StorageVersionMigration', { spec: { resource: { group, resource: 'widgets' } } });
const NOTHING = { cel: { expression: 'false' } };

function certificateRequest(): string {
  const openssl = ['req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', '/dev/null', '-subj', '/CN=x'];
  return execFileSync('openssl', openssl, { stdio: ['ignore', 'pipe', 'ignore'] }).toString('base64');
}

function certificate(): string {
  const openssl = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', '/dev/null', '-subj', '/CN=x', '-addext'];
  return execFileSync('openssl', [...openssl, 'keyUsage=keyCertSign'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
}

describe('the policies upstream, against classes, devices and certificates that reach beyond the tenant', function () {
  this.timeout(60_000);
  let cluster: TestCluster;
  let admin: UpstreamClient;
  let tenant: UpstreamClient;

  before(async () => {
    cluster = await startWithTenants();
    admin = cluster.admin;
    tenant = asTenant(admin, 'demo01');
    await eventually(() => tenant.get('/api/v1/namespaces/demo01-default'));
    const labels = { 'resource.kubernetes.io/admin-access': 'true' };
    await admin.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'demo01-admin', labels } });
  });
  after(async () => cluster?.stop());

  async function refuses(attempt: Promise<unknown>, message: RegExp): Promise<void> {
    await assert.rejects(attempt, (thrown) => {
      assert.ok(isUpstreamError(thrown), String(thrown));
      assert.match(thrown.message, message);
      assert.equal(thrown.code, 403);
      return true;
    });
  }

  const request = certificateRequest();
  const csr = (signerName: string) =>
    named('certificates.k8s.io/v1', 'CertificateSigningRequest', { spec: { request, signerName, usages: ['client auth'] } });
  const trustBundle = certificate();

  const cases: Case[] = [
    {
      what: 'a PriorityClass that is the default of the platform',
      policy: 'kubezoo-guard-priority-classes',
      message: /globalDefault/,
      path: '/apis/scheduling.k8s.io/v1/priorityclasses',
      refused: priorityClass({ value: 0, globalDefault: true }),
      legal: priorityClass({ value: 0, globalDefault: false }),
    },
    {
      what: 'a PriorityClass that evicts pods of others',
      policy: 'kubezoo-guard-priority-classes',
      message: /preemptionPolicy: Never/,
      path: '/apis/scheduling.k8s.io/v1/priorityclasses',
      refused: priorityClass({ value: 1 }),
      legal: priorityClass({ value: 1, preemptionPolicy: 'Never' }),
    },
    {
      what: 'a PriorityClass without bounds',
      policy: 'kubezoo-guard-priority-classes',
      message: /1000000 at most/,
      path: '/apis/scheduling.k8s.io/v1/priorityclasses',
      refused: priorityClass({ value: 1_000_001, preemptionPolicy: 'Never' }),
      legal: priorityClass({ value: 1_000_000, preemptionPolicy: 'Never' }),
    },
    {
      what: "a RuntimeClass with a handler of the nodes'",
      policy: 'kubezoo-guard-runtime-classes',
      message: /the handler is outside/,
      path: '/apis/node.k8s.io/v1/runtimeclasses',
      refused: runtimeClass({ handler: 'runc' }),
      legal: runtimeClass({ handler: 'demo01-runc' }),
    },
    {
      what: 'a RuntimeClass that places pods',
      policy: 'kubezoo-guard-runtime-classes',
      message: /scheduling of a RuntimeClass/,
      path: '/apis/node.k8s.io/v1/runtimeclasses',
      refused: runtimeClass({ handler: 'demo01-h', scheduling: { nodeSelector: { a: 'b' } } }),
      legal: runtimeClass({ handler: 'demo01-h', overhead: { podFixed: { cpu: '1m' } } }),
    },
    {
      what: "an IngressClass of a platform's controller",
      policy: 'kubezoo-guard-ingress-classes',
      message: /the controller is outside/,
      path: '/apis/networking.k8s.io/v1/ingressclasses',
      refused: named('networking.k8s.io/v1', 'IngressClass', { spec: { controller: 'k8s.io/ingress-nginx' } }),
      legal: named('networking.k8s.io/v1', 'IngressClass', { spec: { controller: 'demo01-k8s.io/ingress-nginx' } }),
    },
    {
      what: "a StorageClass with secrets of another's",
      policy: 'kubezoo-guard-storage-classes',
      message: /namespace of secrets/,
      path: `${STORAGE}/storageclasses`,
      refused: storageClass({ 'csi.storage.k8s.io/provisioner-secret-namespace': 'kube-system' }),
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the drivers' own notation
      legal: storageClass({ secretNamespace: 'demo01-a', 'csi.storage.k8s.io/node-stage-secret-namespace': '${pvc.namespace}' }),
    },
    {
      what: "a StorageClass with secrets of another's, by a driver's own parameter",
      policy: 'kubezoo-guard-storage-classes',
      message: /namespace of secrets/,
      path: `${STORAGE}/storageclasses`,
      refused: storageClass({ adminSecretNamespace: 'demo02-default' }),
      legal: storageClass({ adminSecretName: 'kube-system' }),
    },
    {
      what: "a PersistentVolume of a platform's driver",
      policy: 'kubezoo-guard-volumes',
      message: /the driver is outside/,
      path: '/api/v1/persistentvolumes',
      refused: named('v1', 'PersistentVolume', volume('ebs.csi.aws.com')),
      legal: named('v1', 'PersistentVolume', volume('demo01-ebs.csi.aws.com')),
    },
    {
      what: 'a DeviceClass that matches devices',
      policy: 'kubezoo-guard-device-classes',
      message: /matches no devices/,
      path: `${DEVICES}/deviceclasses`,
      refused: deviceClass({ selectors: [{ cel: { expression: 'true' } }, NOTHING] }),
      legal: deviceClass({ selectors: [NOTHING, { cel: { expression: 'true' } }] }),
    },
    {
      what: "a DeviceClass under a resource's name of the platform's",
      policy: 'kubezoo-guard-device-classes',
      message: /extendedResourceName/,
      path: `${DEVICES}/deviceclasses`,
      refused: deviceClass({ selectors: [NOTHING], extendedResourceName: 'example.com/gpu' }),
      legal: deviceClass({ selectors: [NOTHING] }),
    },
    {
      what: 'a ResourceClaim for devices in use by others',
      policy: 'kubezoo-guard-device-claims',
      message: /adminAccess/,
      path: `${DEVICES}${IN_ADMIN}/resourceclaims`,
      refused: named('resource.k8s.io/v1', 'ResourceClaim', { spec: claimSpec(true) }),
      legal: named('resource.k8s.io/v1', 'ResourceClaim', { spec: claimSpec(false) }),
    },
    {
      what: 'a ResourceClaimTemplate for devices in use by others',
      policy: 'kubezoo-guard-device-claim-templates',
      message: /adminAccess/,
      path: `${DEVICES}${IN_ADMIN}/resourceclaimtemplates`,
      refused: named('resource.k8s.io/v1', 'ResourceClaimTemplate', { spec: { spec: claimSpec(true) } }),
      legal: named('resource.k8s.io/v1', 'ResourceClaimTemplate', { spec: { spec: claimSpec(false) } }),
    },
    {
      what: 'a namespace in which such claims would be allowed',
      policy: 'kubezoo-guard-admin-access',
      message: /admin-access is not available/,
      path: '/api/v1/namespaces',
      refused: {
        ...named('v1', 'Namespace', {}),
        metadata: { name: 'demo01-x', labels: { 'resource.kubernetes.io/admin-access': 'true' } },
      },
      legal: named('v1', 'Namespace', {}),
    },
    {
      what: "a CertificateSigningRequest for a platform's signer",
      policy: 'kubezoo-guard-signers',
      message: /the signer is outside/,
      path: `${CERTIFICATES}/certificatesigningrequests`,
      refused: csr('example.com/x'),
      legal: csr('demo01-example.com/x'),
    },
    {
      what: "a CertificateSigningRequest for a signer of the platform's that is not the tenants'",
      policy: 'kubezoo-guard-signers',
      message: /the signer is outside/,
      path: `${CERTIFICATES}/certificatesigningrequests`,
      refused: csr('kubezoo.io/tenant-clients'),
      legal: csr('kubezoo.io/tenant-client'),
    },
    {
      what: "a ClusterTrustBundle of the tenants' client signer",
      policy: 'kubezoo-guard-signers',
      message: /the signer is outside|outside of your cluster/,
      path: `${CERTIFICATES}/clustertrustbundles`,
      refused: named(
        'certificates.k8s.io/v1',
        'ClusterTrustBundle',
        { spec: { signerName: 'kubezoo.io/tenant-client', trustBundle } },
        'kubezoo.io:tenant-client:a',
      ),
      legal: named('certificates.k8s.io/v1', 'ClusterTrustBundle', { spec: { trustBundle } }),
    },
    {
      what: "a ClusterTrustBundle of a platform's signer",
      policy: 'kubezoo-guard-signers',
      message: /the signer is outside|outside of your cluster/,
      path: `${CERTIFICATES}/clustertrustbundles`,
      refused: named(
        'certificates.k8s.io/v1',
        'ClusterTrustBundle',
        { spec: { signerName: 'example.com/x', trustBundle } },
        'example.com:x:a',
      ),
      legal: named(
        'certificates.k8s.io/v1',
        'ClusterTrustBundle',
        { spec: { signerName: 'demo01-example.com/x', trustBundle } },
        'demo01-example.com:x:a',
      ),
    },
    {
      what: "a StorageVersionMigration of another's objects",
      policy: 'kubezoo-guard-migrations',
      message: /the resource is outside/,
      path: '/apis/storagemigration.k8s.io/v1/storageversionmigrations',
      refused: migration('apps'),
      legal: migration('demo01-apps'),
    },
  ];

  for (const { what, path, message, refused, legal } of cases) {
    it(`refuse ${what}`, async () => {
      await refuses(tenant.create(path, refused, { dryRun: 'All' }), message);
      await refuses(tenant.apply(`${path}/${refused.metadata.name}`, refused, { dryRun: 'All' }), message);
      await tenant.create(path, legal, { dryRun: 'All' });
      // Only tenants are held to it.
      await admin.create(path, { ...refused, metadata: { ...refused.metadata, name: refused.metadata.name } }, { dryRun: 'All' });
    });
  }

  it('refuse a change that makes a legal object one of these', async () => {
    const path = `${DEVICES}/deviceclasses`;
    await tenant.create(path, named('resource.k8s.io/v1', 'DeviceClass', { spec: { selectors: [NOTHING] } }, 'demo01-own'));
    const matchesAll = [{ op: 'replace', path: '/spec/selectors/0/cel/expression', value: 'true' }];
    await refuses(tenant.patch(`${path}/demo01-own`, matchesAll, 'json'), /matches no devices/);
    await tenant.delete(`${path}/demo01-own`);
  });

  it('give a DeviceClass without selectors one that matches nothing; without that policy it is refused', async () => {
    const path = `${DEVICES}/deviceclasses/demo01-bare`;
    const bare = named('resource.k8s.io/v1', 'DeviceClass', { spec: {} }, 'demo01-bare');
    const selectorsOf = async () => (await admin.get<KubeObject & { spec: { selectors: unknown } }>(path)).spec.selectors;
    await tenant.apply(path, bare);
    assert.deepEqual(await selectorsOf(), [NOTHING]);
    await tenant.patch(path, { spec: { selectors: null } });
    assert.deepEqual(await selectorsOf(), [NOTHING]);
    await tenant.patch(path, [{ op: 'remove', path: '/spec/selectors/0' }], 'json');
    assert.deepEqual(await selectorsOf(), [NOTHING]);
    await tenant.delete(path);
    await admin.delete('/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings/kubezoo-inert-device-classes');
    await eventually(() => refuses(tenant.apply(path, bare, { dryRun: 'All' }), /matches no devices/));
    await installPlatform(admin);
  });

  it('leave the allocation of devices to the platform', async () => {
    const path = `${DEVICES}${IN_DEFAULT}/resourceclaims`;
    const spec = { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'demo01-x' } }] } };
    await tenant.create(path, named('resource.k8s.io/v1', 'ResourceClaim', { spec }, 'c'));
    const results = [{ request: 'r', driver: 'gpu.example.com', pool: 'node-1', device: 'gpu-0' }];
    const allocation = { status: { allocation: { devices: { results } } } };
    await refuses(tenant.patch(`${path}/c/status`, allocation), /allocated by the platform/);
    await tenant.patch(`${path}/c/status`, { status: { allocation: {} } });
    await tenant.patch(`${path}/c/status`, { status: { allocation: null } });
    // No pod: the resource claim controller would take one back that is not there.
    const reservedFor = [{ apiGroup: 'example.com', resource: 'widgets', name: 'w', uid: 'u' }];
    await admin.patch(`${path}/c/status`, {
      status: { ...allocation.status, reservedFor },
      metadata: { finalizers: ['resource.kubernetes.io/delete-protection'] },
    });
    await refuses(
      tenant.patch(`${path}/c/status`, { status: { reservedFor: null, allocation: null } }),
      /allocated by the platform|given back/,
    );
    await refuses(tenant.patch(`${path}/c/status`, { status: { reservedFor: null } }), /given back by the platform/);
    await tenant.patch(`${path}/c`, { metadata: { labels: { a: 'b' } } });
    await admin.patch(`${path}/c`, { metadata: { finalizers: ['resource.kubernetes.io/delete-protection'] } });
    await refuses(tenant.patch(`${path}/c`, { metadata: { finalizers: null } }), /given back by the platform/);
  });

  it('are what refuses all these: without their bindings each is allowed', async () => {
    const own = cases.filter(({ refused }) => refused.metadata.name === 'demo01-x');
    for (const policy of new Set(own.map(({ policy }) => policy))) await admin.delete(`${BINDINGS}/${policy}`);
    try {
      await eventually(async () => {
        for (const { path, refused } of own) await tenant.create(path, refused, { dryRun: 'All' });
      });
    } finally {
      await installPlatform(admin);
    }
    for (const { path, refused, message } of own) await eventually(() => refuses(tenant.create(path, refused, { dryRun: 'All' }), message));
  });

  describe("the tenant's label", () => {
    const path = `${STORAGE}/storageclasses`;
    const ofTenant = (name: string, labels: object = {}): Body => ({
      ...named('storage.k8s.io/v1', 'StorageClass', { provisioner: 'demo01-d' }, name),
      metadata: { name, labels: labels as Record<string, string> },
    });
    const labelOf = async (name: string) => (await admin.get(`${path}/${name}`)).metadata.labels?.['kubezoo.io/tenant'];

    it('is on every cluster-scoped object that a tenant writes, whatever it writes', async () => {
      await tenant.create(path, ofTenant('demo01-a', { 'kubezoo.io/tenant': 'demo02' }));
      assert.equal(await labelOf('demo01-a'), 'demo01');
      await tenant.patch(`${path}/demo01-a`, { metadata: { labels: { 'kubezoo.io/tenant': null } } });
      assert.equal(await labelOf('demo01-a'), 'demo01');
      await tenant.apply(`${path}/demo01-b`, ofTenant('demo01-b'));
      assert.equal(await labelOf('demo01-b'), 'demo01');
      await tenant.patch(`${path}/demo01-b`, [{ op: 'remove', path: '/metadata/labels' }], 'json');
      assert.equal(await labelOf('demo01-b'), 'demo01');
    });

    it('chooses what a collection is deleted of: nothing of the platform or of another tenant', async () => {
      const other = asTenant(admin, 'demo02');
      await other.create(path, { ...ofTenant('demo02-a'), provisioner: 'demo02-d' });
      await admin.create(path, { ...ofTenant('standard'), provisioner: 'd' });
      const query = { labelSelector: 'kubezoo.io/tenant=demo01' };
      const { status, body } = await tenant.request({ method: 'DELETE', path, query });
      assert.equal(status, 200, body.toString());
      const { items } = await admin.list(path);
      assert.deepEqual(items.map(({ metadata }) => metadata.name).sort(), ['demo02-a', 'standard']);
    });

    it('is demanded where it is not set', async () => {
      await admin.delete('/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings/kubezoo-tenant-label');
      await eventually(() => refuses(tenant.create(path, ofTenant('demo01-c'), { dryRun: 'All' }), /labels under kubezoo.io/));
      await installPlatform(admin);
      await eventually(() => tenant.create(path, ofTenant('demo01-c'), { dryRun: 'All' }));
    });
  });
});

function volume(driver: string): object {
  const spec = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: 'demo01-none' };
  return { spec: { ...spec, csi: { driver, volumeHandle: 'h' } } };
}
