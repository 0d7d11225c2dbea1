/** Caps on what a tenant may have of cluster-scoped kinds: never passed, always reached, whoever writes how. */
import assert from 'node:assert/strict';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { sharedStack } from '../../helpers/shared-stack.ts';
import type { Stack } from '../../helpers/stack.ts';
import { type Answer, assertExceeded, makeQuotaTenant, type QuotaTenant } from './quota-tenant.ts';

const TENANT = 'quota3';
const NAMESPACES = '/api/v1/namespaces';
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const WEBHOOKS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
const APPLY = 'application/apply-patch+yaml';

const definition = (plural: string, scope = 'Namespaced') => ({
  metadata: { name: `${plural}.caps.example` },
  spec: {
    group: 'caps.example',
    scope,
    names: { plural, singular: plural.slice(0, -1), kind: `K${plural}`, listKind: `K${plural}List` },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
});

describe('caps on cluster-scoped objects of a tenant', function () {
  this.timeout(90_000);
  let stack: Stack;
  let tenant: QuotaTenant;

  before(async () => {
    stack = await sharedStack();
    tenant = await makeQuotaTenant(stack, TENANT, {
      // Four of them every cluster has.
      'count/namespaces': '7',
      'count/customresourcedefinitions.apiextensions.k8s.io': '2',
      'count/validatingwebhookconfigurations.admissionregistration.k8s.io': '1',
      'count/globals.caps.example': '2',
      // Those of the platform's making are among them.
      'count/clusterroles.rbac.authorization.k8s.io': '9',
    });
  });

  after(async () => {
    await stack.mustKubectl(['delete', 'tenant', TENANT, '--wait=false'], 'operator');
    tenant.close();
  });

  function assertRaced(answers: readonly Answer[], created: number, saying: RegExp): void {
    const refused = answers.filter(({ status }) => status !== 201);
    assert.equal(answers.length - refused.length, created, refused.map(({ text }) => text).join('\n'));
    for (const answer of refused) assertExceeded(answer, saying);
  }

  it('namespaces that are made at the same time reach the cap and never pass it', async () => {
    const saying =
      /^namespaces( "[^"]+")? is forbidden: exceeded quota: kubezoo-tenant, requested: count\/namespaces=1, used: count\/namespaces=7, limited: count\/namespaces=7$/;
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        i % 3 === 0
          ? tenant.ask('POST', NAMESPACES, { metadata: { generateName: 'made-' } })
          : i % 3 === 1
            ? tenant.ask('POST', NAMESPACES, { metadata: { name: `n${i}` } })
            : tenant.ask(
                'PATCH',
                `${NAMESPACES}/n${i}?fieldManager=me`,
                { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `n${i}` } },
                APPLY,
              ),
      ),
    );
    assertRaced(answers, 3, saying);
    assert.equal(await tenant.count(NAMESPACES), 7);
  });

  it('what is there can be applied at the cap, and what is deleted makes room', async () => {
    const { items } = await tenant.must('GET', NAMESPACES);
    const own: string[] = items
      .map(({ metadata }: { metadata: { name: string } }) => metadata.name)
      .filter((name: string) => /^(n\d|made-)/.test(name));
    const name = own[0]!;
    const applied = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { a: 'b' } } };
    await tenant.must('PATCH', `${NAMESPACES}/${name}?fieldManager=me`, applied, APPLY);
    assertExceeded(await tenant.ask('POST', `${NAMESPACES}?dryRun=All`, { metadata: { name: 'dry' } }), /exceeded quota: kubezoo-tenant/);
    await tenant.must('DELETE', `${NAMESPACES}/${name}`);
    await waitUntil('it to be gone', async () => (await tenant.ask('GET', `${NAMESPACES}/${name}`)).status === 404, { timeoutMs: 30_000 });
    // A dry run holds no place.
    for (let i = 0; i < 3; i++) await tenant.must('POST', `${NAMESPACES}?dryRun=All`, { metadata: { name: `dry${i}` } });
    // Neither does what upstream refuses.
    assert.equal((await tenant.ask('POST', NAMESPACES, { metadata: { name: own[1] } })).status, 409);
    assert.equal((await tenant.ask('POST', NAMESPACES, { metadata: { name: 'Not A Name' } })).status, 422);
    const answers = await Promise.all(
      Array.from({ length: 4 }, (_, i) => tenant.ask('POST', NAMESPACES, { metadata: { name: `again${i}` } })),
    );
    assertRaced(answers, 1, /limited: count\/namespaces=7$/);
  });

  it('CRDs, webhooks, and roles that a PUT makes are counted, too', async () => {
    assert.equal((await tenant.ask('POST', DEFINITIONS, definition('globals', 'Cluster'))).status, 201);
    const definitions = await Promise.all(['as', 'bs', 'cs', 'ds'].map((plural) => tenant.ask('POST', DEFINITIONS, definition(plural))));
    assertRaced(definitions, 1, /requested: count\/customresourcedefinitions\.apiextensions\.k8s\.io=1, used: [^,]*=2, limited: [^,]*=2$/);
    const webhooks = await Promise.all(
      ['w1', 'w2', 'w3'].map((name) => tenant.ask('POST', WEBHOOKS, { metadata: { name }, webhooks: [] })),
    );
    assertRaced(webhooks, 1, /count\/validatingwebhookconfigurations\.admissionregistration\.k8s\.io=1$/);
    const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
    const before = await tenant.count(roles);
    const put = await Promise.all(
      ['r1', 'r2', 'r3', 'r4'].map((name) => tenant.ask('PUT', `${roles}/${name}`, { metadata: { name }, rules: [] })),
    );
    assertRaced(put, 9 - before, /limited: count\/clusterroles\.rbac\.authorization\.k8s\.io=9$/);
  });

  it('objects of a kind that the tenant has defined without namespaces are no way around a count', async () => {
    const globals = '/apis/caps.example/v1/globals';
    const object = (name: string) => ({ apiVersion: 'caps.example/v1', kind: 'Kglobals', metadata: { name } });
    await waitUntil('the kind to be served', async () => (await tenant.ask('GET', globals)).status === 200, { timeoutMs: 30_000 });
    const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => tenant.ask('POST', globals, object(name))));
    assertRaced(answers, 2, /requested: count\/globals\.caps\.example=1, used: [^,]*=2, limited: [^,]*=2$/);
    const applied = await tenant.ask('PATCH', `${globals}/f?fieldManager=t`, object('f'), APPLY);
    assertExceeded(applied, /limited: count\/globals\.caps\.example=2$/);
    assert.equal(await tenant.count(globals), 2);
  });
});
