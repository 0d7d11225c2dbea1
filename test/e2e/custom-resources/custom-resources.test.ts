/** Kinds of tenants' own: two tenants with the same definition, what refers to it, and that neither is in reach of the other. */
import assert from 'node:assert/strict';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { openWatch } from '../../helpers/open-watch.ts';
import { gatherParties, type KubectlParty, OTHER, type Parties, type Party, TENANT } from '../isolation/parties.ts';
import { DEFINITIONS, definition } from './definition.ts';

const NAMESPACE = 'customs';
const GROUP = 'qxcr.example';
const WIDGETS = `/apis/${GROUP}/v1/namespaces/${NAMESPACE}/widgets`;
const GADGETS = `/apis/${GROUP}/v1/gadgets`;
const RBAC = `/apis/rbac.authorization.k8s.io/v1/namespaces/${NAMESPACE}`;
const CONFIG_MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
const PATIENCE = { timeoutMs: 20_000, intervalMs: 50 };
const MERGE = 'application/merge-patch+json';

const widget = (name: string, spec: object = {}) => ({ apiVersion: `${GROUP}/v1`, kind: 'Widget', metadata: { name }, spec });
const gadget = (name: string) => ({ apiVersion: `${GROUP}/v1`, kind: 'Gadget', metadata: { name } });
// biome-ignore lint/suspicious/noExplicitAny: any list
const namesOf = (list: any): string[] => list.items.map((item: { metadata: { name: string } }) => item.metadata.name).sort();

describe('custom resources', function () {
  this.timeout(60_000);
  let parties: Parties;
  let wanda: Awaited<ReturnType<Parties['user']>>;
  /** From a definition, in milliseconds: when upstream served it, and when a tenant that had asked all the time could use it. */
  const usable: { upstream: number; tenant: number }[] = [];

  async function define(party: KubectlParty, tenantId: string, sizes: object): Promise<void> {
    await party.must('POST', DEFINITIONS, definition('gadgets', GROUP, 'Cluster'));
    await party.must('POST', DEFINITIONS, definition('widgets', GROUP, 'Namespaced', [{ name: 'v1', properties: { size: sizes } }]));
    const start = performance.now();
    const servedAfter = async (asked: Party, path: string): Promise<number> => {
      await waitUntil(`${path} to be served`, async () => (await asked.ask('GET', path)).status === 200, PATIENCE);
      return performance.now() - start;
    };
    const [upstream, tenant] = await Promise.all([
      servedAfter(parties.platform, `/apis/${tenantId}-${GROUP}/v1/widgets`),
      servedAfter(party, WIDGETS),
    ]);
    usable.push({ upstream, tenant });
    await servedAfter(party, GADGETS);
  }

  before(async function () {
    this.timeout(90_000);
    parties = await gatherParties(NAMESPACE);
    const { tenant, other } = parties;
    wanda = await parties.user(TENANT, 'wanda', []);
    const rules = [{ apiGroups: [GROUP], resources: ['widgets'], verbs: ['get'] }];
    await tenant.must('POST', `${RBAC}/roles`, { metadata: { name: 'reader' }, rules });
    await tenant.must('POST', `${RBAC}/rolebindings`, {
      metadata: { name: 'reader' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
      subjects: [{ kind: 'User', name: 'wanda', apiGroup: 'rbac.authorization.k8s.io' }],
    });
    await define(tenant, TENANT, { type: 'integer' });
    await define(other, OTHER, { type: 'string' });
    await tenant.must('POST', WIDGETS, widget('same', { size: 1 }));
    await other.must('POST', WIDGETS, widget('same', { size: 'one' }));
    for (const party of [tenant, other]) await party.must('POST', GADGETS, gadget('same'));
  });

  after(async () => {
    for (const party of [parties.tenant, parties.other]) {
      for (const plural of ['widgets', 'gadgets', 'namespaces', 'turners']) await party.ask('DELETE', `${DEFINITIONS}/${plural}.${GROUP}`);
    }
    await parties.close();
  });

  it('are usable within two seconds of their definition, or as soon as upstream has them', () => {
    for (const { upstream, tenant } of usable)
      assert.ok(tenant < 2000 || tenant - upstream < 500, `${Math.round(tenant)} ms, upstream ${Math.round(upstream)} ms`);
  });

  it('have their own schema in each tenant', async () => {
    const { tenant, other, platform } = parties;
    assert.equal((await tenant.must('GET', `${WIDGETS}/same`)).spec.size, 1);
    assert.equal((await other.must('GET', `${WIDGETS}/same`)).spec.size, 'one');
    const refused = await tenant.ask('POST', WIDGETS, widget('wrong', { size: 'one' }));
    assert.equal(refused.status, 422);
    assert.match(refused.body.message, /^Widget\.qxcr\.example "wrong" is invalid: spec\.size: Invalid value: "string"/);
    assert.equal(refused.body.details.group, GROUP);
    const upstream = namesOf(await platform.must('GET', DEFINITIONS)).filter((name) => name.includes(GROUP));
    assert.deepEqual(upstream, [TENANT, OTHER].flatMap((id) => [`gadgets.${id}-${GROUP}`, `widgets.${id}-${GROUP}`]).sort());
  });

  it('are granted by a role that was written before them', async () => {
    assert.equal((await wanda.must('GET', `${WIDGETS}/same`)).metadata.name, 'same');
    const denied = await wanda.ask('GET', GADGETS);
    assert.equal(denied.status, 403);
    assert.match(
      denied.body.message,
      /^gadgets\.qxcr\.example is forbidden: User "wanda" cannot list resource "gadgets" in API group "qxcr\.example"/,
    );
    assert.ok(!denied.text.includes(TENANT), denied.text);
  });

  it('are out of the other’s reach, whatever it asks for', async () => {
    const { tenant } = parties;
    const upstreamGroup = `${OTHER}-${GROUP}`;
    for (const path of [
      `/apis/${upstreamGroup}/v1/gadgets`,
      `/apis/${upstreamGroup}/v1/gadgets/same`,
      `/apis/${upstreamGroup}/v1/gadgets?watch=true`,
      `/apis/${upstreamGroup}/v1/namespaces/${OTHER}-${NAMESPACE}/widgets/same`,
      `/apis/${TENANT}-${GROUP}/v1/gadgets`,
      `/apis/${upstreamGroup}/v1`,
      `/apis/${upstreamGroup}`,
      `${DEFINITIONS}/widgets.${upstreamGroup}`,
      `${DEFINITIONS}/widgets.${TENANT}-${GROUP}`,
    ]) {
      const { status, text } = await tenant.ask('GET', path);
      assert.equal(status, 404, `${path}: ${text}`);
    }
    for (const namespace of [`${OTHER}-${NAMESPACE}`, `${TENANT}-${NAMESPACE}`]) {
      const there = `/apis/${GROUP}/v1/namespaces/${namespace}/widgets`;
      assert.deepEqual(namesOf(await tenant.must('GET', there)), []);
      assert.equal((await tenant.ask('POST', there, widget('intruder'))).status, 404);
    }
    for (const query of ['', '?fieldSelector=metadata.name!%3Dnone', '?limit=1'])
      assert.ok(
        (await tenant.must('GET', DEFINITIONS + query)).items.every((item: { spec: { group: string } }) => item.spec.group === GROUP),
      );
    for (const [method, body, type] of [
      ['DELETE', undefined, undefined],
      ['PATCH', { metadata: { labels: { mine: 'yes' } } }, MERGE],
    ] as const) {
      assert.equal((await tenant.ask(method, `${DEFINITIONS}/widgets.${upstreamGroup}`, body, type)).status, 404);
    }
  });

  it('are defined in the tenant’s own group, whatever it is called', async () => {
    const { tenant, platform } = parties;
    const group = `${OTHER}-${GROUP}`;
    await tenant.must('POST', DEFINITIONS, definition('turners', group, 'Cluster'));
    try {
      const stored = await platform.must('GET', `${DEFINITIONS}/turners.${TENANT}-${group}`);
      assert.equal(stored.spec.group, `${TENANT}-${group}`);
      assert.equal((await tenant.must('GET', `${DEFINITIONS}/turners.${group}`)).spec.group, group);
      assert.equal((await parties.other.ask('GET', `/apis/${GROUP}/v1/turners`)).status, 404);
    } finally {
      await tenant.must('DELETE', `${DEFINITIONS}/turners.${group}`);
    }
  });

  it('are refused in groups that are not the tenant’s, and by url', async () => {
    const { tenant } = parties;
    for (const group of ['apps', 'rbac.authorization.k8s.io', 'metrics.k8s.io', 'tenant.kubezoo.io']) {
      const { status, body } = await tenant.ask('POST', DEFINITIONS, definition('widgets', group, 'Cluster'));
      assert.equal(status, 403);
      assert.match(body.message, new RegExp(`the API group "${group}" belongs to Kubernetes`));
    }
    const turned = definition('turners', GROUP, 'Cluster');
    const conversion = (clientConfig: object) => ({ strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'], clientConfig } });
    const byUrl = { ...turned, spec: { ...turned.spec, conversion: conversion({ url: 'https://10.0.0.1/' }) } };
    const refused = await tenant.ask('POST', DEFINITIONS, byUrl);
    assert.equal(refused.status, 403);
    assert.match(refused.body.message, /can only be a service of your cluster/);
  });

  const bad: readonly (readonly [label: string, name: string, group: string, saying: RegExp])[] = [
    [
      'another plural',
      `others.${GROUP}`,
      GROUP,
      /metadata\.name: Invalid value: "others\.qxcr\.example": must be spec\.names\.plural\+"\."\+spec\.group/,
    ],
    ['another group', 'turners.other.example', GROUP, /metadata\.name: Invalid value: "turners\.other\.example": must be/],
    ['no group', 'turners', GROUP, /"turners" is invalid.*must be spec\.names\.plural/],
    ['a group of one word', 'turners.word', 'word', /spec\.group: Invalid value: "word": should be a domain with at least one dot/],
    ['an empty group', `turners.${GROUP}`, '', /spec\.group: Required value/],
    ['a name too long', `turners.${'a'.repeat(240)}`, GROUP, /must be no more than 246 characters/],
    ['a name that ends with a dot', 'turners.', GROUP, /a lowercase RFC 1123 subdomain must consist of/],
  ];
  for (const [label, name, group, saying] of bad) {
    it(`are refused as upstream refuses them, without the prefix: ${label}`, async () => {
      const { spec } = definition('turners', GROUP, 'Cluster');
      const { status, body, text } = await parties.tenant.ask('POST', DEFINITIONS, { metadata: { name }, spec: { ...spec, group } });
      assert.equal(status, 422, text);
      assert.match(body.message, saying);
      assert.equal(body.details.name, name);
      assert.ok(!text.includes(TENANT), text);
    });
  }

  it('called namespaces do not make a way to other namespaces', async () => {
    const { tenant, platform } = parties;
    await tenant.must('POST', DEFINITIONS, definition('namespaces', GROUP, 'Namespaced'));
    const inside = `/apis/${GROUP}/v1/namespaces/${NAMESPACE}/namespaces`;
    await waitUntil('the definition to be served', async () => (await tenant.ask('GET', inside)).status === 200, PATIENCE);
    const body = { apiVersion: `${GROUP}/v1`, kind: 'Namespace', metadata: { name: 'kube-system' } };
    // Upstream would take the name for a namespace as well, and that without a prefix.
    for (const path of [`/apis/${GROUP}/v1/namespaces/kube-system`, `/apis/${GROUP}/v1/namespaces/kube-system/status`]) {
      assert.equal((await tenant.ask('GET', path)).status, 404);
      for (const method of ['PUT', 'POST', 'DELETE']) assert.ok((await tenant.ask(method, path, body)).status >= 404, `${method} ${path}`);
    }
    await tenant.must('POST', inside, body);
    const stored = await platform.must('GET', `/apis/${TENANT}-${GROUP}/v1/namespaces`);
    assert.deepEqual(
      stored.items.map((item: { metadata: { namespace: string } }) => item.metadata.namespace),
      [`${TENANT}-${NAMESPACE}`],
    );
  });

  it('are owners, whose end is the end of what they own', async () => {
    const { tenant } = parties;
    for (const [path, object, kind] of [
      [WIDGETS, widget('owner'), 'Widget'],
      [GADGETS, gadget('owner'), 'Gadget'],
    ] as const) {
      const owner = await tenant.must('POST', path, object);
      const ownerReferences = [{ apiVersion: `${GROUP}/v1`, kind, name: 'owner', uid: owner.metadata.uid }];
      await tenant.must('POST', CONFIG_MAPS, { metadata: { name: 'owned', ownerReferences } });
      assert.deepEqual((await tenant.must('GET', `${CONFIG_MAPS}/owned`)).metadata.ownerReferences, ownerReferences);
      await tenant.must('DELETE', `${path}/owner`);
      const isGone = async () => (await tenant.ask('GET', `${CONFIG_MAPS}/owned`)).status === 404;
      await waitUntil(`the end of what a ${kind} owned`, isGone, { timeoutMs: 50_000, intervalMs: 200 });
    }
  });

  it('are watched by their tenant alone', async () => {
    const { tenant, other } = parties;
    const watch = await openWatch(tenant.cluster, GADGETS);
    try {
      await other.must('POST', GADGETS, gadget('of-the-other'));
      await tenant.must('POST', GADGETS, gadget('seen'));
      const event = await watch.waitFor('seen');
      assert.equal((event.object as unknown as { apiVersion: string }).apiVersion, `${GROUP}/v1`);
      assert.deepEqual(
        watch.events.map(({ object }) => object.metadata.name),
        ['same', 'seen'],
      );
    } finally {
      watch.close();
    }
  });

  it('are paged through, and deleted all at once, without touching the other’s', async () => {
    const { tenant, other } = parties;
    for (const name of ['a', 'b', 'c']) await tenant.must('POST', GADGETS, gadget(name));
    const names: string[] = [];
    for (let next: string | undefined = ''; next !== undefined; ) {
      const page = await tenant.must('GET', `${GADGETS}?limit=2&continue=${encodeURIComponent(next)}`);
      assert.ok(page.items.length <= 2);
      names.push(...namesOf(page));
      next = page.metadata.continue || undefined;
    }
    assert.deepEqual(names, namesOf(await tenant.must('GET', GADGETS)));
    await tenant.must('DELETE', GADGETS);
    assert.deepEqual(namesOf(await tenant.must('GET', GADGETS)), []);
    assert.ok(namesOf(await other.must('GET', GADGETS)).includes('same'));
    // What stands in namespaces is not deleted across them.
    assert.equal((await tenant.ask('DELETE', `/apis/${GROUP}/v1/widgets`)).status, 404);
  });

  it('have several versions, and change the one that they are stored in', async () => {
    const { tenant } = parties;
    const both = (stored: string) => [
      { name: 'v1', storage: stored === 'v1', properties: { size: { type: 'integer' } } },
      { name: 'v2', storage: stored === 'v2', properties: { size: { type: 'integer' } } },
    ];
    const path = `${DEFINITIONS}/widgets.${GROUP}`;
    const { spec } = definition('widgets', GROUP, 'Namespaced', both('v2'));
    await tenant.must('PATCH', path, { spec: { versions: spec.versions } }, MERGE);
    const v2 = WIDGETS.replace('/v1/', '/v2/');
    const inV2 = await waitUntil(
      'v2 to be served',
      async () => {
        const { status, body } = await tenant.ask('GET', `${v2}/same`);
        return status === 200 ? body : undefined;
      },
      PATIENCE,
    );
    assert.equal(inV2.apiVersion, `${GROUP}/v2`);
    const isStored = async () => (await tenant.must('GET', path)).status.storedVersions.join() === 'v1,v2';
    await waitUntil('both versions to be stored', isStored, PATIENCE);
    const touched = await tenant.must('PATCH', `${v2}/same`, { metadata: { labels: { touched: 'yes' } } }, MERGE);
    assert.deepEqual(touched.metadata.managedFields.map((entry: { apiVersion: string }) => entry.apiVersion).sort(), [
      `${GROUP}/v1`,
      `${GROUP}/v2`,
    ]);
    const status = await tenant.must('PATCH', `${path}/status`, { status: { storedVersions: ['v2'] } }, MERGE);
    assert.deepEqual(status.status.storedVersions, ['v2']);
    assert.equal((await tenant.must('GET', `${WIDGETS}/same`)).apiVersion, `${GROUP}/v1`);
  });

  it('are counted by a quota, in the tenant’s words', async () => {
    const { tenant, platform } = parties;
    const quota = { metadata: { name: 'few' }, spec: { hard: { [`count/widgets.${GROUP}`]: '0' } } };
    await tenant.must('POST', `/api/v1/namespaces/${NAMESPACE}/resourcequotas`, quota);
    const stored = await platform.must('GET', `/api/v1/namespaces/${TENANT}-${NAMESPACE}/resourcequotas/few`);
    assert.deepEqual(stored.spec.hard, { [`count/widgets.${TENANT}-${GROUP}`]: '0' });
    // Either it has been counted by now or upstream waits for that; both refuse.
    const { status, body, text } = await waitUntil(
      'the quota to be known',
      async () => {
        const asked = await tenant.ask('POST', `${WIDGETS}?dryRun=All`, widget('one-more'));
        return asked.status === 403 ? asked : undefined;
      },
      PATIENCE,
    );
    assert.equal(status, 403);
    assert.match(body.message, /^widgets\.qxcr\.example "one-more" is forbidden: .*quota: few.*count\/widgets\.qxcr\.example/);
    assert.ok(!text.includes(TENANT), text);
    await tenant.must('DELETE', `/api/v1/namespaces/${NAMESPACE}/resourcequotas/few`);
  });

  it('keep what they are told, however it looks', async () => {
    const { tenant } = parties;
    const path = `${DEFINITIONS}/turners.${GROUP}`;
    const free = definition('turners', GROUP, 'Cluster', [{ name: 'v1', properties: { text: { type: 'string' } } }]);
    await tenant.must('POST', DEFINITIONS, free);
    const turners = `/apis/${GROUP}/v1/turners`;
    await waitUntil('the definition to be served', async () => (await tenant.ask('GET', turners)).status === 200, PATIENCE);
    const spec = { text: `${TENANT}-x widgets.${TENANT}-${GROUP} kubezoo:${TENANT}:me` };
    const object = { apiVersion: `${GROUP}/v1`, kind: 'Turner', metadata: { name: `${TENANT}-t`, annotations: { note: spec.text } }, spec };
    const made = await tenant.must('POST', turners, object);
    assert.deepEqual([made.spec, made.metadata.annotations, made.metadata.name], [spec, { note: spec.text }, `${TENANT}-t`]);
    assert.deepEqual((await tenant.must('GET', `${turners}/${TENANT}-t`)).spec, spec);
    await tenant.must('DELETE', path);
    const isGone = async () => (await tenant.ask('GET', turners)).status === 404;
    await waitUntil('the end of a definition and its objects', isGone, PATIENCE);
  });
});
