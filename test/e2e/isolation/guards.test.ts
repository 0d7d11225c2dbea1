/** Fields through which a tenant would reach beyond its own objects: refused, or confined, in every form of writing. */
import assert from 'node:assert/strict';
import { gatherParties, OTHER, type Parties, TENANT } from './parties.ts';

const NAMESPACE = 'guards';
const HOME = `/api/v1/namespaces/${NAMESPACE}`;
const SERVICES = `${HOME}/services`;
const VOLUMES = '/api/v1/persistentvolumes';
const NETWORKING = '/apis/networking.k8s.io/v1';
const MERGE = 'application/merge-patch+json';

const service = (spec: object) => ({ metadata: { name: 'front' }, spec: { ports: [{ port: 80 }], ...spec } });
const volume = (source: object) => ({
  metadata: { name: 'disk' },
  spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: 'none', ...source },
});
const NFS = { nfs: { path: '/', server: 'example' } };

describe('isolation by guarded fields', () => {
  let parties: Parties;

  before(async () => {
    parties = await gatherParties(NAMESPACE);
  });

  afterEach(async () => {
    await parties.tenant.ask('DELETE', `${SERVICES}/front`);
    await parties.tenant.ask('DELETE', `${VOLUMES}/disk`);
  });

  after(() => parties.close());

  async function refused(method: string, path: string, body: unknown, saying: RegExp, contentType?: string): Promise<void> {
    const { status, body: answer, text } = await parties.tenant.ask(method, path, body, contentType);
    assert.equal(status, 403, text);
    assert.match(answer.message, saying);
    assert.doesNotMatch(text, /demo0|kubezoo|dmissionPolicy/);
  }

  for (const [title, spec, saying] of [
    ['ExternalName', { type: 'ExternalName', externalName: 'example.com' }, /ExternalName are not available/],
    ['externalIPs', { externalIPs: ['10.9.8.7'] }, /externalIPs of a Service are not available/],
  ] as const) {
    it(`Services with ${title} are refused: created, put, patched, applied`, async () => {
      const { tenant } = parties;
      await refused('POST', SERVICES, service(spec), saying);
      await tenant.must('POST', SERVICES, service({}));
      const path = `${SERVICES}/front`;
      await refused('PATCH', path, { spec }, saying, MERGE);
      await refused('PATCH', path, { spec }, saying, 'application/strategic-merge-patch+json');
      const operations = Object.entries(spec).map(([key, value]) => ({ op: 'add', path: `/spec/${key}`, value }));
      await refused('PATCH', path, operations, saying, 'application/json-patch+json');
      const applied = { apiVersion: 'v1', kind: 'Service', ...service(spec) };
      await tenant.kubectlFails(`apply --server-side --force-conflicts -n ${NAMESPACE} -f -`, saying, JSON.stringify(applied));
      const stored = await tenant.must('GET', path);
      await refused('PUT', path, { ...stored, spec: { ...stored.spec, ...spec } }, saying);
      await tenant.must('PATCH', path, { spec: { ports: [{ port: 81 }] } }, MERGE);
    });
  }

  it('a pod’s node and addresses are not the tenant’s to write', async () => {
    const { tenant } = parties;
    const pods = `/api/v1/namespaces/${NAMESPACE}/pods`;
    const spec = { containers: [{ name: 'c', image: 'i' }] };
    const pod = (more: object) => ({ metadata: { name: 'placed' }, spec: { ...spec, ...more } });
    await refused('POST', pods, pod({ nodeName: 'node' }), /pods are placed on nodes by the platform/);
    await tenant.must('POST', pods, pod({}));
    const status = `${pods}/placed/status`;
    const addresses = { podIP: '192.0.2.1', podIPs: [{ ip: '192.0.2.1' }] };
    await refused('PATCH', status, { status: addresses }, /addresses of a pod are written by its node/, MERGE);
    await refused(
      'PATCH',
      status,
      [{ op: 'add', path: '/status/podIPs', value: addresses.podIPs }],
      /addresses/,
      'application/json-patch+json',
    );
    const stored = await tenant.must('GET', `${pods}/placed`);
    await refused('PUT', status, { ...stored, status: { ...stored.status, ...addresses } }, /addresses/);
    await tenant.must('PATCH', status, { status: { conditions: [{ type: 'example.com/Mine', status: 'True' }] } }, MERGE);
    await tenant.must('DELETE', `${pods}/placed`);
  });

  it('PersistentVolumes on the disks of nodes are refused', async () => {
    const saying = /on the disks of nodes \(hostPath, local\) are not available/;
    await refused('POST', VOLUMES, volume({ hostPath: { path: '/' } }), saying);
    const nodeAffinity = { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'x', operator: 'Exists' }] }] } };
    await refused('POST', VOLUMES, volume({ local: { path: '/' }, nodeAffinity }), saying);
    await parties.tenant.must('POST', VOLUMES, volume(NFS));
  });

  it('a PersistentVolume is for claims of the tenant’s own alone, whatever takes it there', async () => {
    const { tenant, platform } = parties;
    const saying = /needs a storageClassName of your own, or the claimRef of the claim/;
    const beta = (name: string) => ({ name: 'disk', annotations: { 'volume.beta.kubernetes.io/storage-class': name } });
    await refused('POST', VOLUMES, volume({ ...NFS, storageClassName: '' }), saying);
    await refused('POST', VOLUMES, volume({ ...NFS, storageClassName: undefined }), saying);
    await refused('POST', VOLUMES, { ...volume(NFS), metadata: beta('') }, saying);
    await refused('POST', VOLUMES, volume({ ...NFS, storageClassName: '', claimRef: { name: 'claim' } }), saying);
    await tenant.must('POST', VOLUMES, volume(NFS));
    const path = `${VOLUMES}/disk`;
    await refused('PATCH', path, { spec: { storageClassName: null } }, saying, MERGE);
    await refused('PATCH', path, { metadata: { annotations: beta('').annotations } }, saying, MERGE);
    await tenant.must('PATCH', path, { spec: { storageClassName: '', claimRef: { namespace: NAMESPACE, name: 'claim' } } }, MERGE);
    await refused('PATCH', path, { spec: { claimRef: null } }, saying, MERGE);
    assert.equal((await platform.must('GET', `${VOLUMES}/${TENANT}-disk`)).spec.claimRef.namespace, `${TENANT}-${NAMESPACE}`);
    // One from before the rule goes as any other does.
    const left = { ...volume({ ...NFS, storageClassName: '' }), metadata: { name: `${TENANT}-left`, finalizers: ['example.com/hold'] } };
    await platform.must('POST', VOLUMES, left);
    await tenant.must('DELETE', `${VOLUMES}/left`);
    await tenant.must('PATCH', `${VOLUMES}/left`, { metadata: { finalizers: null } }, MERGE);
  });

  it('a token cannot be bound to a node, whether there is one or not', async () => {
    const { tenant, platform } = parties;
    await platform.must('POST', '/api/v1/nodes', { metadata: { name: 'guarded' } });
    const token = `${HOME}/serviceaccounts/default/token`;
    for (const name of ['guarded', 'absent'])
      await refused('POST', token, { spec: { boundObjectRef: { kind: 'Node', apiVersion: 'v1', name } } }, /cannot be bound to a node/);
    await platform.must('DELETE', '/api/v1/nodes/guarded');
    await tenant.must('POST', token, { spec: {} });
  });

  it('a PersistentVolume’s claim and secrets are looked for in the tenant', async () => {
    const { tenant, platform } = parties;
    const claimRef = { namespace: `${OTHER}-${NAMESPACE}`, name: 'claim' };
    const secretRef = { namespace: 'kube-system', name: 'secret' };
    const csi = { driver: 'csi.example', volumeHandle: 'x', nodePublishSecretRef: secretRef, nodeStageSecretRef: secretRef };
    await tenant.must('POST', VOLUMES, { ...volume({ csi, claimRef }), metadata: { name: 'claimed' } });
    const { spec } = await platform.must('GET', `${VOLUMES}/${TENANT}-claimed`);
    assert.equal(spec.claimRef.namespace, `${TENANT}-${OTHER}-${NAMESPACE}`);
    assert.equal(spec.csi.nodePublishSecretRef.namespace, `${TENANT}-kube-system`);
    assert.equal(spec.csi.nodeStageSecretRef.namespace, `${TENANT}-kube-system`);
    const shown = (await tenant.must('GET', `${VOLUMES}/claimed`)).spec;
    assert.deepEqual([shown.claimRef.namespace, shown.csi.nodePublishSecretRef], [claimRef.namespace, secretRef]);
    await tenant.must('DELETE', `${VOLUMES}/claimed`);
  });

  it('a NetworkPolicy selects the tenant’s own namespaces, and reads back as it was written', async () => {
    const { tenant, platform } = parties;
    const policies = `${NETWORKING}/namespaces/${NAMESPACE}/networkpolicies`;
    const named = { matchLabels: { 'kubernetes.io/metadata.name': 'default' } };
    const notOther = { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['default'] }] };
    const spec = {
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ namespaceSelector: {} }, { namespaceSelector: named }, { podSelector: {} }] }],
      egress: [{ to: [{ namespaceSelector: notOther, podSelector: {} }] }],
    };
    await tenant.must('POST', policies, { metadata: { name: 'open' }, spec });
    const stored = async () => (await platform.must('GET', `${NETWORKING}/namespaces/${TENANT}-${NAMESPACE}/networkpolicies/open`)).spec;
    const own = { 'kubezoo.io/tenant': TENANT };
    assert.deepEqual((await stored()).ingress[0].from, [
      { namespaceSelector: { matchLabels: own } },
      { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': `${TENANT}-default`, ...own } } },
      { podSelector: {} },
    ]);
    assert.deepEqual((await stored()).egress[0].to[0].namespaceSelector, {
      matchLabels: own,
      matchExpressions: [{ ...notOther.matchExpressions[0], values: [`${TENANT}-default`] }],
    });
    assert.deepEqual((await tenant.must('GET', `${policies}/open`)).spec, spec);
    const open = { spec: { ingress: [{ from: [{ namespaceSelector: {} }] }] } };
    await tenant.must('PATCH', `${policies}/open`, open, MERGE);
    assert.deepEqual((await stored()).ingress[0].from, [{ namespaceSelector: { matchLabels: own } }]);
    const operations = [{ op: 'add', path: '/spec/ingress/0/from/-', value: { namespaceSelector: {} } }];
    await tenant.must('PATCH', `${policies}/open`, operations, 'application/json-patch+json');
    assert.deepEqual((await stored()).ingress[0].from[1], { namespaceSelector: { matchLabels: own } });
    for (const theirs of [OTHER, TENANT]) {
      const asking = { spec: { ingress: [{ from: [{ namespaceSelector: { matchLabels: { 'kubezoo.io/tenant': theirs } } }] }] } };
      assert.equal((await tenant.ask('PATCH', `${policies}/open`, asking, MERGE)).status, 400);
    }
    // Whatever operation takes the platform's label off, upstream has it afterwards, or nothing was written.
    const freed = [{ op: 'remove', path: '/spec/ingress/0/from/0/namespaceSelector/matchLabels' }];
    await tenant.ask('PATCH', `${policies}/open`, freed, 'application/json-patch+json');
    assert.deepEqual((await stored()).ingress[0].from[0], { namespaceSelector: { matchLabels: own } });
  });

  it('no class of a tenant’s becomes everybody’s default', async () => {
    const { tenant } = parties;
    const key = 'ingressclass.kubernetes.io/is-default-class';
    const path = `${NETWORKING}/ingressclasses`;
    const kind = { metadata: { name: 'own' }, spec: { controller: 'example.com/own' } };
    const saying = /default/;
    await refused('POST', path, { ...kind, metadata: { name: 'own', annotations: { [key]: 'true' } } }, saying);
    await tenant.must('POST', path, kind);
    await refused('PATCH', `${path}/own`, { metadata: { annotations: { [key]: 'true' } } }, saying, MERGE);
    const operations = [{ op: 'add', path: '/metadata/annotations', value: { [key]: 'true' } }];
    await refused('PATCH', `${path}/own`, operations, saying, 'application/json-patch+json');
    await tenant.must('PATCH', `${path}/own`, { metadata: { annotations: { [key]: 'false' } } }, MERGE);
    await tenant.must('DELETE', `${path}/own`);
  });

  it('an Ingress names the tenant’s own class, never the platform’s', async () => {
    const { tenant, platform } = parties;
    const path = `${NETWORKING}/namespaces/${NAMESPACE}/ingresses`;
    const rules = [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'front', port: { number: 80 } } } }] } }];
    await tenant.must('POST', path, { metadata: { name: 'in' }, spec: { ingressClassName: 'nginx', rules } });
    const upstream = await platform.must('GET', `${NETWORKING}/namespaces/${TENANT}-${NAMESPACE}/ingresses/in`);
    assert.equal(upstream.spec.ingressClassName, `${TENANT}-nginx`);
    assert.equal((await tenant.must('GET', `${path}/in`)).spec.ingressClassName, 'nginx');
  });

  it('what extends the cluster itself is refused with a reason', async () => {
    for (const [path, saying] of [
      ['/apis/apiregistration.k8s.io/v1/apiservices', /aggregated APIs belong to the platform/],
      ['/apis/storage.k8s.io/v1/volumeattachments', /attached to nodes by the platform/],
    ] as const) {
      await refused('POST', path, { metadata: { name: 'x' } }, saying);
      await refused('DELETE', `${path}/x`, undefined, saying);
    }
  });
});
