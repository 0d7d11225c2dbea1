/** Server-side apply takes off what an applier does not send again: what confines a policy or webhook must not be given up by it. */
import assert from 'node:assert/strict';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { gatherParties, type Parties, TENANT } from '../isolation/parties.ts';

const NAMESPACE = 'applied';
const VERSION = 'admissionregistration.k8s.io/v1';
const ADMISSION = `/apis/${VERSION}`;
const APPLY = 'application/apply-patch+yaml';
const JSON_PATCH = 'application/json-patch+json';
const MERGE = 'application/merge-patch+json';
const LABEL = 'kubezoo.io/tenant';

const RULE = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] };

const KINDS = [
  {
    path: `${ADMISSION}/validatingwebhookconfigurations`,
    kind: 'ValidatingWebhookConfiguration',
    content: {
      webhooks: [
        {
          name: 'deny.example.com',
          clientConfig: { service: { name: 'hook', namespace: NAMESPACE } },
          rules: [RULE],
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          failurePolicy: 'Ignore',
        },
      ],
    },
    selector: { webhooks: [{ name: 'deny.example.com', namespaceSelector: { matchLabels: { a: 'b' } } }] },
    /** All that has to be there, changed by somebody else. */
    others: [
      { op: 'replace', path: '/webhooks/0/rules', value: [{ ...RULE, operations: ['UPDATE'] }] },
      { op: 'replace', path: '/webhooks/0/sideEffects', value: 'NoneOnDryRun' },
      { op: 'replace', path: '/webhooks/0/admissionReviewVersions', value: ['v1', 'v1beta1'] },
      { op: 'replace', path: '/webhooks/0/clientConfig', value: { service: { name: 'other', namespace: NAMESPACE } } },
    ],
    saying: /cannot be left out while other managers have a part of it/,
    // biome-ignore lint/suspicious/noExplicitAny: any object
    forcedOf: ({ webhooks: [{ namespaceSelector, matchConditions }] }: any) => ({ namespaceSelector, matchConditions }),
  },
  {
    path: `${ADMISSION}/validatingadmissionpolicies`,
    kind: 'ValidatingAdmissionPolicy',
    content: {
      spec: {
        matchConstraints: { resourceRules: [RULE] },
        validations: [{ expression: 'true' }],
        failurePolicy: 'Ignore',
      },
    },
    selector: { spec: { matchConstraints: { namespaceSelector: { matchLabels: { a: 'b' } }, resourceRules: [RULE] } } },
    others: [
      { op: 'replace', path: '/spec/matchConstraints/resourceRules', value: [{ ...RULE, operations: ['UPDATE'] }] },
      { op: 'replace', path: '/spec/validations', value: [{ expression: '1 == 1' }] },
    ],
    // Upstream's: rules and selector are one, and go together.
    saying: /spec\.matchConstraints: Required value/,
    // biome-ignore lint/suspicious/noExplicitAny: any object
    forcedOf: ({ spec: { matchConstraints, matchConditions } }: any) => ({
      namespaceSelector: matchConstraints.namespaceSelector,
      matchConditions,
    }),
  },
] as const;

describe('what confines a policy or webhook, and server-side apply', function () {
  this.timeout(60_000);
  let parties: Parties;

  before(async () => {
    parties = await gatherParties(NAMESPACE);
  });

  afterEach(async () => {
    for (const { path } of KINDS) await parties.tenant.ask('DELETE', `${path}/one`);
  });

  after(() => parties.close());

  for (const { path, kind, content, selector, others, saying, forcedOf } of KINDS) {
    const object = `${path}/one`;
    const bare = { apiVersion: VERSION, kind, metadata: { name: 'one' } };
    const whole = { ...bare, ...content };
    const apply = (manager: string, body: object, force = false) =>
      parties.tenant.ask('PATCH', `${object}?fieldManager=${manager}&force=${force}`, body, APPLY);
    const upstream = () => parties.platform.must('GET', `${path}/${TENANT}-one`);

    async function assertConfined(): Promise<void> {
      const { namespaceSelector, matchConditions } = forcedOf(await upstream());
      assert.equal(namespaceSelector.matchLabels[LABEL], TENANT);
      assert.ok(matchConditions.some(({ name }: { name: string }) => name === LABEL));
    }

    it(`${kind}: is not given up by its applier while others have the rest`, async () => {
      const created = await apply('first', whole);
      assert.equal(created.status, 201, created.text);
      await parties.tenant.must('PATCH', `${object}?fieldManager=second`, others, JSON_PATCH);
      const { status, body, text } = await apply('first', bare);
      if (status !== 200) assert.match(body.message, saying);
      assert.doesNotMatch(text, new RegExp(`${TENANT}|kubezoo`));
      await assertConfined();
    });

    it(`${kind}: is not given up by who has taken its selector over`, async () => {
      await parties.tenant.must('POST', `${path}?fieldManager=first`, whole);
      const taken = await apply('second', { ...bare, ...selector }, true);
      assert.equal(taken.status, 200, taken.text);
      assert.match((await apply('second', bare)).body.message, saying);
      await assertConfined();
    });

    it(`${kind}: whose it is, is not the tenant’s to say`, async () => {
      await parties.tenant.must('POST', `${path}?fieldManager=first`, whole);
      // Upstream's own controller writes statuses.
      const ofTenants = async () =>
        (await upstream()).metadata.managedFields.filter(({ subresource }: { subresource?: string }) => subresource === undefined);
      const managedFields = await ofTenants();
      const [{ fieldsV1, ...entry }] = managedFields;
      const mine = [{ ...entry, manager: 'second', operation: 'Apply', fieldsV1 }];
      const rest = { ...entry, fieldsV1: { 'f:metadata': { 'f:labels': { 'f:x': {} } } } };
      const written = [...mine, rest];
      const put = async () => {
        const stored = await parties.tenant.must('GET', object);
        const { status, text } = await parties.tenant.ask('PUT', object, {
          ...stored,
          metadata: { ...stored.metadata, managedFields: written },
        });
        assert.ok(status === 200 || status === 409, text);
        return status === 200;
      };
      // Upstream's own controller may just have written the status.
      await waitUntil('it to be put', put, { timeoutMs: 20_000 });
      await parties.tenant.must('PATCH', object, { metadata: { managedFields: written } }, MERGE);
      await parties.tenant.must('PATCH', object, { metadata: { managedFields: written } }, 'application/strategic-merge-patch+json');
      for (const at of ['/metadata/managedFields', '/metadata/managedFields/0']) {
        const value = at.endsWith('0') ? mine[0] : written;
        await parties.tenant.must('PATCH', object, [{ op: 'replace', path: at, value }], JSON_PATCH);
        const moved = await parties.tenant.ask('PATCH', object, [{ op: 'move', from: at, path: '/metadata/x' }], JSON_PATCH);
        assert.equal(moved.status, 400, moved.text);
      }
      assert.deepEqual(await ofTenants(), managedFields);
    });

    it(`${kind}: one that is its applier’s alone is applied again and again, and read back`, async () => {
      assert.equal((await apply('first', whole)).status, 201);
      assert.equal((await apply('first', { ...whole, metadata: { ...bare.metadata, labels: { app: 'x' } } })).status, 200);
      assert.equal((await apply('second', { ...bare, metadata: { ...bare.metadata, annotations: { a: 'b' } } })).status, 200);
      assert.equal((await apply('second', bare)).status, 200);
      const { metadata } = await parties.tenant.must('GET', object);
      assert.deepEqual([metadata.labels, metadata.annotations], [{ app: 'x' }, undefined]);
      const stale = { ...whole, metadata: { ...bare.metadata, resourceVersion: '1' } };
      assert.equal((await apply('first', stale)).status, 409);
      await assertConfined();
    });
  }

  it('a webhook of several that is its applier’s alone goes when it is not sent again', async () => {
    const [{ path, kind, content }] = KINDS;
    const object = `${path}/one?fieldManager=first`;
    const bare = { apiVersion: VERSION, kind, metadata: { name: 'one' } };
    const [webhook] = content.webhooks;
    const both = { ...bare, webhooks: [webhook, { ...webhook, name: 'too.example.com' }] };
    await parties.tenant.must('PATCH', object, both, APPLY);
    await parties.tenant.must('PATCH', object, { ...bare, webhooks: [webhook] }, APPLY);
    const { webhooks } = await parties.tenant.must('GET', `${path}/one`);
    assert.deepEqual(
      webhooks.map(({ name }: { name: string }) => name),
      [webhook.name],
    );
    await parties.tenant.must('PATCH', object, bare, APPLY);
    assert.deepEqual((await parties.tenant.must('GET', `${path}/one`)).webhooks ?? [], []);
  });
});
