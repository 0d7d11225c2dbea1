/** An id that was another tenant's: of what that one had, whoever gets it next sees nothing, though upstream still remembers. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { KubeClient } from '../../../src/launch/kube/kube-client.ts';
import { type Cluster, readKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import type { Tenant } from '../../../src/tenants/tenant.ts';
import { makeTenant } from '../../helpers/make-tenant.ts';
import { sharedStack } from '../../helpers/shared-stack.ts';
import type { Stack } from '../../helpers/stack.ts';
import { FORMS, JSON_FORMS } from '../collections/support/forms.ts';
import { openCollectionWatch } from '../collections/support/open-collection-watch.ts';
import { readList, withQuery } from '../collections/support/read-list.ts';

const ID = 'again1';
/** In everything that the first one makes. */
const FORMER = `former-${randomBytes(4).toString('hex')}`;
const GROUP = 'again.example';
const PATHS = {
  'one namespace': '/api/v1/namespaces/default/configmaps',
  'all namespaces': '/api/v1/configmaps',
  'a cluster-scoped kind': '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  'a kind of its own': `/apis/${GROUP}/v1/widgets`,
  'a kind of its own, one namespace': `/apis/${GROUP}/v1/namespaces/default/widgets`,
} as const;
const WIDGETS = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `widgets.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

describe('an id that is used again', function () {
  this.timeout(120_000);
  let stack: Stack;
  let former: Cluster;
  let cluster: Cluster;
  let client: KubeClient;
  let token: string;
  const remembered = new Map<string, { resourceVersion: string; continue: string }>();

  before(async () => {
    stack = await sharedStack();
    await makeTenant(stack, ID);
    former = readKubeconfig(stack.kubeconfig({ tenant: ID }));
    await define();
    const names = [`${FORMER}-1`, `${FORMER}-2`];
    const objects = names.flatMap((name) => [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } },
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, rules: [] },
      { apiVersion: `${GROUP}/v1`, kind: 'Widget', metadata: { name } },
    ]);
    await stack.mustKubectl(
      ['create', '-f', '-'],
      { tenant: ID },
      { stdin: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }) },
    );
    token = (await stack.mustKubectl(['create', 'token', 'default'], { tenant: ID })).trim();
    for (const [title, path] of Object.entries(PATHS)) {
      const listed = await readList(former, withQuery(path, { limit: 1 }));
      assert.ok(listed.continue, `${title}: the list is over`);
      remembered.set(path, { resourceVersion: listed.resourceVersion, continue: listed.continue });
    }
    // As people do who make a thing anew.
    const manifest = await stack.mustKubectl(['get', 'tenant', ID, '-o', 'json'], 'operator');
    await stack.mustKubectl(['delete', 'tenant', ID], 'operator');
    const { metadata, ...rest } = JSON.parse(manifest) as Tenant;
    const { resourceVersion: _, ...sent } = metadata;
    assert.ok(sent.finalizers?.length);
    await stack.mustKubectl(['create', '-f', '-'], 'operator', { stdin: JSON.stringify({ ...rest, metadata: sent }) });
    await stack.mustKubectl(['wait', '--for=condition=Ready', `tenant/${ID}`, '--timeout=60s'], 'operator');
    cluster = readKubeconfig(stack.kubeconfig({ tenant: ID }));
    client = new KubeClient(cluster);
    await define();
  });
  after(async () => {
    client?.close();
    await stack?.mustKubectl(['delete', 'tenant', ID, '--wait=false'], 'operator');
  });

  async function define(): Promise<void> {
    const stdin = JSON.stringify(WIDGETS);
    await stack.mustKubectl(['create', '-f', '-'], { tenant: ID }, { stdin });
    await stack.mustKubectl(['wait', '--for=condition=Established', `crd/widgets.${GROUP}`], { tenant: ID });
  }
  async function ask(
    path: string,
    query: Record<string, string | number | undefined>,
  ): Promise<{ status: number; text: string; reason: string; message: string }> {
    const { status, body } = await client.request('GET', withQuery(path, query));
    assert.doesNotMatch(body, new RegExp(FORMER), `${path} shows what the former had`);
    const { reason, message } = body.startsWith('{') && !body.includes('"type":"') ? JSON.parse(body) : {};
    return { status, text: body, reason, message };
  }
  async function assertExpired(path: string, query: Record<string, string | number | undefined>, words: RegExp): Promise<void> {
    const { status, reason, message, text } = await ask(path, query);
    assert.deepEqual([status, reason], [410, 'Expired'], `${path} ${JSON.stringify(query)}: ${text.slice(0, 300)}`);
    assert.match(message, words);
  }

  for (const [title, path] of Object.entries(PATHS)) {
    it(`${title}: a list at a version from before its beginning is too old; one that is not older is as it is now`, async () => {
      const { resourceVersion } = remembered.get(path)!;
      for (const query of [{ resourceVersionMatch: 'Exact' }, { limit: 5 }, { resourceVersionMatch: 'Exact', limit: 1 }]) {
        await assertExpired(path, { resourceVersion, ...query }, /^The resourceVersion for the provided list is too old\.$/);
      }
      for (const query of [{ resourceVersionMatch: 'NotOlderThan' }, {}]) {
        assert.equal((await ask(path, { resourceVersion, ...query })).status, 200);
      }
    });

    it(`${title}: a list that the former began goes on with what there is now alone`, async () => {
      const query = { limit: 5, continue: remembered.get(path)!.continue };
      await assertExpired(path, query, /^The provided continue parameter is too old/);
      const { text } = await ask(path, query);
      const { status } = await ask(path, { limit: 5, continue: JSON.parse(text).metadata.continue });
      assert.equal(status, 200);
    });

    it(`${title}: a watch from before its beginning is too old, as upstream tells it`, async () => {
      const { resourceVersion } = remembered.get(path)!;
      const hasProtobuf = !path.includes(GROUP);
      for (const form of hasProtobuf ? FORMS : JSON_FORMS) {
        const watch = await openCollectionWatch(cluster, withQuery(path, { resourceVersion, timeoutSeconds: 3 }), { form });
        assert.equal(await watch.ended, 'ended');
        assert.equal(watch.events.length, 1, form);
        const [{ type, object }] = watch.events as [(typeof watch.events)[0]];
        assert.deepEqual([type, object.code, object.reason], ['ERROR', 410, 'Expired']);
        assert.match(object.message, /^too old resource version: \d+ \(\d+\)$/);
      }
      const initial = { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan', timeoutSeconds: 1 };
      assert.equal((await ask(path, { watch: 'true', resourceVersion, ...initial })).status, 200);
    });

    it(`${title}: from its beginning on all is as ever`, async () => {
      const { resourceVersion } = await readList(cluster, path);
      for (const query of [{}, { resourceVersion: 0 }, { resourceVersion, resourceVersionMatch: 'Exact' }, { limit: 1 }]) {
        assert.equal((await ask(path, query)).status, 200);
      }
      const watch = await openCollectionWatch(cluster, withQuery(path, { resourceVersion, timeoutSeconds: 1 }));
      assert.equal(await watch.ended, 'ended');
      assert.deepEqual(
        watch.events.filter(({ type }) => type === 'ERROR'),
        [],
      );
    });
  }

  it('a token for the next page that somebody has made up is read as upstream reads it', async () => {
    const path = PATHS['one namespace'];
    const rv = Number(remembered.get(path)!.resourceVersion);
    const made = (fields: object) => Buffer.from(JSON.stringify(fields)).toString('base64url');
    const start = 'a';
    await assertExpired(path, { continue: made({ v: 'meta.k8s.io/v1', rv, start }) }, /too old/);
    for (const fields of [
      { v: 'meta.k8s.io/v1', RV: rv, start },
      { v: 'meta.k8s.io/v1', rv: -1, start, Rv: rv },
      { V: 'meta.k8s.io/v1', RV: rv, Start: start },
    ]) {
      const { status, message } = await ask(path, { continue: made(fields) });
      assert.deepEqual([status, /continue/.test(message)], [400, true]);
    }
    assert.equal((await ask(path, { continue: made({ v: 'meta.k8s.io/v1', rv: -1, start }) })).status, 200);
  });

  it('lets in nobody of the former’s', async () => {
    const admin = new KubeClient(former);
    assert.equal((await admin.request('GET', PATHS['one namespace'])).status, 401);
    admin.close();
    const account = new KubeClient({ server: cluster.server, ca: cluster.ca, token } as Cluster);
    const answer = await account.request('GET', PATHS['one namespace']);
    account.close();
    assert.equal(answer.status, 401, answer.body);
  });

  it('says in its status when it began, and an export of that does no harm to the next', async () => {
    const { status } = JSON.parse(await stack.mustKubectl(['get', 'tenant', ID, '-o', 'json'], 'operator')) as Tenant;
    for (const { resourceVersion } of remembered.values()) assert.ok(Number(status?.firstResourceVersion) > Number(resourceVersion));
  });
});
