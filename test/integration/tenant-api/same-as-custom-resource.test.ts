import assert from 'node:assert/strict';
import { TENANT_SCHEMA } from '../../../src/tenant-api/schema.ts';
import { openEtcdStore } from '../../../src/tenants/etcd-store.ts';
import { startCluster, type TestCluster } from '../controller/support/cluster.ts';
import { eventually } from './support/eventually.ts';
import { Kubectl } from './support/kubectl.ts';
import { serveTenantApi, type TenantApiServer } from './support/tenant-api-server.ts';

/** One step: arguments of kubectl, and what it reads. Every step sees what the ones before it left. */
type Step = readonly [args: string, stdin?: string];

const manifest = (metadata: string, rest = 'spec: {}') =>
  `apiVersion: tenant.kubezoo.io/v1alpha1\nkind: Tenant\nmetadata: ${metadata}\n${rest}\n`;
const CONDITION = '{"type":"Ready","status":"True","reason":"AllMade","message":"ok","lastTransitionTime":"2026-01-01T00:00:00Z"}';
const STATUS = `{"status":{"phase":"Ready","conditions":[${CONDITION}]}}`;
const patch = (type: string, body: string, more = ''): Step => [`patch tenant demo01 --type=${type} ${more} -p ${body}`];

const STEPS: readonly Step[] = [
  ['get tenants'],
  ['get tenant demo01'],
  ['apply -f -', manifest('{name: demo01, labels: {team: a}}')],
  ['apply -f -', manifest('{name: demo01, labels: {team: a}}')],
  ['get tenant demo01 -o yaml --show-managed-fields'],
  ['diff -f -', manifest('{name: demo01, labels: {team: b}}')],
  ['apply -f -', manifest('{name: demo01, labels: {team: b}, annotations: {x: "y"}}')],
  ['apply --dry-run=server -o yaml -f -', manifest('{name: demo01, labels: {team: c}}')],
  ['create -f -', manifest('{name: demo01}')],
  ['create -f -', manifest('{name: demo02, foo: 1}', 'spec: {quotas: {}}')],
  ['create --validate=warn -f -', manifest('{name: demo02, foo: 1}', 'spec: {quotas: {}}\nzz: 1')],
  ['create --validate=ignore -f -', manifest('{name: demo03}', 'spec: {quotas: {}}')],
  ['create -f -', manifest('{name: demo04, labels: {a b: "x"}, finalizers: [-/]}')],
  ['create -f -', manifest('{name: demo04}', 'spec: text')],
  ['create -f -', manifest('{name: demo04}', 'spec: {}\nspec: {}')],
  ['create -f -', manifest('{labels: {a: b}}')],
  ['label tenant demo01 m=1'],
  ['label tenant demo01 m=2'],
  ['label tenant demo01 m-'],
  ['annotate tenant demo01 n=1'],
  patch('merge', '{"metadata":{"labels":{"p":"1"}}}'),
  patch('merge', '{"metadata":{"labels":{"p":"1"}}}'),
  patch('json', '[{"op":"add","path":"/metadata/labels/j","value":"1"}]'),
  patch('strategic', '{"metadata":{"labels":{"s":"1"}}}'),
  patch('merge', '{"metadata":{"name":"other1"}}'),
  patch('merge', '{"metadata":{"uid":"x"}}'),
  patch('merge', '{"metadata":{"resourceVersion":"1","labels":{"v":"1"}}}'),
  patch('merge', '{"metadata":{"deletionTimestamp":"2020-01-01T00:00:00Z"}}'),
  patch('merge', '{"kind":"Pod"}'),
  patch('merge', STATUS),
  patch('merge', STATUS, '--subresource=status'),
  patch('merge', '{"status":{"phase":"Great"}}', '--subresource=status'),
  patch('merge', '{"status":{"conditions":[{"type":"A"}]}}', '--subresource=status'),
  ['wait tenant/demo01 --for=condition=Ready --timeout=5s'],
  ['get tenant demo01'],
  ['get tenant demo01 -o yaml --show-managed-fields'],
  ['get tenant demo01 --subresource=status -o jsonpath={.status.phase}'],
  ['get tenants -l team=b -o name'],
  ['get tenants -l team!=b -o name'],
  ['get tenants -l a-b-'],
  ['get tenants --field-selector metadata.name=demo01 -o name'],
  ['get tenants --field-selector status.phase=Ready -o name'],
  ['get tenants --chunk-size=1 -o name'],
  ['describe tenant demo01'],
  ['apply --server-side -f -', manifest('{name: demo05, labels: {a: "1", b: "1"}}')],
  ['apply --server-side -f -', manifest('{name: demo05, labels: {a: "1"}}')],
  ['apply --server-side --field-manager=m2 -f -', manifest('{name: demo05, labels: {a: "2", c: "1"}}')],
  ['apply --server-side --field-manager=m2 -f -', manifest('{name: demo05, labels: {a: "1", c: "1"}}')],
  ['apply --server-side --field-manager=m3 -f -', manifest('{name: demo05, labels: {a: "2", c: "2"}}')],
  [
    'apply --server-side --field-manager=m3 --force-conflicts -f -',
    manifest('{name: demo05, labels: {a: "2", c: "2"}, finalizers: [x.y/z]}'),
  ],
  ['label tenant demo05 a=3 --overwrite'],
  ['apply --server-side --field-manager=m3 -f -', manifest('{name: demo05, labels: {a: "2"}}')],
  ['apply --server-side --field-manager=m3 -f -', manifest('{name: demo05}')],
  ['get tenant demo05 -o yaml --show-managed-fields'],
  ['apply --server-side -f -', manifest('{name: demo01, labels: {team: z}}')],
  ['apply --server-side --force-conflicts -f -', manifest('{name: demo01, labels: {team: z}}')],
  ['get tenant demo01 -o yaml --show-managed-fields'],
  ['apply -f -', manifest('{name: demo01, labels: {team: y}}')],
  ['replace -f -', manifest('{name: demo01, labels: {r: "1"}}')],
  ['replace -f -', manifest('{name: nobody}')],
  ['get tenant demo01 -o yaml'],
  patch('merge', '{"metadata":{"finalizers":["x.y/z"]}}'),
  ['delete tenant demo01 --wait=false'],
  ['get tenant demo01 -o yaml'],
  patch('merge', '{"metadata":{"finalizers":["x.y/z","a.b/c"]}}'),
  patch('merge', '{"metadata":{"finalizers":null}}'),
  ['get tenant demo01'],
  ['delete tenant demo01'],
  ['delete tenant demo01 --ignore-not-found'],
  ['delete tenants -l nobody=here'],
  ['delete tenants --all'],
  ['explain tenant.status'],
  ['explain tenant.status.conditions'],
  ['explain tenant.nothing'],
];

describe('the Tenant API beside a custom resource of the same schema in a real apiserver', function () {
  this.timeout(300_000);
  let cluster: TestCluster;
  let api: TenantApiServer;
  let ours: Kubectl;
  let theirs: Kubectl;
  let store: ReturnType<typeof openEtcdStore>;

  before(async () => {
    cluster = await startCluster();
    store = openEtcdStore({ endpoints: [cluster.etcdUrl], prefix: '/kubezoo/' });
    api = await serveTenantApi(store);
    ours = await Kubectl.find('--server', api.url);
    theirs = await Kubectl.find('--kubeconfig', cluster.adminKubeconfig);
    await theirs.ok(['create', '-f', '-'], JSON.stringify(customResourceDefinition()));
    await theirs.ok(['wait', 'crd/tenants.tenant.kubezoo.io', '--for=condition=Established']);
    await eventually(async () => void (await theirs.ok(['get', 'tenants'])));
    await eventually(async () => void (await theirs.ok(['explain', 'tenant.status'])), 30_000);
  });
  after(async () => {
    ours?.remove();
    theirs?.remove();
    await api?.close();
    await store?.close();
    await cluster?.stop();
  });

  for (const [index, [args, stdin]] of STEPS.entries()) {
    it(`${index + 1}. kubectl ${args}`, async () => {
      const words = args.split(' ').filter((word) => word !== '');
      const [mine, other] = await Promise.all([ours.run(words, stdin), theirs.run(words, stdin)]);
      assert.equal(blank(`${mine.code}\n${mine.stdout}${mine.stderr}`), blank(`${other.code}\n${other.stdout}${other.stderr}`));
    });
  }

  it('met no error of ours', () => assert.deepEqual(api.failures, []));
});

function customResourceDefinition(): object {
  const { metadata: _, ...properties } = TENANT_SCHEMA.properties!;
  const columns = [
    { name: 'Status', type: 'string', jsonPath: '.status.phase' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ];
  // The one default that the Tenant API has.
  const spec = { ...properties.spec, default: {} };
  const schema = { openAPIV3Schema: { ...TENANT_SCHEMA, properties: { ...properties, spec } } };
  const version = {
    name: 'v1alpha1',
    served: true,
    storage: true,
    subresources: { status: {} },
    additionalPrinterColumns: columns,
    schema,
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'tenants.tenant.kubezoo.io' },
    spec: {
      group: 'tenant.kubezoo.io',
      scope: 'Cluster',
      names: { kind: 'Tenant', plural: 'tenants', singular: 'tenant' },
      versions: [version],
    },
  };
}

/** Without what differs from one object to the next, and without what is ours on purpose. */
function blank(output: string): string {
  return output
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uid>')
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+ \+0000|Z)/g, '<time>')
    .replace(/(resourceVersion: "|Resource Version: +)\d+/g, '$1<version>')
    .replace(/\/tmp\/(LIVE|MERGED)-\d+/g, '/tmp/$1')
    .replace(/ \d+m?s\n/g, ' <age>\n');
}
