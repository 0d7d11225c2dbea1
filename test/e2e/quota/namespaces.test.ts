/** `spec.quota.hard` of a Tenant counts over all of its namespaces: never passed, always reached. */
import assert from 'node:assert/strict';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { sharedStack } from '../../helpers/shared-stack.ts';
import type { Stack } from '../../helpers/stack.ts';
import { asking, assertExceeded, assertReached, MERGE, makeQuotaTenant, pod, type QuotaTenant, TENANTS } from './quota-tenant.ts';

const TENANT = 'quota1';
const PODS = 12;
const NAMESPACES = ['default', 'north', 'south', 'west'];
const HARD = {
  pods: String(PODS),
  'requests.cpu': '4',
  'limits.memory': '3Gi',
  'services.nodeports': '2',
  persistentvolumeclaims: '3',
  'requests.storage': '10Gi',
  'gold.storageclass.storage.k8s.io/requests.storage': '4Gi',
  'count/deployments.apps': '4',
  'count/widgets.quota.example': '3',
  secrets: '6',
};
const RESOURCES = { requests: { cpu: '10m' }, limits: { cpu: '10m', memory: '32Mi' } };
const podsOf = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;

describe('quota of a tenant over its namespaces', function () {
  this.timeout(120_000);
  let stack: Stack;
  let tenant: QuotaTenant;
  let platform: ReturnType<typeof asking>;
  const closers: (() => void)[] = [];

  before(async () => {
    stack = await sharedStack();
    tenant = await makeQuotaTenant(stack, TENANT, HARD);
    for (const namespace of NAMESPACES.slice(1)) await tenant.addNamespace(namespace);
    const client = stack.client('upstream');
    platform = asking(client);
    closers.push(
      () => client.close(),
      () => tenant.close(),
    );
  });

  afterEach(removePods);

  after(async () => {
    await stack.mustKubectl(['delete', 'tenant', TENANT, '--wait=false'], 'operator');
    for (const close of closers) close();
  });

  async function removePods(): Promise<void> {
    const { items } = await tenant.must('GET', '/api/v1/pods');
    await Promise.all(
      items.map(({ metadata }: { metadata: { name: string; namespace: string } }) =>
        tenant.ask('DELETE', `${podsOf(metadata.namespace)}/${metadata.name}?gracePeriodSeconds=0`),
      ),
    );
    await waitUntil('pods to be gone', async () => (await tenant.count('/api/v1/pods')) === 0, { timeoutMs: 20_000 });
  }

  const createPods = (count: number, place: (index: number) => string) =>
    Promise.all(Array.from({ length: count }, (_, index) => tenant.ask('POST', podsOf(place(index)), pod(`p${index}`, RESOURCES))));

  /** All pods that the quota has room for. One of several at once may be refused while upstream's controller counts: it is asked for again. */
  const fillWithPods = async () => {
    const place = (index: number) => podsOf(NAMESPACES[index % 4]!);
    const isFull = async () => {
      await Promise.all(Array.from({ length: PODS }, (_, index) => tenant.ask('POST', place(index), pod(`p${index}`, RESOURCES))));
      return (await tenant.count('/api/v1/pods')) === PODS;
    };
    await waitUntil('all pods to be there', isFull, { timeoutMs: 20_000 });
  };

  it('parallel creations in all namespaces reach the limit and never pass it', async () => {
    let attempts = 0;
    for (const place of [(i: number) => NAMESPACES[i % 4]!, (i: number) => NAMESPACES[i < 30 ? 1 : 2]!]) {
      const answers = await createPods(40, place);
      await assertReached(answers, {
        limit: PODS,
        count: () => tenant.count('/api/v1/pods'),
        again: () => tenant.ask('POST', podsOf('west'), pod(`again${attempts++}`, RESOURCES)),
        saying: /^pods "again\d+" is forbidden: exceeded quota: kubezoo-tenant, requested: pods=1, used: pods=12, limited: pods=12$/,
      });
      // What is deleted in one namespace is room in every other, at once.
      await removePods();
    }
  });

  it('what upstream’s controllers make for the tenant is limited as well, and reaches the limit', async () => {
    const labels = { app: 'web' };
    const template = { metadata: { labels }, spec: (pod('', RESOURCES) as { spec: object }).spec };
    const deployment = { metadata: { name: 'web' }, spec: { replicas: 10, selector: { matchLabels: labels }, template } };
    let most = 0;
    for (const namespace of ['north', 'south']) await tenant.must('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, deployment);
    const countPods = async () => {
      const count = await tenant.count('/api/v1/pods');
      most = Math.max(most, count);
      return count;
    };
    await waitUntil('the limit to be reached', async () => (await countPods()) >= PODS, { timeoutMs: 40_000 });
    await waitUntil(
      'the refusal to be told',
      async () => {
        await countPods();
        const { items } = await tenant.must('GET', '/api/v1/events?fieldSelector=reason=FailedCreate');
        return items.some(({ message }: { message: string }) =>
          /^Error creating: pods "web-[^"]+" is forbidden: exceeded quota: kubezoo-tenant, requested: pods=1, used: pods=12, limited: pods=12$/.test(
            message,
          ),
        );
      },
      { timeoutMs: 30_000 },
    );
    assert.equal(most, PODS);
    for (const namespace of ['north', 'south'])
      await tenant.must('DELETE', `/apis/apps/v1/namespaces/${namespace}/deployments/web?propagationPolicy=Background`);
    await waitUntil('deployments to be gone', async () => (await tenant.count('/apis/apps/v1/replicasets')) === 0, { timeoutMs: 20_000 });
  });

  it('no form of writing is a way around it', async () => {
    await fillWithPods();
    const one = pod('one', RESOURCES);
    const full = /exceeded quota: kubezoo-tenant, requested: pods=1, used: pods=12, limited: pods=12/;
    assertExceeded(await tenant.ask('POST', podsOf('north'), one), full);
    assertExceeded(await tenant.ask('POST', `${podsOf('north')}?dryRun=All`, one), full);
    const named = { ...one, metadata: { generateName: 'one-', labels: { 'kubezoo.io/quota': 'none' } } };
    assertExceeded(await tenant.ask('POST', podsOf('south'), named), full);
    const applied = { apiVersion: 'v1', kind: 'Pod', ...one };
    const path = `${podsOf('west')}/one?fieldManager=me`;
    assertExceeded(await tenant.ask('PATCH', path, applied, 'application/apply-patch+yaml'), full);
    await tenant.must('DELETE', `${podsOf('default')}/p0?gracePeriodSeconds=0`);
    // A dry run takes nothing.
    await tenant.must('POST', `${podsOf('north')}?dryRun=All`, one);
    await tenant.must('POST', `${podsOf('south')}?dryRun=All`, one);
    await tenant.must('PATCH', path, applied, 'application/apply-patch+yaml');
    assertExceeded(await tenant.ask('POST', podsOf('north'), one), full);
  });

  it('counts cpu and memory as Kubernetes does', async () => {
    const large = (name: string) => pod(name, { requests: { cpu: '1500m' }, limits: { cpu: '2', memory: '1Gi' } });
    await tenant.must('POST', podsOf('north'), large('a'));
    await tenant.must('POST', podsOf('south'), large('b'));
    assertExceeded(
      await tenant.ask('POST', podsOf('west'), large('c')),
      /requested: requests\.cpu=1500m, used: requests\.cpu=3, limited: requests\.cpu=4$/,
    );
    await tenant.must('POST', podsOf('west'), pod('c', { requests: { cpu: '1' }, limits: { cpu: '2', memory: '1Gi' } }));
  });

  it('a Service that becomes a NodePort is counted', async () => {
    const at = (namespace: string) => `/api/v1/namespaces/${namespace}/services`;
    const service = (type: string) => ({ metadata: { name: 'front' }, spec: { type, ports: [{ port: 80 }] } });
    for (const namespace of ['north', 'south']) await tenant.must('POST', at(namespace), service('NodePort'));
    await tenant.must('POST', at('west'), service('ClusterIP'));
    const full = /requested: services\.nodeports=1, used: services\.nodeports=2, limited: services\.nodeports=2/;
    const path = `${at('west')}/front`;
    assertExceeded(await tenant.ask('PATCH', path, { spec: { type: 'NodePort' } }, MERGE), full);
    assertExceeded(await tenant.ask('PUT', path, { ...(await tenant.must('GET', path)), spec: service('NodePort').spec }), full);
    assertExceeded(
      await tenant.ask(
        'PATCH',
        `${path}?fieldManager=me&force=true`,
        { apiVersion: 'v1', kind: 'Service', ...service('NodePort') },
        'application/apply-patch+yaml',
      ),
      full,
    );
    // An update that creates.
    assertExceeded(await tenant.ask('PUT', `${at('default')}/front`, service('NodePort')), full);
    await tenant.must('DELETE', `${at('north')}/front`);
    await waitUntil(
      'the room to be there',
      async () => (await tenant.ask('PATCH', path, { spec: { type: 'NodePort' } }, MERGE)).status === 200,
      {
        timeoutMs: 10_000,
      },
    );
  });

  it('storage is counted, of a class as well', async () => {
    const claims = (namespace: string) => `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
    const claim = (name: string, storage: string, storageClassName: string) => ({
      metadata: { name },
      spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage } } },
    });
    await platform.must('POST', '/apis/storage.k8s.io/v1/storageclasses', {
      metadata: { name: 'gold', labels: { 'kubezoo.io/shared': 'true' } },
      provisioner: 'kubernetes.io/no-provisioner',
    });
    try {
      await tenant.must('POST', claims('north'), claim('a', '3Gi', 'gold'));
      assertExceeded(
        await tenant.ask('POST', claims('south'), claim('b', '2Gi', 'gold')),
        /requested: gold\.storageclass\.storage\.k8s\.io\/requests\.storage=2Gi, used: [^,]*=3Gi, limited: [^,]*=4Gi$/,
      );
      assertExceeded(
        await tenant.ask('POST', claims('south'), claim('b', '8Gi', '')),
        /requested: requests\.storage=8Gi, used: requests\.storage=3Gi, limited: requests\.storage=10Gi/,
      );
      await tenant.must('POST', claims('south'), claim('b', '1Gi', ''));
      await tenant.must('POST', claims('west'), claim('c', '1Gi', ''));
      assertExceeded(
        await tenant.ask('POST', claims('default'), claim('d', '1Gi', '')),
        /persistentvolumeclaims=1, used: persistentvolumeclaims=3/,
      );
    } finally {
      await platform.must('DELETE', '/apis/storage.k8s.io/v1/storageclasses/gold');
    }
  });

  it('counts objects of any kind, custom resources too', async () => {
    const createSecret = (name: string, i: number) =>
      tenant.ask('POST', `/api/v1/namespaces/${NAMESPACES[i % 4]}/secrets`, { metadata: { name } });
    let attempts = 0;
    await assertReached(await Promise.all(Array.from({ length: 20 }, (_, i) => createSecret(`s${i}`, i))), {
      limit: 6,
      count: () => tenant.count('/api/v1/secrets'),
      again: () => createSecret(`again${attempts++}`, 1),
      saying: /exceeded quota: kubezoo-tenant, requested: secrets=1, used: secrets=6, limited: secrets=6$/,
    });
    await tenant.must('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      metadata: { name: 'widgets.quota.example' },
      spec: {
        group: 'quota.example',
        scope: 'Namespaced',
        names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    });
    const widgets = (namespace: string) => `/apis/quota.example/v1/namespaces/${namespace}/widgets`;
    const widget = (name: string) => ({ apiVersion: 'quota.example/v1', kind: 'Widget', metadata: { name } });
    await waitUntil(
      'widgets to be served and counted',
      async () => (await tenant.ask('POST', `${widgets('north')}?dryRun=All`, widget('x'))).status === 201,
      {
        timeoutMs: 60_000,
        intervalMs: 200,
      },
    );
    await assertReached(
      await Promise.all(Array.from({ length: 12 }, (_, i) => tenant.ask('POST', widgets(NAMESPACES[i % 4]!), widget(`w${i}`)))),
      {
        limit: 3,
        count: () => tenant.count('/apis/quota.example/v1/widgets'),
        again: () => tenant.ask('POST', widgets('west'), widget(`again${attempts++}`)),
        saying:
          /kubezoo-tenant, requested: count\/widgets\.quota\.example=1, used: count\/widgets\.quota\.example=3, limited: count\/widgets\.quota\.example=3$/,
      },
    );
  });

  it('the operator sees the use over all namespaces, and so does the tenant', async () => {
    await fillWithPods();
    const operator = stack.client('operator');
    closers.push(() => operator.close());
    await waitUntil(
      'the use to be told',
      async () => {
        const { status } = await asking(operator).must('GET', `${TENANTS}/${TENANT}`);
        return status.quota?.hard.pods === '12' && status.quota.used.pods === '12' && status.quota.used['requests.cpu'] === '120m';
      },
      { timeoutMs: 10_000 },
    );
    const shown = await tenant.must('GET', '/api/v1/namespaces/south/resourcequotas/kubezoo-tenant');
    assert.deepEqual(shown.spec.hard, HARD);
    await waitUntil(
      'the tenant to see it',
      async () => {
        const { metadata } = await tenant.must('GET', '/api/v1/namespaces/south/resourcequotas/kubezoo-tenant');
        return JSON.parse(metadata.annotations?.['quota.kubezoo/used'] ?? '{}').pods === '12';
      },
      { timeoutMs: 10_000 },
    );
  });
});
