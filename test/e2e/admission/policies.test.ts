/** A tenant's own admission policies act on its own objects, and on nothing else. */
import assert from 'node:assert/strict';
import { readKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { makeTenant } from '../../helpers/make-tenant.ts';
import { gatherParties, OTHER, type Parties, type Party, TENANT } from '../isolation/parties.ts';

const NAMESPACE = 'judged';
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const POLICIES = `${ADMISSION}/validatingadmissionpolicies`;
const BINDINGS = `${ADMISSION}/validatingadmissionpolicybindings`;
const MUTATING = `${ADMISSION}/mutatingadmissionpolicies`;
const MUTATING_BINDINGS = `${ADMISSION}/mutatingadmissionpolicybindings`;
const maps = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;

const rule = (apiGroups: string[], resources: string[], operations = ['CREATE', 'UPDATE'], more = {}) => ({
  apiGroups,
  apiVersions: ['*'],
  resources,
  operations,
  ...more,
});

function policy(name: string, resourceRules: object[], expression: string, spec: object = {}) {
  return { metadata: { name }, spec: { matchConstraints: { resourceRules }, validations: [{ expression, message: 'not so' }], ...spec } };
}

const binding = (name: string, spec: object = {}) => ({
  metadata: { name: `${name}-everywhere` },
  spec: { policyName: name, validationActions: ['Deny'], ...spec },
});

describe('admission policies of tenants', function () {
  this.timeout(120_000);
  let parties: Parties;

  before(async () => {
    parties = await gatherParties(NAMESPACE);
  });

  afterEach(async () => {
    for (const one of [parties.tenant, parties.other]) {
      for (const path of [BINDINGS, MUTATING_BINDINGS, POLICIES, MUTATING]) {
        const { items } = await one.must('GET', path);
        for (const { metadata } of items) await one.must('DELETE', `${path}/${metadata.name}`);
      }
      // Upstream takes a moment to forget them.
      const write = () => one.ask('POST', `${maps(NAMESPACE)}?dryRun=All`, { metadata: { name: 'x' } });
      await waitUntil('the end of the policies', async () => (await write()).status === 201, { timeoutMs: 20_000 });
    }
  });

  after(() => parties.close());

  async function enforce(party: Party, one: ReturnType<typeof policy>, bound: ReturnType<typeof binding>): Promise<void> {
    await party.must('POST', POLICIES, one);
    await party.must('POST', BINDINGS, bound);
  }

  /** A write that is tried, as a dry run, until it is refused; gives the refusal. */
  async function refusal(party: Party, path: string, body: object): Promise<{ message: string }> {
    let last: { status: number; body: { message: string } } | undefined;
    await waitUntil(
      'a refusal',
      async () => {
        last = await party.ask('POST', `${path}?dryRun=All`, body);
        return last.status >= 400;
      },
      { timeoutMs: 20_000 },
    );
    return last!.body;
  }

  it('refuse what the tenant writes, in its own words', async () => {
    const { tenant } = parties;
    await enforce(tenant, policy('no-config', [rule([''], ['configmaps'])], 'false'), binding('no-config'));
    const { message } = await refusal(tenant, maps(NAMESPACE), { metadata: { name: 'x' } });
    assert.equal(
      message,
      `configmaps "x" is forbidden: ValidatingAdmissionPolicy 'no-config' with binding 'no-config-everywhere' denied request: not so`,
    );
  });

  it('of two tenants under the same name each act on their own', async () => {
    const { tenant, other, platform } = parties;
    const named = (value: string) => policy('names', [rule([''], ['configmaps'])], `object.metadata.name != "${value}"`);
    await enforce(tenant, named('mine'), binding('names'));
    await enforce(other, named('theirs'), binding('names'));
    await refusal(tenant, maps(NAMESPACE), { metadata: { name: 'mine' } });
    await refusal(other, maps(NAMESPACE), { metadata: { name: 'theirs' } });
    for (const [party, path, name] of [
      [tenant, maps(NAMESPACE), 'theirs'],
      [other, maps(NAMESPACE), 'mine'],
      [platform, maps('default'), 'mine'],
      [platform, maps('default'), 'theirs'],
    ] as const) {
      await party.must('POST', `${path}?dryRun=All`, { metadata: { name } });
    }
  });

  it('match everything of the tenant’s with wildcards, and nothing beyond', async () => {
    const { tenant, other, platform } = parties;
    const everything = policy('nothing-at-all', [rule(['*'], ['*/*'], ['*'])], 'false');
    await enforce(tenant, everything, binding('nothing-at-all'));
    await refusal(tenant, maps(NAMESPACE), { metadata: { name: 'x' } });
    const { spec } = await platform.must('GET', `${POLICIES}/${TENANT}-nothing-at-all`);
    assert.equal(spec.matchConstraints.resourceRules[0].scope, 'Namespaced');
    assert.deepEqual(spec.matchConstraints.namespaceSelector, { matchLabels: { 'kubezoo.io/tenant': TENANT } });
    assert.equal(spec.matchConditions.at(-1).name, 'kubezoo.io/tenant');
    await other.must('POST', `${maps(NAMESPACE)}?dryRun=All`, { metadata: { name: 'x' } });
    await platform.must('POST', `${maps('default')}?dryRun=All`, { metadata: { name: 'x' } });
    // The platform's people, in the tenant's own namespace.
    await platform.must('POST', `${maps(`${TENANT}-${NAMESPACE}`)}?dryRun=All`, { metadata: { name: 'x' } });
    const role = { metadata: { name: 'judged-role' }, rules: [] };
    await platform.must('POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles?dryRun=All', role);
  });

  it('whose configuration is at fault stop nobody else', async () => {
    const { tenant, other, platform } = parties;
    const params = { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } };
    const at = { paramRef: { name: 'missing', namespace: NAMESPACE, parameterNotFoundAction: 'Deny' } };
    await enforce(tenant, policy('lost', [rule(['*'], ['*'], ['*'])], 'params != null', params), binding('lost', at));
    const { message } = await refusal(tenant, maps(NAMESPACE), { metadata: { name: 'x' } });
    assert.match(message, /no params found/);
    await other.must('POST', `${maps(NAMESPACE)}?dryRun=All`, { metadata: { name: 'x' } });
    await platform.must('POST', `${maps('default')}?dryRun=All`, { metadata: { name: 'x' } });
    const role = { metadata: { name: 'judged-role' }, rules: [] };
    await platform.must('POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles?dryRun=All', role);
    await platform.must('POST', '/api/v1/namespaces?dryRun=All', { metadata: { name: 'judged-elsewhere' } });
  });

  it('take parameters from the tenant’s namespaces, and from no cluster-scoped kind', async () => {
    const { tenant, platform } = parties;
    await tenant.must('POST', maps(NAMESPACE), { metadata: { name: 'limits' }, data: { forbidden: 'bad' } });
    const params = { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } };
    const at = { paramRef: { name: 'limits', namespace: NAMESPACE, parameterNotFoundAction: 'Deny' } };
    const limited = policy('limited', [rule([''], ['configmaps'])], 'object.metadata.name != params.data.forbidden', params);
    await enforce(tenant, limited, binding('limited', at));
    await refusal(tenant, maps(NAMESPACE), { metadata: { name: 'bad' } });
    const upstream = await platform.must('GET', `${BINDINGS}/${TENANT}-limited-everywhere`);
    assert.equal(upstream.spec.paramRef.namespace, `${TENANT}-${NAMESPACE}`);
    assert.equal(upstream.spec.policyName, `${TENANT}-limited`);
    assert.equal((await tenant.must('GET', `${BINDINGS}/limited-everywhere`)).spec.paramRef.namespace, NAMESPACE);
    for (const kind of ['Node', 'Namespace', 'PersistentVolume']) {
      const spying = policy('spying', [rule([''], ['configmaps'])], 'false', { paramKind: { apiVersion: 'v1', kind } });
      const { status, body } = await tenant.ask('POST', POLICIES, spying);
      assert.equal(status, 403);
      assert.match(body.message, /cannot be a policy's parameter/);
    }
    await tenant.must('DELETE', `${maps(NAMESPACE)}/limits`);
  });

  it('see namespaces by name and label, and Namespaces themselves', async () => {
    const { tenant, other, platform } = parties;
    const selector = { matchLabels: { 'kubernetes.io/metadata.name': NAMESPACE } };
    const named = policy('named', [rule([''], ['configmaps'])], 'false');
    const spec = { ...named.spec, matchConstraints: { ...named.spec.matchConstraints, namespaceSelector: selector } };
    await enforce(tenant, { ...named, spec }, binding('named'));
    await enforce(tenant, policy('spaces', [rule([''], ['namespaces'])], '!object.metadata.name.endsWith("bad")'), binding('spaces'));
    await refusal(tenant, maps(NAMESPACE), { metadata: { name: 'x' } });
    await tenant.must('POST', `${maps('default')}?dryRun=All`, { metadata: { name: 'x' } });
    await refusal(tenant, '/api/v1/namespaces', { metadata: { name: 'bad' } });
    await refusal(tenant, '/api/v1/namespaces', { metadata: { name: 'very-bad' } });
    await other.must('POST', '/api/v1/namespaces?dryRun=All', { metadata: { name: 'bad' } });
    await platform.must('POST', '/api/v1/namespaces?dryRun=All', { metadata: { name: 'bad' } });
    const shown = (await tenant.must('GET', `${POLICIES}/named`)).spec;
    assert.deepEqual(shown.matchConstraints.namespaceSelector, selector);
    assert.equal(shown.matchConditions, undefined);
  });

  it('on other cluster-scoped kinds are refused with a reason', async () => {
    const { tenant } = parties;
    for (const rules of [
      rule(['rbac.authorization.k8s.io'], ['clusterroles']),
      rule([''], ['persistentvolumes', 'pods']),
      rule(['*'], ['*'], ['*'], { scope: 'Cluster' }),
    ]) {
      const { status, body } = await tenant.ask('POST', POLICIES, policy('cluster', [rules], 'false'));
      assert.equal(status, 403, JSON.stringify(body));
      assert.match(body.message, /cluster-scoped objects/);
    }
  });

  it('cannot ask for the rights of a ServiceAccount', async () => {
    const asking =
      'authorizer . serviceAccount // the platform’s\n ("kube-system", "x").group("").resource("secrets").check("get").allowed()';
    const { status, body } = await parties.tenant.ask('POST', POLICIES, policy('asking', [rule([''], ['pods'])], asking));
    assert.equal(status, 403);
    assert.match(body.message, /serviceAccount\(\) is not offered/);
  });

  it('mutate what the tenant writes', async () => {
    const { tenant, other, platform } = parties;
    const expression = 'Object{metadata: Object.metadata{labels: {"seen": "yes"}}}';
    const spec = {
      matchConstraints: { resourceRules: [rule([''], ['configmaps'], ['CREATE'])] },
      mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
      reinvocationPolicy: 'Never',
      failurePolicy: 'Fail',
    };
    await tenant.must('POST', MUTATING, { metadata: { name: 'mark' }, spec });
    await tenant.must('POST', MUTATING_BINDINGS, { metadata: { name: 'mark' }, spec: { policyName: 'mark' } });
    const labelOf = async (party: Party, path: string) =>
      (await party.must('POST', `${path}?dryRun=All`, { metadata: { name: 'x' } })).metadata.labels?.seen;
    await waitUntil('the label', async () => (await labelOf(tenant, maps(NAMESPACE))) === 'yes', { timeoutMs: 20_000 });
    assert.equal(await labelOf(other, maps(NAMESPACE)), undefined);
    assert.equal(await labelOf(platform, maps('default')), undefined);
  });

  const ESCAPES: readonly (readonly [what: string, resources: string[], group: string, operations: string, path: string, body: object])[] =
    [
      [
        'another name for a Namespace',
        ['namespaces'],
        '',
        `[JSONPatch{op: "replace", path: "/metadata/name", value: "${OTHER}-taken"}]`,
        '/api/v1/namespaces',
        { metadata: { name: 'escape' } },
      ],
      [
        'another namespace for an object',
        ['configmaps'],
        '',
        `[JSONPatch{op: "replace", path: "/metadata/namespace", value: "${OTHER}-${NAMESPACE}"}]`,
        maps(NAMESPACE),
        { metadata: { name: 'escape' } },
      ],
      [
        'a subject of the platform’s',
        ['rolebindings'],
        'rbac.authorization.k8s.io',
        '[JSONPatch{op: "add", path: "/subjects", value: [{"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": "system:authenticated"}]}]',
        `/apis/rbac.authorization.k8s.io/v1/namespaces/${NAMESPACE}/rolebindings`,
        { metadata: { name: 'escape' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'x' } },
      ],
      [
        'an external name',
        ['services'],
        '',
        '[JSONPatch{op: "replace", path: "/spec", value: {"type": "ExternalName", "externalName": "example.com"}}]',
        `/api/v1/namespaces/${NAMESPACE}/services`,
        { metadata: { name: 'escape' }, spec: { ports: [{ port: 80 }] } },
      ],
      [
        'namespaces of everybody in a network policy',
        ['networkpolicies'],
        'networking.k8s.io',
        '[JSONPatch{op: "replace", path: "/spec/ingress", value: [{"from": [{"namespaceSelector": {}}]}]}]',
        `/apis/networking.k8s.io/v1/namespaces/${NAMESPACE}/networkpolicies`,
        { metadata: { name: 'escape' }, spec: { podSelector: {}, ingress: [] } },
      ],
      [
        'another tenant’s volume',
        ['persistentvolumeclaims'],
        '',
        `[JSONPatch{op: "add", path: "/spec/volumeName", value: "${OTHER}-disk"}]`,
        `/api/v1/namespaces/${NAMESPACE}/persistentvolumeclaims`,
        { metadata: { name: 'escape' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
      ],
      [
        'pods of others in an anti-affinity',
        ['pods'],
        '',
        '[JSONPatch{op: "add", path: "/spec/affinity", value: Object.spec.affinity{podAntiAffinity: Object.spec.affinity.podAntiAffinity{requiredDuringSchedulingIgnoredDuringExecution: [Object.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution{topologyKey: "kubernetes.io/hostname", namespaceSelector: Object.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution.namespaceSelector{}}]}}}]',
        `/api/v1/namespaces/${NAMESPACE}/pods`,
        { metadata: { name: 'escape' }, spec: { automountServiceAccountToken: false, containers: [{ name: 'c', image: 'i' }] } },
      ],
    ];
  for (const [what, resources, group, expression, path, body] of ESCAPES) {
    it(`cannot put in ${what}`, async () => {
      const { tenant } = parties;
      await waitUntil('a write', async () => (await tenant.ask('POST', `${path}?dryRun=All`, body)).status === 201, { timeoutMs: 20_000 });
      const spec = {
        matchConstraints: { resourceRules: [rule([group], resources, ['CREATE'])] },
        mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression } }],
        reinvocationPolicy: 'IfNeeded',
        failurePolicy: 'Ignore',
      };
      await tenant.must('POST', MUTATING, { metadata: { name: 'escape' }, spec });
      await tenant.must('POST', MUTATING_BINDINGS, { metadata: { name: 'escape' }, spec: { policyName: 'escape' } });
      const { message } = await refusal(tenant, path, body);
      assert.match(message, /outside of your cluster|not available|cannot be changed on its way|does not match/);
    });
  }

  it('cannot put another tenant’s label on a Namespace: the platform’s comes after it', async () => {
    const { tenant, platform } = parties;
    const expression = `[JSONPatch{op: "add", path: "/metadata/labels", value: {"seen": "yes", "kubezoo.io/tenant": "${OTHER}"}}]`;
    const spec = {
      matchConstraints: { resourceRules: [rule([''], ['namespaces'], ['CREATE'])] },
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression } }],
      reinvocationPolicy: 'IfNeeded',
      failurePolicy: 'Fail',
    };
    await tenant.must('POST', MUTATING, { metadata: { name: 'relabel' }, spec });
    await tenant.must('POST', MUTATING_BINDINGS, { metadata: { name: 'relabel' }, spec: { policyName: 'relabel' } });
    const body = { metadata: { name: 'relabelled' } };
    const write = async () => (await tenant.must('POST', '/api/v1/namespaces?dryRun=All', body)).metadata.labels.seen === 'yes';
    await waitUntil('the policy to act', write, { timeoutMs: 20_000 });
    await tenant.must('POST', '/api/v1/namespaces', body);
    const { metadata } = await platform.must('GET', `/api/v1/namespaces/${TENANT}-relabelled`);
    assert.equal(metadata.labels.seen, 'yes');
    assert.equal(metadata.labels['kubezoo.io/tenant'], TENANT);
    await tenant.must('DELETE', '/api/v1/namespaces/relabelled');
  });

  it('do not keep a tenant from being deleted', async () => {
    const { stack, platform } = parties;
    const leaving = 'deny01';
    await makeTenant(stack, leaving);
    const tenant = parties.party(readKubeconfig(stack.kubeconfig({ tenant: leaving })));
    await enforce(tenant, policy('nothing-ends', [rule(['*'], ['*/*'], ['*'])], 'false'), binding('nothing-ends'));
    await refusal(tenant, maps('default'), { metadata: { name: 'x' } });
    await stack.mustKubectl(['delete', 'tenant', leaving, '--wait=false'], 'operator');
    await stack.mustKubectl(['wait', '--for=delete', `tenant/${leaving}`, '--timeout=90s'], 'operator', { timeoutMs: 100_000 });
    for (const path of [POLICIES, BINDINGS]) {
      const { items } = await platform.must('GET', path);
      assert.deepEqual(
        items.filter(({ metadata }: { metadata: { name: string } }) => metadata.name.startsWith(leaving)),
        [],
      );
    }
  });
});
