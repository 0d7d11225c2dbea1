/** Who may list and watch a whole tenant: whom the tenant's own RBAC lets do it at cluster scope, and nobody else. */
import assert from 'node:assert/strict';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { OTHER, TENANT } from '../isolation/parties.ts';
import { CONFIG_MAPS, type Collection, DEFINITIONS, gadgetsOf, NAMESPACES, PODS, widgetsOf } from './support/collection.ts';
import { endsInitialEvents, openCollectionWatch } from './support/open-collection-watch.ts';
import { askList, LEAK, type Listed, readList, withQuery } from './support/read-list.ts';
import { type Stage, setStage } from './support/stage.ts';

const NAME = 'collrights';
const GROUP = `${NAME}.example`;
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const API_GROUP = 'rbac.authorization.k8s.io';
/** A change of rights is in force within this time. */
const SOON = { timeoutMs: 10_000, intervalMs: 50 };
const INITIAL = { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: 'true' };

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

describe('rights to a whole tenant', () => {
  let stage: Stage;
  let robotToken: string;
  const granted: string[] = [];

  before(async () => {
    stage = await setStage(NAME, { custom: true });
    const { namespaces, tenant, make } = stage;
    for (const tenantId of [TENANT, OTHER]) {
      for (const namespace of namespaces) for (const name of ['a', 'b']) await make(CONFIG_MAPS, name, { tenantId, namespace });
      for (const name of ['a', 'b']) await make(widgetsOf(GROUP), name, { tenantId });
    }
    await tenant.must('POST', `/api/v1/namespaces/${NAME}/serviceaccounts`, { metadata: { name: 'robot' } });
    robotToken = (await tenant.kubectl(`create token robot -n ${NAME}`)).trim();
  });

  after(async () => {
    for (const name of granted) await revoke(name);
    await stage.close();
  });

  const as = (user: string) => ({ headers: { 'impersonate-user': user } });
  const listAs = (user: string, path: string) => askList(stage.tenant.cluster, path, as(user));
  /** A refusal comes at once; a watch would stay open. */
  const watchAs = (user: string, path: string) =>
    askList(stage.tenant.cluster, withQuery(path, { watch: 'true', timeoutSeconds: 1 }), as(user));
  const subject = (user: string) =>
    user === 'robot' ? { kind: 'ServiceAccount', name: 'robot', namespace: NAME } : { kind: 'User', name: user, apiGroup: API_GROUP };

  async function grant(name: string, user: string, rules: readonly Rule[]): Promise<void> {
    const { tenant } = stage;
    granted.push(name);
    await tenant.must('POST', `${RBAC}/clusterroles`, { metadata: { name }, rules });
    const roleRef = { apiGroup: API_GROUP, kind: 'ClusterRole', name };
    await tenant.must('POST', `${RBAC}/clusterrolebindings`, { metadata: { name }, roleRef, subjects: [subject(user)] });
  }

  async function revoke(name: string): Promise<void> {
    for (const kind of ['clusterrolebindings', 'clusterroles']) await stage.tenant.ask('DELETE', `${RBAC}/${kind}/${name}`);
  }

  function assertForbidden({ status, body }: Listed, message: string): void {
    assert.deepEqual([status, body.kind, body.reason, body.code, body.message], [403, 'Status', 'Forbidden', 403, message]);
  }

  const message = (user: string, verb: string, resource: string, group = '') =>
    `${resource}${group && `.${group}`} is forbidden: User "${user}" cannot ${verb} resource "${resource}" in API group "${group}" at the cluster scope`;

  it('none: 403 in upstream’s own words, for lists, watches and pages', async () => {
    const user = 'collrights-nobody';
    for (const collection of [CONFIG_MAPS, PODS, NAMESPACES, DEFINITIONS]) {
      for (const query of [
        {},
        { limit: 1 },
        { watch: 'true' },
        { ...INITIAL, watch: 'true' },
        { labelSelector: 'a=b' },
        { resourceVersion: '0' },
      ]) {
        const path = withQuery(collection.path, query);
        const [theirs, upstreams] = await Promise.all([listAs(user, path), askList(stage.platform.cluster, path, as(user))]);
        assert.equal(upstreams.status, 403);
        assert.deepEqual([theirs.status, theirs.body], [upstreams.status, upstreams.body], path);
      }
    }
    for (const collection of [widgetsOf(GROUP), gadgetsOf(GROUP)]) {
      const resource = collection.path.split('/').at(-1)!;
      assertForbidden(await listAs(user, collection.path), message(user, 'list', resource, GROUP));
      assertForbidden(await watchAs(user, collection.path), message(user, 'watch', resource, GROUP));
    }
  });

  it('in every namespace, but not in all: 403', async () => {
    const user = 'collrights-everywhere';
    const { tenant } = stage;
    const { items } = await readList(tenant.cluster, NAMESPACES.path);
    const active = [...items].filter(({ name }) => stage.namespaces.includes(name) || /^(default|kube-.*)$/.test(name));
    const path = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;
    for (const { name: namespace } of active) {
      const roleRef = { apiGroup: API_GROUP, kind: 'ClusterRole', name: 'admin' };
      const binding = { metadata: { name: user }, roleRef, subjects: [subject(user), subject('robot')] };
      await tenant.must('POST', `${RBAC}/namespaces/${namespace}/rolebindings`, binding);
    }
    try {
      for (const { name: namespace } of active) {
        await waitUntil('the right', async () => (await listAs(user, path(namespace))).status === 200, SOON);
      }
      assertForbidden(await listAs(user, CONFIG_MAPS.path), message(user, 'list', 'configmaps'));
      assertForbidden(await watchAs(user, CONFIG_MAPS.path), message(user, 'watch', 'configmaps'));
      // A selector of a namespace does not make it a request in that namespace.
      const selected = withQuery(CONFIG_MAPS.path, { fieldSelector: `metadata.namespace=${NAME}` });
      assertForbidden(await listAs(user, selected), message(user, 'list', 'configmaps'));
      const robot = { server: tenant.cluster.server, ca: tenant.cluster.ca, token: robotToken };
      const account = `system:serviceaccount:${NAME}:robot`;
      await readList(robot, path(NAME));
      assertForbidden(await askList(robot, CONFIG_MAPS.path), message(account, 'list', 'configmaps'));
      assertForbidden(await askList(robot, withQuery(CONFIG_MAPS.path, { watch: 'true' })), message(account, 'watch', 'configmaps'));
      await tenant.kubectlFails(
        `get configmaps -A --as=${user}`,
        /configmaps is forbidden: User "collrights-everywhere" cannot list resource "configmaps" in API group "" at the cluster scope/,
      );
    } finally {
      for (const { name } of active) await tenant.ask('DELETE', `${RBAC}/namespaces/${name}/rolebindings/${user}`);
    }
  });

  it('to list a kind: that kind, that verb, in that tenant; taken away, it is gone soon', async () => {
    const user = 'collrights-lister';
    await grant(user, user, [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }]);
    await waitUntil('the right', async () => (await listAs(user, CONFIG_MAPS.path)).status === 200, SOON);
    const { items, raw } = await readList(stage.tenant.cluster, withQuery(CONFIG_MAPS.path, { labelSelector: stage.mine }), as(user));
    assert.equal(items.length, 4);
    assert.doesNotMatch(raw, LEAK);
    assertForbidden(await watchAs(user, CONFIG_MAPS.path), message(user, 'watch', 'configmaps'));
    assertForbidden(await listAs(user, '/api/v1/secrets'), message(user, 'list', 'secrets'));
    assertForbidden(await listAs(user, NAMESPACES.path), message(user, 'list', 'namespaces'));
    assertForbidden(await askList(stage.other.cluster, CONFIG_MAPS.path, as(user)), message(user, 'list', 'configmaps'));
    await revoke(user);
    await waitUntil('the right to be gone', async () => (await listAs(user, CONFIG_MAPS.path)).status === 403, SOON);
    assertForbidden(await listAs(user, CONFIG_MAPS.path), message(user, 'list', 'configmaps'));
  });

  it('to watch, and not to list: a watch with its initial events, and none after it is taken away', async () => {
    const user = 'collrights-watcher';
    await grant(user, user, [
      { apiGroups: [''], resources: ['configmaps', 'namespaces'], verbs: ['watch'] },
      { apiGroups: [GROUP], resources: ['widgets'], verbs: ['watch'] },
    ]);
    for (const collection of [CONFIG_MAPS, NAMESPACES, widgetsOf(GROUP)]) {
      await waitUntil('the right', async () => (await tryWatch(user, collection)) === 200, SOON);
      const watch = await openCollectionWatch(
        stage.tenant.cluster,
        withQuery(collection.path, { ...INITIAL, labelSelector: stage.mine }),
        as(user),
      );
      await waitUntil('the initial events', () => watch.events.some(endsInitialEvents), SOON);
      assert.ok(watch.changes().length > 0);
      assert.equal(watch.leak(), undefined);
      watch.close();
      assert.equal((await listAs(user, collection.path)).status, 403);
    }
    await revoke(user);
    await waitUntil('the right to be gone', async () => (await tryWatch(user, CONFIG_MAPS)) === 403, SOON);
    assertForbidden(await watchAs(user, CONFIG_MAPS.path), message(user, 'watch', 'configmaps'));
  });

  /** The status of a watch that has nothing to tell. */
  async function tryWatch(user: string, { path }: Pick<Collection, 'path'>): Promise<number> {
    const query = { labelSelector: 'collrights-none=x', timeoutSeconds: 1 };
    return openCollectionWatch(stage.tenant.cluster, withQuery(path, query), as(user)).then(
      (watch) => {
        watch.close();
        return 200;
      },
      (error: Error) => Number(/: (\d{3}) /.exec(error.message)?.[1]),
    );
  }

  it('a ServiceAccount’s are as a user’s', async () => {
    const { cluster } = stage.tenant;
    const robot = { server: cluster.server, ca: cluster.ca, token: robotToken };
    await grant('collrights-robot', 'robot', [{ apiGroups: ['', GROUP], resources: ['configmaps', 'widgets'], verbs: ['list', 'watch'] }]);
    await waitUntil('the right', async () => (await askList(robot, CONFIG_MAPS.path)).status === 200, SOON);
    for (const collection of [CONFIG_MAPS, widgetsOf(GROUP)]) {
      const path = withQuery(collection.path, { labelSelector: stage.mine });
      const { items } = await readList(robot, path);
      const admins = await readList(cluster, path);
      assert.deepEqual(items, admins.items);
      const watch = await openCollectionWatch(robot, withQuery(path, INITIAL));
      await waitUntil('the initial events', () => watch.events.some(endsInitialEvents), SOON);
      assert.equal(watch.changes().length, items.length);
      watch.close();
    }
    assert.equal((await askList(robot, '/api/v1/secrets')).status, 403);
  });

  it('to one name: a list and a watch of that name only', async () => {
    const user = 'collrights-namer';
    const rules = [{ apiGroups: [''], resources: ['namespaces'], verbs: ['list', 'watch'], resourceNames: [NAME] }];
    await grant(user, user, rules);
    const named = withQuery(NAMESPACES.path, { fieldSelector: `metadata.name=${NAME}` });
    await waitUntil('the right', async () => (await listAs(user, named)).status === 200, SOON);
    const { items } = await readList(stage.tenant.cluster, named, as(user));
    assert.deepEqual(
      items.map(({ name }) => name),
      [NAME],
    );
    const watch = await openCollectionWatch(stage.tenant.cluster, named, as(user));
    await watch.waitFor('ADDED', NAME);
    assert.equal(watch.leak(), undefined);
    watch.close();
    assertForbidden(await listAs(user, NAMESPACES.path), message(user, 'list', 'namespaces'));
    const another = await listAs(user, withQuery(NAMESPACES.path, { fieldSelector: 'metadata.name=default' }));
    const upstreams = await askList(
      stage.platform.cluster,
      withQuery(NAMESPACES.path, { fieldSelector: 'metadata.name=default' }),
      as(user),
    );
    assert.deepEqual([another.status, another.body], [403, upstreams.body]);
  });

  it('the tenant’s own roles hold: view reads what it may, in all namespaces', async () => {
    const user = 'collrights-viewer';
    const roleRef = { apiGroup: API_GROUP, kind: 'ClusterRole', name: 'view' };
    granted.push(user);
    await stage.tenant.must('POST', `${RBAC}/clusterrolebindings`, { metadata: { name: user }, roleRef, subjects: [subject(user)] });
    await waitUntil('the right', async () => (await listAs(user, CONFIG_MAPS.path)).status === 200, SOON);
    assert.equal((await listAs(user, PODS.path)).status, 200);
    assertForbidden(await listAs(user, '/api/v1/secrets'), message(user, 'list', 'secrets'));
    assertForbidden(await listAs(user, `${RBAC}/clusterroles`), message(user, 'list', 'clusterroles', API_GROUP));
  });
});
