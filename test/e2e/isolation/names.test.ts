/** Other tenants and the platform, by their names: in paths, bodies and selectors, and in what comes unasked. */
import assert from 'node:assert/strict';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { openExchange } from '../../helpers/open-exchange.ts';
import { openWatch } from '../../helpers/open-watch.ts';
import { gatherParties, OTHER, type Parties, TENANT } from './parties.ts';

const NAMESPACE = 'names';
const CONFIG_MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
const VOLUMES = '/api/v1/persistentvolumes';
const NAMESPACES = '/api/v1/namespaces';

const volume = (name: string, server: string) => ({
  metadata: { name },
  spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], nfs: { path: '/', server }, storageClassName: 'none' },
});
// biome-ignore lint/suspicious/noExplicitAny: any list
const namesOf = (list: any): string[] => list.items.map((item: { metadata: { name: string } }) => item.metadata.name).sort();

describe('isolation by names', () => {
  let parties: Parties;

  before(async function () {
    this.timeout(90_000);
    parties = await gatherParties(NAMESPACE);
    const { tenant, other, platform } = parties;
    for (const [party, owner] of [
      [tenant, TENANT],
      [other, OTHER],
    ] as const) {
      await party.must('POST', CONFIG_MAPS, { metadata: { name: 'same' }, data: { owner } });
      await party.must('POST', VOLUMES, volume('shared', owner));
    }
    await platform.must('POST', VOLUMES, volume('platform-volume', 'platform'));
  });

  after(async () => {
    const { tenant, other, platform } = parties;
    for (const party of [tenant, other]) await party.ask('DELETE', `${VOLUMES}/shared`);
    await platform.ask('DELETE', `${VOLUMES}/platform-volume`);
    await parties.close();
  });

  it('two tenants have objects of the same names side by side', async () => {
    for (const [party, owner] of [
      [parties.tenant, TENANT],
      [parties.other, OTHER],
    ] as const) {
      assert.equal((await party.must('GET', `${CONFIG_MAPS}/same`)).data.owner, owner);
      const shared = await party.must('GET', `${VOLUMES}/shared`);
      assert.equal(shared.spec.nfs.server, owner);
      assert.deepEqual(namesOf(await party.must('GET', VOLUMES)), ['shared']);
    }
  });

  it('the other’s namespace in the path is another namespace, which is not there', async () => {
    const { tenant } = parties;
    for (const upstreamName of [`${OTHER}-${NAMESPACE}`, `${TENANT}-${NAMESPACE}`, 'kubezoo-system']) {
      await tenant.kubectlFails(`get configmap same -n ${upstreamName}`, /not found/);
      assert.deepEqual(namesOf(await tenant.must('GET', `/api/v1/namespaces/${upstreamName}/configmaps`)), []);
      const { status } = await tenant.ask('POST', `/api/v1/namespaces/${upstreamName}/configmaps`, { metadata: { name: 'intruder' } });
      assert.equal(status, 404);
    }
    assert.match(await tenant.kubectl(`get configmap same -n ${NAMESPACE} -o yaml`), /owner: demo01/);
  });

  it('a namespace called after a prefix is one’s own, and is shown as it was called', async () => {
    const { tenant, other, platform } = parties;
    for (const name of [`${TENANT}-trap`, `${OTHER}-trap`]) {
      await tenant.must('POST', NAMESPACES, { metadata: { name } });
      await tenant.kubectl(`create configmap inside -n ${name}`);
      assert.equal((await tenant.must('GET', `${NAMESPACES}/${name}`)).metadata.name, name);
      assert.ok(namesOf(await tenant.must('GET', NAMESPACES)).includes(name));
      assert.equal((await tenant.must('GET', `/api/v1/namespaces/${name}/configmaps/inside`)).metadata.namespace, name);
      assert.equal((await platform.must('GET', `${NAMESPACES}/${TENANT}-${name}`)).metadata.labels['kubezoo.io/tenant'], TENANT);
      assert.equal((await platform.ask('GET', `${NAMESPACES}/${name}`)).status, 404);
      assert.ok(namesOf(await other.must('GET', NAMESPACES)).every((seen) => !seen.includes('trap')));
      await tenant.kubectl(`delete namespace ${name} --wait=false`);
    }
  });

  it('the other’s namespace in a body gets nowhere', async () => {
    const { tenant, other } = parties;
    const intruder = (namespace: string) => ({ metadata: { name: 'intruder', namespace } });
    for (const namespace of [`${OTHER}-${NAMESPACE}`, `${TENANT}-${NAMESPACE}`]) {
      assert.equal((await tenant.ask('POST', CONFIG_MAPS, intruder(namespace))).status, 400);
      assert.equal((await tenant.ask('PUT', `${CONFIG_MAPS}/same`, { metadata: { name: 'same', namespace } })).status, 400);
      const move = [{ op: 'replace', path: '/metadata/namespace', value: namespace }];
      assert.notEqual((await tenant.ask('PATCH', `${CONFIG_MAPS}/same`, move, 'application/json-patch+json')).status, 200);
    }
    // Whichever of two members upstream takes, it is not the foreign one.
    const twice = `{"metadata":{"name":"intruder","namespace":"${NAMESPACE}"},"metadata":{"namespace":"${OTHER}-${NAMESPACE}"}}`;
    const { status } = await rawPost(twice);
    assert.ok(status === 400 || status === 201, String(status));
    assert.deepEqual(namesOf(await other.must('GET', CONFIG_MAPS)), ['kube-root-ca.crt', 'same']);
    assert.equal((await tenant.must('GET', `${CONFIG_MAPS}/same`)).data.owner, TENANT);
    await tenant.ask('DELETE', `${CONFIG_MAPS}/intruder`);
    assert.equal((await tenant.ask('POST', CONFIG_MAPS, intruder(NAMESPACE))).status, 201);
    await tenant.must('DELETE', `${CONFIG_MAPS}/intruder`);
  });

  it('selectors by the other’s name find nothing, by one’s own they do', async () => {
    const { tenant } = parties;
    const list = async (path: string, selector: string) =>
      namesOf(await tenant.must('GET', `${path}?${new URLSearchParams(JSON.parse(selector))}`));
    const fields = (fieldSelector: string) => JSON.stringify({ fieldSelector });
    const labels = (labelSelector: string) => JSON.stringify({ labelSelector });
    const all = '/api/v1/configmaps';
    for (const name of [`${OTHER}-${NAMESPACE}`, `${TENANT}-${NAMESPACE}`]) {
      assert.deepEqual(await list(all, fields(`metadata.namespace=${name}`)), []);
      assert.deepEqual(await list(NAMESPACES, fields(`metadata.name=${name}`)), []);
      assert.deepEqual(await list(NAMESPACES, labels(`kubernetes.io/metadata.name=${name}`)), []);
      assert.deepEqual(await list(NAMESPACES, labels(`kubernetes.io/metadata.name in (${name})`)), []);
    }
    assert.deepEqual(await list(all, fields(`metadata.namespace=${NAMESPACE}`)), ['kube-root-ca.crt', 'same']);
    assert.deepEqual(await list(NAMESPACES, fields(`metadata.name=${NAMESPACE}`)), [NAMESPACE]);
    assert.deepEqual(await list(NAMESPACES, labels(`kubernetes.io/metadata.name=${NAMESPACE}`)), [NAMESPACE]);
    // What is excluded by the other's name is not excluded here.
    assert.ok((await list(NAMESPACES, labels(`kubernetes.io/metadata.name!=${TENANT}-${NAMESPACE}`))).includes(NAMESPACE));
    assert.ok((await list(NAMESPACES, fields(`metadata.name!=${TENANT}-${NAMESPACE}`))).includes(NAMESPACE));
  });

  it('the platform’s label selects nothing that tenants could learn from', async () => {
    const { tenant } = parties;
    for (const tenantId of [TENANT, OTHER]) {
      const { status, text } = await tenant.ask(
        'GET',
        `${NAMESPACES}?labelSelector=${encodeURIComponent(`kubezoo.io/tenant=${tenantId}`)}`,
      );
      assert.ok(status === 400 || (status === 200 && !text.includes(OTHER)), text);
    }
  });

  it('cluster-scoped objects of others are not found by any spelling', async () => {
    const { tenant, platform } = parties;
    for (const name of [`${OTHER}-shared`, `${TENANT}-shared`, 'platform-volume']) {
      assert.equal((await tenant.ask('GET', `${VOLUMES}/${name}`)).status, 404);
      assert.equal((await tenant.ask('DELETE', `${VOLUMES}/${name}`)).status, 404);
      const merge = { metadata: { labels: { touched: 'yes' } } };
      assert.equal((await tenant.ask('PATCH', `${VOLUMES}/${name}`, merge, 'application/merge-patch+json')).status, 404);
    }
    for (const name of ['system:discovery', 'system:node', 'kubezoo:tenant']) {
      assert.equal((await tenant.ask('GET', `/apis/rbac.authorization.k8s.io/v1/clusterroles/${name}`)).status, 404);
    }
    const left = namesOf(await platform.must('GET', VOLUMES));
    for (const name of [`${OTHER}-shared`, `${TENANT}-shared`, 'platform-volume']) assert.ok(left.includes(name));
    assert.equal((await tenant.must('GET', `${VOLUMES}/shared`)).metadata.name, 'shared');
  });

  it('kube-system is one’s own', async () => {
    const { tenant, platform } = parties;
    const path = '/api/v1/namespaces/kube-system/configmaps';
    const platforms = namesOf(await platform.must('GET', path));
    assert.ok(platforms.includes('extension-apiserver-authentication'));
    assert.equal((await tenant.ask('GET', `${path}/extension-apiserver-authentication`)).status, 404);
    assert.deepEqual(namesOf(await tenant.must('GET', path)), ['kube-root-ca.crt']);
  });

  it('a watch of a cluster-scoped kind sees one’s own objects only, from the beginning and from now', async () => {
    const { tenant, other, platform } = parties;
    const watches = await Promise.all([
      openWatch(tenant.cluster, `${VOLUMES}?resourceVersion=0`),
      openWatch(tenant.cluster, VOLUMES),
      openWatch(platform.cluster, VOLUMES),
    ]);
    const made = [
      [other, `${OTHER}-secret`],
      [platform, 'platform-secret'],
      [platform, `${TENANT}x-secret`],
      [tenant, 'last'],
    ] as const;
    for (const [party, name] of made) await party.must('POST', VOLUMES, volume(name, 'example'));
    await watches[2].waitFor(`${TENANT}-last`);
    await Promise.all(watches.slice(0, 2).map((watch) => watch.waitFor('last')));
    for (const watch of watches.slice(0, 2)) {
      const seen = new Set(watch.events.map(({ object }) => object.metadata.name));
      assert.deepEqual(seen, new Set(['shared', 'last']));
    }
    const upstreamNames = new Set(watches[2].events.map(({ object }) => object.metadata.name));
    for (const name of [`${OTHER}-${OTHER}-secret`, 'platform-secret', `${TENANT}x-secret`]) assert.ok(upstreamNames.has(name));
    for (const watch of watches) watch.close();
    for (const [party, name] of made) await party.must('DELETE', `${VOLUMES}/${name}`);
  });

  it('a list comes without a token or a count that would tell of others', async () => {
    const list = await parties.tenant.must('GET', `${VOLUMES}?limit=1`);
    assert.deepEqual([list.metadata.continue, list.metadata.remainingItemCount], [undefined, undefined]);
    assert.ok(namesOf(list).includes('shared'));
    const upstream = await parties.platform.must('GET', `${VOLUMES}?limit=1`);
    assert.ok(upstream.metadata.continue);
    assert.equal(
      (await parties.tenant.ask('GET', `${VOLUMES}?limit=1&continue=${encodeURIComponent(upstream.metadata.continue)}`)).status,
      400,
    );
  });

  it('namespaces and events of all namespaces are one’s own', async () => {
    const { tenant, other, platform } = parties;
    const event = (namespace: string) => ({
      metadata: { generateName: 'told-', namespace },
      involvedObject: { kind: 'ConfigMap', apiVersion: 'v1', name: 'same', namespace },
      message: `of ${namespace}`,
      reason: 'Told',
      type: 'Normal',
    });
    await other.must('POST', `/api/v1/namespaces/${NAMESPACE}/events`, event(NAMESPACE));
    await platform.must('POST', '/api/v1/namespaces/default/events', event('default'));
    await tenant.must('POST', `/api/v1/namespaces/${NAMESPACE}/events`, event(NAMESPACE));
    const seen = await tenant.kubectl('get events -A --field-selector reason=Told --no-headers');
    assert.equal(seen.trim().split('\n').length, 1, seen);
    assert.match(seen, /^names /);
    const { items } = await platform.must('GET', '/api/v1/events?fieldSelector=reason%3DTold');
    assert.equal(items.length, 3);
    for (const kinds of ['namespaces', 'all,configmaps,serviceaccounts,persistentvolumes']) {
      // Of the namespaces that the tenant itself called so, something may be left.
      const shown = (await lasting(`get ${kinds} -A`)).replaceAll(/demo0[12]-trap/g, '');
      assert.match(shown, new RegExp(NAMESPACE));
      assert.doesNotMatch(shown, /demo0|kubezoo|platform/);
    }
  });

  /** `all` names the custom resources of discovery, too, and kubectl fails where another test's kind goes in between, as it does anywhere. */
  const lasting = async (line: string): Promise<string> => {
    const run = () => parties.stack.kubectl(line.split(' '), { tenant: TENANT });
    const isThere = async () => {
      const result = await run();
      return !result.stderr.includes("the server doesn't have a resource type") && result;
    };
    const { code, stdout, stderr } = await waitUntil(line, isThere, { timeoutMs: 30_000 });
    assert.equal(code, 0, stderr);
    return stdout;
  };

  it('the groups of others’ definitions are in no document', async () => {
    const { tenant, platform } = parties;
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const group = `${OTHER}-qxz.example`;
    const schema = { openAPIV3Schema: { type: 'object' } };
    await platform.must('POST', definitions, {
      metadata: { name: `widgets.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural: 'widgets', kind: 'Widget' },
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    });
    try {
      await platform.kubectl(`wait --for=condition=Established crd/widgets.${group} --timeout=20s`);
      assert.equal((await platform.ask('GET', `/apis/${group}/v1`)).status, 200);
      for (const path of [
        `/apis/${group}`,
        `/apis/${group}/v1`,
        `/apis/${group}/v1/widgets`,
        '/apis/qxz.example/v1',
        `/openapi/v3/apis/${group}/v1`,
      ]) {
        assert.equal((await tenant.ask('GET', path)).status, 404, path);
      }
      for (const path of ['/apis', '/openapi/v3', '/openapi/v2']) {
        const { status, text } = await tenant.ask('GET', path);
        assert.equal(status, 200, path);
        assert.ok(!text.includes('qxz'), path);
      }
    } finally {
      await platform.must('DELETE', `${definitions}/widgets.${group}`);
    }
  });

  it('the gateway’s and the platform’s own pages are not there', async () => {
    for (const path of [
      '/metrics',
      '/debug/pprof/',
      '/configz',
      '/logs/',
      '/apis/tenant.kubezoo.io/v1alpha1/tenants',
      '/flagz',
      '/statusz',
    ]) {
      assert.equal((await parties.tenant.ask('GET', path)).status, 404, path);
    }
    assert.equal((await parties.tenant.ask('GET', '/version')).status, 200);
  });

  /** Members that stand twice cannot be written as an object. */
  async function rawPost(text: string): Promise<{ status: number }> {
    return openExchange(parties.tenant.cluster, CONFIG_MAPS, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: text,
    }).answer();
  }
});
