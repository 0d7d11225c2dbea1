/** Classes that the platform shares: seen and referred to under their own names, never written. Those it does not share do not exist. */
import assert from 'node:assert/strict';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { gatherParties, type Parties } from '../isolation/parties.ts';

const NAMESPACE = 'sharing';
const HOME = `/api/v1/namespaces/${NAMESPACE}`;
const STORAGE = '/apis/storage.k8s.io/v1/storageclasses';
const PRIORITIES = '/apis/scheduling.k8s.io/v1/priorityclasses';
const INGRESS = '/apis/networking.k8s.io/v1';
const DEVICES = '/apis/resource.k8s.io/v1';
const MERGE = 'application/merge-patch+json';

const SHARED = { 'kubezoo.io/shared': 'true' };
const storageClass = (name: string, metadata: object = {}) => ({ metadata: { name, ...metadata }, provisioner: 'disks.example.com' });
const claim = (name: string, spec: object = {}) => ({
  metadata: { name },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
});
const pod = (name: string, spec: object = {}) => ({
  metadata: { name },
  spec: { automountServiceAccountToken: false, containers: [{ name: 'c', image: 'i' }], ...spec },
});

interface Sample {
  readonly metadata: { readonly name: string; readonly labels?: object };
  readonly [member: string]: unknown;
}

const SOON = { timeoutMs: 20_000 };

describe('classes that the platform shares', () => {
  let parties: Parties;
  const made: string[] = [];

  before(async () => {
    parties = await gatherParties(NAMESPACE);
    await makeShared(STORAGE, storageClass('standard', { labels: SHARED }));
    await make(STORAGE, storageClass('internal'));
    await make('/apis/storage.k8s.io/v1/csidrivers', { metadata: { name: 'disks.example.com', labels: SHARED }, spec: {} });
    await makeShared(PRIORITIES, { metadata: { name: 'batch', labels: SHARED }, value: 7 });
    await makeShared(INGRESS.concat('/ingressclasses'), {
      metadata: { name: 'web', labels: SHARED },
      spec: { controller: 'example.com/web' },
    });
    await makeShared(`${DEVICES}/deviceclasses`, { metadata: { name: 'gpu', labels: SHARED }, spec: {} });
  });
  after(async () => {
    for (const path of made) await parties.platform.ask('DELETE', path);
    await parties.close();
  });

  async function make(path: string, object: Sample): Promise<void> {
    made.push(`${path}/${object.metadata.name}`);
    await parties.platform.must('POST', path, object);
  }

  /** Resolves when the gateway shows it. */
  async function makeShared(path: string, object: Sample): Promise<void> {
    await make(path, object);
    await isShown(`${path}/${object.metadata.name}`, 200);
  }

  async function isShown(path: string, status: number): Promise<void> {
    await waitUntil(
      `${path} to answer ${status}`,
      async () => ((await parties.tenant.ask('GET', path)).status === status ? true : undefined),
      SOON,
    );
  }

  it('are read as they are, without a word of how they are shared; others are not found', async () => {
    const { tenant, other, platform } = parties;
    for (const party of [tenant, other]) {
      const { items } = await party.must('GET', STORAGE);
      assert.deepEqual(
        items.map(({ metadata }: { metadata: { name: string } }) => metadata.name),
        ['standard'],
      );
      assert.equal(items[0].metadata.labels, undefined);
      assert.equal(items[0].provisioner, 'disks.example.com');
      assert.equal((await party.ask('GET', `${STORAGE}/internal`)).status, 404);
      assert.match(await tenant.kubectl('get storageclasses'), /^NAME +PROVISIONER.*\nstandard +disks\.example\.com /);
    }
    await platform.must('GET', `${STORAGE}/internal`);
  });

  it('are never written, and cannot be made again', async () => {
    const { tenant, platform } = parties;
    const path = `${STORAGE}/standard`;
    for (const [method, body, contentType] of [
      ['PUT', storageClass('standard'), undefined],
      ['PATCH', { allowVolumeExpansion: true }, MERGE],
      ['PATCH', { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', ...storageClass('standard') }, 'application/apply-patch+yaml'],
      ['DELETE', undefined, undefined],
    ] as const) {
      const { status, body: answer } = await tenant.ask(method, path, body, contentType);
      assert.equal(status, 403, `${method}: ${JSON.stringify(answer)}`);
      assert.equal(answer.message, 'storageclasses.storage.k8s.io "standard" is forbidden: this belongs to the platform and is read-only');
    }
    const again = await tenant.ask('POST', STORAGE, storageClass('standard'));
    const atUpstream = await platform.ask('POST', STORAGE, storageClass('standard'));
    assert.deepEqual(again.body, atUpstream.body);
    await tenant.must('DELETE', STORAGE);
    await platform.must('GET', path);
  });

  it('are referred to under their own names, beside the tenant’s', async () => {
    const { tenant, platform } = parties;
    await tenant.must('POST', STORAGE, storageClass('own'));
    for (const [name, storageClassName] of [
      ['shared', 'standard'],
      ['own', 'own'],
      ['unshared', 'internal'],
    ] as const) {
      const created = await tenant.must('POST', `${HOME}/persistentvolumeclaims`, claim(name, { storageClassName }));
      assert.equal(created.spec.storageClassName, storageClassName);
      // What was read can be written back.
      await tenant.must('PUT', `${HOME}/persistentvolumeclaims/${name}`, anyVersion(created));
    }
    const upstreamClass = async (name: string) =>
      (await platform.must('GET', `/api/v1/namespaces/demo01-${NAMESPACE}/persistentvolumeclaims/${name}`)).spec.storageClassName;
    assert.equal(await upstreamClass('shared'), 'standard');
    assert.equal(await upstreamClass('own'), 'demo01-own');
    assert.equal(await upstreamClass('unshared'), 'demo01-internal');
    assert.match(await tenant.kubectl(`get pvc -n ${NAMESPACE}`), /shared +Pending.* standard .*/);
    await tenant.must('DELETE', `${STORAGE}/own`);
  });

  it('are used by pods, ingresses and claims of devices', async () => {
    const { tenant, platform } = parties;
    const shared = await tenant.must('POST', `${HOME}/pods`, pod('shared', { priorityClassName: 'batch' }));
    assert.deepEqual([shared.spec.priorityClassName, shared.spec.priority], ['batch', 7]);
    await tenant.must('PUT', `${HOME}/pods/shared`, shared);
    const refused = await tenant.ask('POST', `${HOME}/pods`, pod('critical', { priorityClassName: 'system-cluster-critical' }));
    assert.equal(refused.status, 403);
    assert.match(refused.body.message, /no PriorityClass with name system-cluster-critical was found/);
    const backend = { defaultBackend: { service: { name: 's', port: { number: 80 } } } };
    await tenant.must('POST', `${INGRESS}/namespaces/${NAMESPACE}/ingresses`, {
      metadata: { name: 'i' },
      spec: { ingressClassName: 'web', ...backend },
    });
    const ingress = await platform.must('GET', `${INGRESS}/namespaces/demo01-${NAMESPACE}/ingresses/i`);
    assert.equal(ingress.spec.ingressClassName, 'web');
    const requests = [
      {
        name: 'a',
        firstAvailable: [
          { name: 'x', deviceClassName: 'gpu' },
          { name: 'y', deviceClassName: 'fpga' },
        ],
      },
    ];
    const devices = `${DEVICES}/namespaces/${NAMESPACE}/resourceclaims`;
    await tenant.must('POST', devices, { metadata: { name: 'd' }, spec: { devices: { requests } } });
    const stored = await platform.must('GET', `${DEVICES}/namespaces/demo01-${NAMESPACE}/resourceclaims/d`);
    assert.deepEqual(
      stored.spec.devices.requests[0].firstAvailable.map(({ deviceClassName }: { deviceClassName: string }) => deviceClassName),
      ['gpu', 'demo01-fpga'],
    );
    const limits = { 'deviceclass.resource.kubernetes.io/gpu': '1', 'deviceclass.resource.kubernetes.io/secret': '1' };
    await tenant.must('POST', `${HOME}/pods`, pod('device', { containers: [{ name: 'c', image: 'i', resources: { limits } }] }));
    const { spec } = await platform.must('GET', `/api/v1/namespaces/demo01-${NAMESPACE}/pods/device`);
    assert.deepEqual(Object.keys(spec.containers[0].resources.limits).toSorted(), [
      'deviceclass.resource.kubernetes.io/demo01-secret',
      'deviceclass.resource.kubernetes.io/gpu',
    ]);
  });

  it('that are the cluster’s default are shared without a label, and what got them can be written back', async () => {
    const { tenant } = parties;
    const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
    await makeShared(STORAGE, storageClass('everyones', { annotations }));
    await makeShared(PRIORITIES, { metadata: { name: 'usual' }, value: 3, globalDefault: true });
    const path = `${HOME}/persistentvolumeclaims`;
    // The apiserver's own view of the defaults may be a moment behind.
    const created = await waitUntil(
      'a claim that gets the default class',
      async () => {
        await tenant.ask('DELETE', `${path}/default`);
        const { status, body } = await tenant.ask('POST', path, claim('default'));
        return status === 201 && body.spec.storageClassName ? body : undefined;
      },
      SOON,
    );
    assert.equal(created.spec.storageClassName, 'everyones');
    await tenant.must('PUT', `${path}/default`, anyVersion(created));
    const usual = await waitUntil(
      'a pod that gets the default priority',
      async () => {
        await tenant.ask('DELETE', `${HOME}/pods/usual?gracePeriodSeconds=0`);
        const { status, body } = await tenant.ask('POST', `${HOME}/pods`, pod('usual'));
        return status === 201 && body.spec.priorityClassName ? body : undefined;
      },
      SOON,
    );
    assert.deepEqual([usual.spec.priorityClassName, usual.spec.priority], ['usual', 3]);
    await tenant.must('PUT', `${HOME}/pods/usual`, usual);
  });

  it('stop being there when they are shared no more', async () => {
    const { platform } = parties;
    await makeShared(STORAGE, storageClass('fleeting', { labels: SHARED }));
    await platform.must('PATCH', `${STORAGE}/fleeting`, { metadata: { labels: { 'kubezoo.io/shared': null } } }, MERGE);
    await isShown(`${STORAGE}/fleeting`, 404);
  });

  it('cannot be made by a tenant, whatever it writes', async () => {
    const { tenant, other } = parties;
    await tenant.must('POST', STORAGE, storageClass('leak', { labels: SHARED }));
    const refused = await tenant.ask(
      'POST',
      STORAGE,
      storageClass('mine', { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } }),
    );
    assert.equal(refused.status, 403);
    for (const name of ['leak', 'demo01-leak']) assert.equal((await other.ask('GET', `${STORAGE}/${name}`)).status, 404);
    const { items } = await other.must('GET', STORAGE);
    assert.doesNotMatch(JSON.stringify(items), /leak/);
    await tenant.must('DELETE', `${STORAGE}/leak`);
  });
});

/** To be written over whatever the volume controller has made of it since. */
function anyVersion<T extends { metadata: object }>(object: T): T {
  return { ...object, metadata: { ...object.metadata, resourceVersion: undefined } };
}
