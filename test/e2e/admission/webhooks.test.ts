/** Tenants' admission webhooks, called by upstream through the bridge: each for its own tenant's objects, in its own names. */
import assert from 'node:assert/strict';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { jsonPatch, startWebhookServer, type WebhookServer } from '../../helpers/webhook-server.ts';
import { gatherParties, OTHER, type Parties, type Party, TENANT } from '../isolation/parties.ts';

const NAMESPACE = 'hooked';
const SERVICE = 'hook';
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const VALIDATING = `${ADMISSION}/validatingwebhookconfigurations`;
const MUTATING = `${ADMISSION}/mutatingwebhookconfigurations`;
const KINDS: Readonly<Record<string, string>> = {
  [VALIDATING]: 'ValidatingWebhookConfiguration',
  [MUTATING]: 'MutatingWebhookConfiguration',
};
const maps = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;
const dry = (path: string) => `${path}?dryRun=All`;

describe('admission webhooks of tenants', function () {
  this.timeout(180_000);
  let parties: Parties;
  let mine: WebhookServer;
  let theirs: WebhookServer;

  before(async () => {
    parties = await gatherParties(NAMESPACE);
    mine = await startWebhookServer(SERVICE, NAMESPACE);
    theirs = await startWebhookServer(SERVICE, NAMESPACE);
    for (const [party, server] of [
      [parties.tenant, mine],
      [parties.other, theirs],
    ] as const) {
      const home = `/api/v1/namespaces/${NAMESPACE}`;
      await party.must('POST', `${home}/services`, { metadata: { name: SERVICE }, spec: { ports: [{ port: 443, targetPort: 8443 }] } });
      await party.must('POST', `/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices`, {
        metadata: { name: 'hook-1', labels: { 'kubernetes.io/service-name': SERVICE } },
        addressType: 'IPv4',
        ports: [{ port: server.port, protocol: 'TCP', name: '' }],
        endpoints: [{ addresses: ['10.9.8.7'], conditions: { ready: true } }],
      });
    }
  });

  afterEach(async () => {
    for (const [one, server] of [
      [parties.tenant, mine],
      [parties.other, theirs],
    ] as const) {
      for (const path of [VALIDATING, MUTATING]) {
        const { items } = await one.must('GET', path);
        for (const { metadata } of items) await one.must('DELETE', `${path}/${metadata.name}`);
      }
      server.answer = () => ({ allowed: true });
      // Upstream takes a moment to forget them: until then it asks.
      await waitUntil(
        'the end of the webhooks',
        async () => {
          const before = server.seen.length;
          const { status } = await one.ask('POST', dry(maps(NAMESPACE)), { metadata: { name: 'x' } });
          return status === 201 && server.seen.length === before;
        },
        { timeoutMs: 20_000 },
      );
      server.seen.length = 0;
    }
  });

  after(async () => {
    await mine?.close();
    await theirs?.close();
    await parties.close();
  });

  const clientConfig = (server: WebhookServer, more: object = {}) => ({
    service: { namespace: NAMESPACE, name: SERVICE, path: '/review', ...more },
    caBundle: server.caBundle,
  });

  const webhook = <T extends object>(server: WebhookServer, more: T = {} as T) => ({
    name: 'judge.acme.io',
    clientConfig: clientConfig(server),
    rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] }],
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    ...more,
  });

  /** Resolves when upstream asks the webhook. */
  async function configure(party: Party, path: string, server: WebhookServer, more: object = {}, name = 'judge'): Promise<void> {
    await party.must('POST', path, { metadata: { name }, webhooks: [webhook(server, more)] });
    const probe = { metadata: { name: 'probe' } };
    const asked = async () => {
      await party.ask('POST', dry(maps(NAMESPACE)), probe);
      return server.seen.length > 0;
    };
    await waitUntil('the webhook to be asked', asked, { timeoutMs: 20_000 });
    await new Promise((resolve) => setImmediate(resolve));
    server.seen.length = 0;
  }

  it('are asked in the tenant’s names, and refuse in the tenant’s words', async () => {
    const { tenant, platform } = parties;
    await configure(tenant, VALIDATING, mine);
    mine.answer = () => ({ allowed: false, status: { message: 'not in here', code: 403 } });
    const { status, body } = await tenant.ask('POST', maps(NAMESPACE), { metadata: { name: 'x', labels: { a: 'b' } }, data: { c: 'd' } });
    assert.equal(status, 403);
    assert.equal(body.message, 'admission webhook "judge.acme.io" denied the request: not in here');
    const [request] = mine.seen;
    assert.equal(mine.seen.length, 1);
    assert.match(request.path, /^\/review\?timeout=10s$/);
    assert.deepEqual([request.namespace, request.name, request.operation, request.userInfo.username], [NAMESPACE, 'x', 'CREATE', 'admin']);
    assert.deepEqual(request.userInfo.groups.toSorted(), ['system:authenticated', 'tenant-admins']);
    assert.equal(request.object.metadata.namespace, NAMESPACE);
    assert.deepEqual(request.object.data, { c: 'd' });
    assert.doesNotMatch(JSON.stringify(mine.seen), new RegExp(`${TENANT}|kubezoo[.:]`));
    const stored = await platform.must('GET', `${VALIDATING}/${TENANT}-judge`);
    assert.match(stored.webhooks[0].clientConfig.url, /^https:\/\/127\.0\.0\.1:[0-9]+\/webhooks\/demo01\/hooked\/hook\/443\//);
    assert.equal(stored.webhooks[0].clientConfig.service, undefined);
  });

  for (const path of [VALIDATING, MUTATING]) {
    it(`read as they were written (${KINDS[path]})`, async () => {
      const { tenant } = parties;
      const written = webhook(mine, { matchConditions: [{ name: 'some', expression: 'request.namespace != "other"' }], timeoutSeconds: 7 });
      await tenant.must('POST', path, { metadata: { name: 'judge' }, webhooks: [written] });
      const read = async () => (await tenant.must('GET', `${path}/judge`)).webhooks[0];
      const shown = await read();
      assert.deepEqual(shown.clientConfig, clientConfig(mine, { port: 443 }));
      assert.deepEqual([shown.name, shown.namespaceSelector, shown.objectSelector], ['judge.acme.io', {}, {}]);
      assert.deepEqual(shown.matchConditions, written.matchConditions);
      const whole = await tenant.must('GET', `${path}/judge`);
      assert.doesNotMatch(JSON.stringify(whole), /kubezoo[.:]|demo01|127\.0\.0\.1/);
      await tenant.must('PUT', `${path}/judge`, whole);
      assert.deepEqual(await read(), shown);
      const bundle = [{ op: 'replace', path: '/webhooks/0/clientConfig/caBundle', value: theirs.caBundle }];
      await tenant.must('PATCH', `${path}/judge`, bundle, 'application/json-patch+json');
      assert.equal((await read()).clientConfig.caBundle, theirs.caBundle);
      const elsewhere = {
        webhooks: [{ name: 'judge.acme.io', clientConfig: { service: { namespace: 'default', name: 'other', port: 8443 } } }],
      };
      await tenant.must('PATCH', `${path}/judge`, elsewhere, 'application/strategic-merge-patch+json');
      const moved = await read();
      assert.deepEqual(moved.clientConfig.service, { namespace: 'default', name: 'other', port: 8443 });
      assert.equal(moved.clientConfig.caBundle, theirs.caBundle);
      assert.equal(moved.timeoutSeconds, 7);
      for (const manager of ['one', 'two']) {
        const applied = {
          apiVersion: 'admissionregistration.k8s.io/v1',
          kind: KINDS[path],
          metadata: { name: 'judge' },
          webhooks: [written],
        };
        const how = `fieldManager=${manager}&force=true`;
        await tenant.must('PATCH', `${path}/judge?${how}`, applied, 'application/apply-patch+yaml');
      }
      assert.deepEqual((await read()).clientConfig, clientConfig(mine, { port: 443 }));
    });
  }

  it('of two tenants under the same names judge each its own, and never the platform’s', async () => {
    const { tenant, other, platform } = parties;
    await configure(tenant, VALIDATING, mine);
    await configure(other, VALIDATING, theirs);
    mine.seen.length = 0;
    mine.answer = () => ({ allowed: false, status: { message: 'mine' } });
    theirs.answer = () => ({ allowed: false, status: { message: 'theirs' } });
    assert.match((await tenant.ask('POST', maps(NAMESPACE), { metadata: { name: 'a' } })).body.message, /: mine$/);
    assert.match((await other.ask('POST', maps(NAMESPACE), { metadata: { name: 'b' } })).body.message, /: theirs$/);
    await platform.must('POST', dry(maps('default')), { metadata: { name: 'c' } });
    await platform.must('POST', dry(maps(`${TENANT}-${NAMESPACE}`)), { metadata: { name: 'd' } });
    assert.deepEqual(
      [mine, theirs].map(({ seen }) => seen.map(({ name }) => name)),
      [['a'], ['b']],
    );
  });

  it('mutate in the tenant’s names', async () => {
    const { tenant, platform } = parties;
    await configure(tenant, MUTATING, mine, {
      rules: [
        { apiGroups: ['', 'networking.k8s.io'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps', 'ingresses'] },
      ],
    });
    mine.answer = ({ kind }) =>
      kind.kind === 'Ingress'
        ? jsonPatch([{ op: 'add', path: '/spec/ingressClassName', value: 'own' }])
        : jsonPatch([
            { op: 'test', path: '/metadata/namespace', value: NAMESPACE },
            { op: 'add', path: '/metadata/labels', value: { seen: 'yes' } },
          ]);
    const shown = await tenant.must('POST', maps(NAMESPACE), { metadata: { name: 'mutated' } });
    assert.deepEqual(shown.metadata.labels, { seen: 'yes' });
    await tenant.must('DELETE', `${maps(NAMESPACE)}/mutated`);
    const ingresses = `/apis/networking.k8s.io/v1/namespaces/${NAMESPACE}/ingresses`;
    const backend = { service: { name: 'x', port: { number: 80 } } };
    await tenant.must('POST', ingresses, { metadata: { name: 'in' }, spec: { defaultBackend: backend } });
    const stored = await platform.must('GET', `/apis/networking.k8s.io/v1/namespaces/${TENANT}-${NAMESPACE}/ingresses/in`);
    assert.equal(stored.spec.ingressClassName, `${TENANT}-own`);
    await tenant.must('DELETE', `${ingresses}/in`);
  });

  it('see and change what controllers make of a workload', async () => {
    const { tenant } = parties;
    const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods', 'configmaps'] }];
    await configure(tenant, MUTATING, mine, { rules });
    mine.answer = () => jsonPatch([{ op: 'add', path: '/metadata/annotations', value: { injected: 'yes' } }]);
    const template = {
      metadata: { labels: { app: 'w' } },
      spec: { automountServiceAccountToken: false, containers: [{ name: 'c', image: 'i' }] },
    };
    const deployments = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`;
    await tenant.must('POST', deployments, { metadata: { name: 'w' }, spec: { selector: { matchLabels: { app: 'w' } }, template } });
    const podOf = async () => (await tenant.must('GET', `/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=app%3Dw`)).items[0];
    await waitUntil('a pod', async () => (await podOf()) !== undefined, { timeoutMs: 30_000 });
    assert.equal((await podOf()).metadata.annotations.injected, 'yes');
    const request = mine.seen.find(({ kind }) => kind.kind === 'Pod');
    assert.equal(request.userInfo.username, 'system:serviceaccount:kube-system:replicaset-controller');
    assert.equal(request.userInfo.extra, undefined);
    await tenant.must('DELETE', `${deployments}/w`);
  });

  const ESCAPES: readonly (readonly [what: string, operations: object[]])[] = [
    ['another namespace', [{ op: 'replace', path: '/metadata/namespace', value: `${OTHER}-${NAMESPACE}` }]],
    ['another namespace of the tenant’s', [{ op: 'replace', path: '/metadata/namespace', value: 'default' }]],
    ['the platform’s labels', [{ op: 'add', path: '/metadata/labels/kubezoo.io~1tenant', value: OTHER }]],
    ['a copy past the translation', [{ op: 'copy', from: '/metadata/name', path: '/metadata/namespace' }]],
  ];
  for (const [what, operations] of ESCAPES) {
    it(`cannot put in ${what}`, async () => {
      const { tenant, platform } = parties;
      await configure(tenant, MUTATING, mine);
      mine.answer = () => jsonPatch(operations);
      const { status, text } = await tenant.ask('POST', maps(NAMESPACE), { metadata: { name: 'escape', labels: { a: 'b' } } });
      assert.ok(status >= 400, text);
      for (const namespace of [`${TENANT}-${NAMESPACE}`, `${OTHER}-${NAMESPACE}`, `${TENANT}-default`])
        assert.equal((await platform.ask('GET', `${maps(namespace)}/escape`)).status, 404);
    });
  }

  it('cannot give rights to others, nor take the tenant’s label off a Namespace', async () => {
    const { tenant, platform } = parties;
    const rules = [
      { apiGroups: ['rbac.authorization.k8s.io'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['rolebindings'] },
      { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['namespaces', 'configmaps'] },
    ];
    await configure(tenant, MUTATING, mine, { rules });
    const group = { kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'system:authenticated' };
    mine.answer = ({ kind }) =>
      kind.kind === 'Namespace'
        ? jsonPatch([{ op: 'add', path: '/metadata/labels', value: { only: 'mine' } }])
        : jsonPatch([{ op: 'add', path: '/subjects', value: [group] }]);
    const bindings = (namespace: string) => `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`;
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'x' };
    await tenant.must('POST', bindings(NAMESPACE), { metadata: { name: 'escape' }, roleRef });
    const { subjects } = await platform.must('GET', `${bindings(`${TENANT}-${NAMESPACE}`)}/escape`);
    assert.deepEqual(subjects, [{ ...group, name: `kubezoo:${TENANT}:system:authenticated` }]);
    await tenant.must('POST', '/api/v1/namespaces', { metadata: { name: 'relabelled-too' } });
    const { metadata } = await platform.must('GET', `/api/v1/namespaces/${TENANT}-relabelled-too`);
    assert.deepEqual([metadata.labels['kubezoo.io/tenant'], metadata.labels.only], [TENANT, 'mine']);
    const asked = mine.seen.find(({ kind }) => kind.kind === 'Namespace');
    assert.deepEqual([asked.name, asked.namespace, asked.object.metadata.name], ['relabelled-too', 'relabelled-too', 'relabelled-too']);
    await tenant.must('DELETE', `${bindings(NAMESPACE)}/escape`);
    await tenant.must('DELETE', '/api/v1/namespaces/relabelled-too');
  });

  it('that do not answer fail as their policy says, for this tenant alone', async () => {
    const { tenant, other, platform } = parties;
    await configure(tenant, VALIDATING, mine);
    const broken = [{ name: 'judge.acme.io', clientConfig: { service: { namespace: NAMESPACE, name: 'nobody' } } }];
    await tenant.must('PATCH', `${VALIDATING}/judge`, { webhooks: broken }, 'application/strategic-merge-patch+json');
    const write = () => tenant.ask('POST', dry(maps(NAMESPACE)), { metadata: { name: 'x' } });
    await waitUntil('the webhook to fail', async () => (await write()).status === 500, { timeoutMs: 20_000 });
    assert.equal(
      (await write()).body.message,
      'Internal error occurred: failed calling webhook "judge.acme.io": failed to call webhook: Post "https://nobody.hooked.svc:443?timeout=10s": service "nobody" not found',
    );
    await other.must('POST', dry(maps(NAMESPACE)), { metadata: { name: 'x' } });
    await platform.must('POST', dry(maps('default')), { metadata: { name: 'x' } });
    const ignored = { webhooks: [{ name: 'judge.acme.io', failurePolicy: 'Ignore' }] };
    await tenant.must('PATCH', `${VALIDATING}/judge`, ignored, 'application/strategic-merge-patch+json');
    await waitUntil('the failure to be ignored', async () => (await write()).status === 201, { timeoutMs: 20_000 });
  });

  it('are verified by the tenant’s own CA', async () => {
    const { tenant } = parties;
    await configure(tenant, VALIDATING, mine);
    const patch = [{ op: 'replace', path: '/webhooks/0/clientConfig/caBundle', value: theirs.caBundle }];
    await tenant.must('PATCH', `${VALIDATING}/judge`, patch, 'application/json-patch+json');
    const write = () => tenant.ask('POST', dry(maps(NAMESPACE)), { metadata: { name: 'x' } });
    await waitUntil('the certificate to be refused', async () => (await write()).status === 500, { timeoutMs: 20_000 });
    assert.match(
      (await write()).body.message,
      /Post "https:\/\/hook\.hooked\.svc:443\/review\?timeout=10s": tls: failed to verify certificate/,
    );
    const none = [{ op: 'remove', path: '/webhooks/0/clientConfig/caBundle' }];
    await tenant.must('PATCH', `${VALIDATING}/judge`, none, 'application/json-patch+json');
    const saying = /Post "https:\/\/hook\.hooked\.svc:443\/review\?timeout=10s": tls: failed to verify certificate: x509/;
    await waitUntil('the bridge itself to be refused', async () => saying.test((await write()).body.message), { timeoutMs: 20_000 });
    assert.doesNotMatch((await write()).text, /127\.0\.0\.1|\/webhooks\//);
  });

  it('by URL are refused with the reason', async () => {
    const { tenant } = parties;
    for (const url of ['https://169.254.169.254/', `https://127.0.0.1/webhooks/${OTHER}/${NAMESPACE}/hook/443/-/00`]) {
      const { status, body } = await tenant.ask('POST', VALIDATING, {
        metadata: { name: 'judge' },
        webhooks: [webhook(mine, { clientConfig: { url, caBundle: mine.caBundle } })],
      });
      assert.equal(status, 403, JSON.stringify(body));
      assert.match(body.message, /clientConfig\.url/);
    }
  });

  it('nobody but upstream can have called', async () => {
    const { tenant, platform, stack } = parties;
    await configure(tenant, VALIDATING, mine);
    const { url } = (await platform.must('GET', `${VALIDATING}/${TENANT}-judge`)).webhooks[0].clientConfig;
    const { origin, pathname } = new URL(url);
    const bridge = parties.party({ server: origin, ca: parties.tenant.cluster.ca });
    const review = { kind: 'AdmissionReview', request: { uid: 'u' } };
    const damaged = pathname.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    for (const path of [damaged, pathname.replace(TENANT, OTHER), `/webhooks/${TENANT}/${NAMESPACE}/hook/443/-`, '/'])
      assert.equal((await bridge.ask('POST', path, review)).status, 404, path);
    assert.equal((await bridge.ask('GET', pathname)).status, 404);
    // And what is about another tenant does not get through, whoever asks.
    const foreign = {
      kind: 'AdmissionReview',
      request: { uid: 'u', resource: { group: '', version: 'v1', resource: 'configmaps' }, namespace: `${OTHER}-${NAMESPACE}`, object: {} },
    };
    assert.match((await bridge.ask('POST', pathname, foreign)).text, /nothing of the tenant/);
    assert.equal(mine.seen.length, 0);
    assert.ok(stack);
  });
});
