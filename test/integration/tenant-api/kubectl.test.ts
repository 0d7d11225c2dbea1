import assert from 'node:assert/strict';
import { type EtcdTenantStore, openEtcdStore } from '../../../src/tenants/etcd-store.ts';
import { MAX_INFLIGHT_ANNOTATION } from '../../../src/tenants/tenant.ts';
import { EtcdProcess } from './support/etcd-process.ts';
import { Kubectl } from './support/kubectl.ts';
import { serveTenantApi, type TenantApiServer } from './support/tenant-api-server.ts';

const manifest = (name: string, labels = '{}') =>
  `apiVersion: tenant.kubezoo.io/v1alpha1\nkind: Tenant\nmetadata:\n  name: ${name}\n  labels: ${labels}\nspec: {}\n`;

describe('kubectl with the Tenant API', function () {
  this.timeout(120_000);
  let etcd: EtcdProcess;
  let store: EtcdTenantStore;
  let api: TenantApiServer;
  let kubectl: Kubectl;

  before(async () => {
    etcd = await EtcdProcess.start();
    store = openEtcdStore({ endpoints: [etcd.endpoint], prefix: '/kubezoo/' });
    api = await serveTenantApi(store, { upstreamHoldsPrefix: async (id) => (id === 'taken1' ? 'namespace "taken1-web"' : undefined) });
    kubectl = await Kubectl.find('--server', api.url);
  });
  after(async () => {
    kubectl.remove();
    await api.close();
    await store.close();
    await etcd.remove();
  });

  afterEach(async () => {
    for (const { metadata } of (await store.list()).tenants) await store.delete(metadata.name);
  });

  it('makes, changes and deletes a tenant', async () => {
    assert.equal(await kubectl.ok(['apply', '-f', '-'], manifest('demo01', '{team: a}')), 'tenant.tenant.kubezoo.io/demo01 created\n');
    assert.equal(await kubectl.ok(['apply', '-f', '-'], manifest('demo01', '{team: a}')), 'tenant.tenant.kubezoo.io/demo01 unchanged\n');
    assert.equal(await kubectl.ok(['apply', '-f', '-'], manifest('demo01', '{team: b}')), 'tenant.tenant.kubezoo.io/demo01 configured\n');
    await kubectl.ok(['label', 'tenant', 'demo01', 'more=1']);
    await kubectl.ok(['annotate', 'tenants', 'demo01', `${MAX_INFLIGHT_ANNOTATION}=7`]);
    await kubectl.ok(['patch', 'tenant/demo01', '--type=merge', '-p', '{"metadata":{"labels":{"merged":"1"}}}']);
    await kubectl.ok(['patch', 'tenant/demo01', '--type=json', '-p', '[{"op":"add","path":"/metadata/labels/json","value":"1"}]']);
    assert.equal(
      await kubectl.ok(['get', 'tenant', 'demo01', '-o', 'jsonpath={.metadata.labels}']),
      '{"json":"1","merged":"1","more":"1","team":"b"}',
    );
    assert.match(
      await kubectl.ok(['get', 'tenants', '-o', 'wide']),
      /^NAME +STATUS +AGE +REASON +MAX IN FLIGHT\ndemo01 +Pending +\d+s +7\n$/,
    );
    assert.equal(await kubectl.ok(['delete', 'tenant', 'demo01']), 'tenant.tenant.kubezoo.io "demo01" deleted\n');
    assert.match(
      (await kubectl.run(['get', 'tenant', 'demo01'])).stderr,
      /^Error from server \(NotFound\): tenants.tenant.kubezoo.io "demo01" not found/,
    );
  });

  it('edits, replaces and diffs', async () => {
    await kubectl.ok(['apply', '-f', '-'], manifest('edit01', '{team: before}'));
    const edited = await kubectl.run(['edit', 'tenant', 'edit01'], '', { KUBE_EDITOR: 'sed -i /team:/s/before/edited/' });
    assert.equal(edited.stdout, 'tenant.tenant.kubezoo.io/edit01 edited\n', edited.stderr);
    const { code, stdout } = await kubectl.run(['diff', '-f', '-'], manifest('edit01', '{team: c}'));
    assert.deepEqual([code, /- {4}team: edited\n\+ {4}team: c\n/.test(stdout)], [1, true], stdout);
    await kubectl.ok(['replace', '-f', '-'], manifest('edit01', '{team: d}'));
    assert.equal(await kubectl.ok(['get', 'tenant', 'edit01', '-o', 'jsonpath={.metadata.labels.team}']), 'd');
    await kubectl.ok(['delete', 'tenants', '--all']);
  });

  it('watches, and waits', async () => {
    await kubectl.ok(['create', '-f', '-'], manifest('watch1'));
    const watch = kubectl.follow(['get', 'tenants', '-w', '--no-headers']);
    await watch.until((lines) => lines.length === 1);
    const waiting = kubectl.run(['wait', 'tenant/watch1', '--for=condition=Ready', '--timeout=20s']);
    const condition = { type: 'Ready', status: 'True', reason: 'AllMade', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' };
    const status = JSON.stringify({ status: { phase: 'Ready', conditions: [condition] } });
    await kubectl.ok(['patch', 'tenant', 'watch1', '--subresource=status', '--type=merge', '-p', status]);
    assert.equal((await waiting).stdout, 'tenant.tenant.kubezoo.io/watch1 condition met\n');
    await kubectl.ok(['create', '-f', '-'], manifest('watch2'));
    const gone = kubectl.run(['wait', 'tenant/watch1', '--for=delete', '--timeout=20s']);
    await kubectl.ok(['delete', 'tenant', 'watch1', 'watch2']);
    assert.equal((await gone).code, 0);
    const lines = await watch.until((printed) => printed.length === 5);
    watch.stop();
    assert.deepEqual(
      lines.map((line) => line.split(/ +/).slice(0, 2).join(' ')),
      ['watch1 Pending', 'watch1 Ready', 'watch2 Pending', 'watch1 Ready', 'watch2 Pending'],
    );
  });

  it('waits for finalizers', async () => {
    await kubectl.ok(['create', '-f', '-'], manifest('final1').replace('labels: {}', 'finalizers: [kubezoo.io/tenant]'));
    const deletion = kubectl.run(['delete', 'tenant', 'final1', '--timeout=20s']);
    const watch = kubectl.follow(['get', 'tenants', '-w', '--no-headers']);
    await watch.until((lines) => lines.some((line) => line.includes('Terminating')));
    watch.stop();
    await kubectl.ok(['patch', 'tenant', 'final1', '--type=merge', '-p', '{"metadata":{"finalizers":null}}']);
    assert.equal((await deletion).code, 0);
  });

  it('applies on the server', async () => {
    const apply = (labels: string, ...args: string[]) =>
      kubectl.run(['apply', '--server-side', '-f', '-', ...args], manifest('apply1', labels));
    const labels = () => kubectl.ok(['get', 'tenant', 'apply1', '-o', 'jsonpath={.metadata.labels}']);
    assert.equal((await apply('{a: "1", b: "1"}')).stdout, 'tenant.tenant.kubezoo.io/apply1 serverside-applied\n');
    const before = await kubectl.ok(['get', 'tenant', 'apply1', '-o', 'yaml', '--show-managed-fields']);
    await apply('{a: "1", b: "1"}');
    assert.equal(await kubectl.ok(['get', 'tenant', 'apply1', '-o', 'yaml', '--show-managed-fields']), before);
    await apply('{a: "1"}');
    assert.equal(await labels(), '{"a":"1"}');
    assert.equal((await apply('{a: "1", c: "2"}', '--field-manager=other')).code, 0);
    const conflict = await apply('{a: "2"}', '--field-manager=third');
    assert.match(
      conflict.stderr,
      /^error: Apply failed with 2 conflicts: conflicts with "kubectl":\n- .metadata.labels.a\nconflicts with "other":\n- .metadata.labels.a\n/,
    );
    assert.equal((await apply('{a: "2"}', '--field-manager=third', '--force-conflicts')).code, 0);
    assert.equal(await labels(), '{"a":"2","c":"2"}');
    await kubectl.ok(['delete', 'tenant', 'apply1']);
  });

  it('takes over on the server what it applied itself', async () => {
    await kubectl.ok(['apply', '-f', '-'], manifest('apply2', '{a: "1", b: "1"}'));
    await kubectl.ok(['apply', '--server-side', '-f', '-'], manifest('apply2', '{a: "2"}'));
    assert.equal(await kubectl.ok(['get', 'tenant', 'apply2', '-o', 'jsonpath={.metadata.labels}']), '{"a":"2"}');
    assert.equal(await kubectl.ok(['apply', '-f', '-'], manifest('apply2', '{a: "3"}')), 'tenant.tenant.kubezoo.io/apply2 configured\n');
    await kubectl.ok(['delete', 'tenant', 'apply2']);
  });

  it('explains, and knows the resource', async () => {
    const explained = await kubectl.ok(['explain', 'tenant']);
    assert.match(explained, /GROUP: +tenant.kubezoo.io\nKIND: +Tenant\nVERSION: +v1alpha1\n/);
    assert.match(explained, /\n {2}status\t<Object>\n/);
    assert.match(await kubectl.ok(['explain', 'tenant.status.conditions', '--recursive']), /lastTransitionTime\t<string> -required-/);
    assert.match(
      await kubectl.ok(['api-resources', '--api-group=tenant.kubezoo.io']),
      /\ntenants +tenant.kubezoo.io\/v1alpha1 +false +Tenant\n/,
    );
    assert.equal(await kubectl.ok(['api-versions']), 'tenant.kubezoo.io/v1alpha1\n');
    assert.match(await kubectl.ok(['version']), /Server Version: v1/);
  });

  it('describes', async () => {
    await kubectl.ok(['create', '-f', '-'], manifest('descr1', '{team: a}'));
    assert.match(await kubectl.ok(['describe', 'tenant', 'descr1']), /^Name: +descr1\nNamespace: +\nLabels: +team=a\n/);
    await kubectl.ok(['delete', 'tenant', 'descr1']);
  });

  it('turns pages', async () => {
    for (let n = 0; n < 7; n++) await kubectl.ok(['create', '-f', '-'], manifest(`page0${n}`));
    assert.equal((await kubectl.ok(['get', 'tenants', '--chunk-size=2', '-o', 'name'])).split('\n').length - 1, 7);
    assert.equal((await kubectl.ok(['get', 'tenants', '--chunk-size=3', '--no-headers'])).split('\n').length - 1, 7);
    await kubectl.ok(['delete', 'tenants', '--all']);
  });

  const refusals: [what: string, body: string, message: RegExp][] = [
    [
      'a bad id',
      manifest('bad'),
      /^The Tenant "bad" is invalid: metadata.name: Invalid value: "bad": a tenant id must consist of exactly six/,
    ],
    [
      'a reserved id',
      manifest('calico'),
      /^The Tenant "calico" is invalid: metadata.name: Invalid value: "calico": this tenant id is reserved/,
    ],
    ['a taken prefix', manifest('taken1'), /^The Tenant "taken1" is invalid: metadata.name: .*upstream holds namespace "taken1-web"/],
    [
      'an unknown field',
      manifest('demo01').replace('spec: {}', 'spec: {quotas: {}}'),
      /strict decoding error: unknown field "spec.quotas"/,
    ],
    [
      'a bad limit',
      manifest('demo01').replace('labels: {}', `annotations: {${MAX_INFLIGHT_ANNOTATION}: "0"}`),
      /max-requests-inflight\]: Invalid value: "0"/,
    ],
  ];
  for (const [what, body, message] of refusals) {
    it(`shows what is wrong with ${what}`, async () => {
      const { code, stderr } = await kubectl.run(['apply', '-f', '-'], body);
      assert.equal(code, 1);
      assert.match(stderr, message);
      assert.equal(await kubectl.ok(['get', 'tenants', '-o', 'name']), '');
    });
  }

  it('is told that a tenant may not do that', async () => {
    api.identity = { role: 'tenant', tenantId: 'demo01', user: 'jane', groups: [] };
    try {
      const { stderr } = await kubectl.run(['get', '--raw', '/apis/tenant.kubezoo.io/v1alpha1/tenants']);
      assert.match(
        stderr,
        /^Error from server \(Forbidden\): tenants.tenant.kubezoo.io is forbidden: User "jane" cannot list resource "tenants"/,
      );
    } finally {
      api.identity = { role: 'operator', user: 'platform', groups: [] };
    }
  });

  it('goes on watching over a restart of etcd', async () => {
    const watch = kubectl.follow(['get', 'tenants', '-w', '--no-headers', '-o', 'name']);
    await kubectl.ok(['create', '-f', '-'], manifest('befor1'));
    await watch.until((lines) => lines.length === 1);
    await etcd.kill();
    await etcd.start();
    await kubectl.ok(['create', '-f', '-'], manifest('after1'));
    assert.deepEqual(await watch.until((lines) => lines.length === 2), [
      'tenant.tenant.kubezoo.io/befor1',
      'tenant.tenant.kubezoo.io/after1',
    ]);
    watch.stop();
    await kubectl.ok(['delete', 'tenants', '--all']);
  });

  it('met no error of ours', () => assert.deepEqual(api.failures, []));
});
