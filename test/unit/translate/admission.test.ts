/** What is forced on a tenant's admission policies, in every form of writing, with what was tried to get rid of it. */
import assert from 'node:assert/strict';
import { KubeError } from '../../../src/errors.ts';
import { FORCED_CONDITION, forcedCondition } from '../../../src/translate/admission/forced-condition.ts';
import { translateRequestBody } from '../../../src/translate/request-body.ts';
import { readProtobuf, toProtobuf } from '../../helpers/protobuf-text.ts';
import { contextOf, ID, type Json, patchUpstream, rowOf, sendText, toTenant, toUpstream } from './both-ways.ts';

const POLICY = rowOf('admissionregistration.k8s.io/validatingadmissionpolicies');
const MUTATING = rowOf('admissionregistration.k8s.io/mutatingadmissionpolicies');
const BINDING = rowOf('admissionregistration.k8s.io/validatingadmissionpolicybindings');
const LABEL = 'kubezoo.io/tenant';
const FORCED = forcedCondition(ID, 'validating');
const OWN = { matchLabels: { [LABEL]: ID } };
const RULE = { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] };

const policy = (spec: object = {}) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: 'p', labels: { app: 'x' } },
  spec: { matchConstraints: { resourceRules: [RULE] }, validations: [{ expression: 'true' }], ...spec },
});

interface Spec {
  matchConstraints: { namespaceSelector: unknown; resourceRules: Json[] };
  matchConditions: unknown[];
}

const specOf = (upstream: unknown) => (upstream as { spec: Spec }).spec;

function refused(attempt: () => unknown, reason: string, saying: RegExp): void {
  assert.throws(attempt, (thrown) => {
    assert.ok(thrown instanceof KubeError, String(thrown));
    assert.equal(thrown.reason, reason);
    assert.match(thrown.message, saying);
    return true;
  });
}

describe('an admission policy of a tenant', () => {
  for (const [what, send] of [
    ['created', () => toUpstream(POLICY, policy())],
    ['applied', () => patchUpstream(POLICY, 'apply', policy())],
    [
      'created with nulls',
      () => toUpstream(POLICY, policy({ matchConditions: null, matchConstraints: { resourceRules: [RULE], namespaceSelector: null } })),
    ],
    [
      'put in place by a JSON patch',
      () => ({ spec: (patchUpstream(POLICY, 'json', [{ op: 'replace', path: '/spec', value: policy().spec }]) as Json[])[0]!.value }),
    ],
    [
      'put in place by a JSON patch of all',
      () => (patchUpstream(POLICY, 'json', [{ op: 'replace', path: '', value: policy() }]) as Json[])[0]!.value,
    ],
  ] as const) {
    it(`is confined when it is ${what}`, () => {
      const { matchConstraints, matchConditions } = specOf(send());
      assert.deepEqual(matchConstraints.namespaceSelector, OWN);
      assert.deepEqual(matchConditions, [FORCED]);
    });
  }

  it('reads as it was written', () => {
    const selector = { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['web'] }] };
    const written = policy({
      matchConditions: [{ name: 'mine', expression: 'true' }],
      matchConstraints: { resourceRules: [RULE], namespaceSelector: selector },
    });
    const upstream = toUpstream(POLICY, written);
    assert.deepEqual(specOf(upstream).matchConditions, [{ name: 'mine', expression: 'true' }, FORCED]);
    assert.deepEqual(toTenant(POLICY, upstream), written);
  });

  it('of which a member stands twice counts once', () => {
    const spec = JSON.stringify(policy().spec);
    const sent = `{"kind":"ValidatingAdmissionPolicy","metadata":{"name":"p"},"spec":${spec},"spec":{"matchConditions":[{"name":"a","expression":"true"}],"matchConditions":[]}}`;
    const text = sendText(POLICY, sent);
    assert.equal(text.split('"spec"').length, 2);
    assert.deepEqual(specOf(JSON.parse(text)).matchConditions, [FORCED]);
  });

  it('lets the platform’s condition be written by nobody', () => {
    const mine = { name: FORCED_CONDITION, expression: 'true' };
    for (const send of [
      () => toUpstream(POLICY, policy({ matchConditions: [mine] })),
      () => patchUpstream(POLICY, 'merge', { spec: { matchConditions: [mine] } }),
      () => patchUpstream(POLICY, 'strategic', { spec: { matchConditions: [{ name: FORCED_CONDITION, $patch: 'delete' }] } }),
      () => patchUpstream(POLICY, 'strategic', { spec: { '$setElementOrder/matchConditions': [{ name: FORCED_CONDITION }] } }),
      () => patchUpstream(POLICY, 'apply', policy({ matchConditions: [mine] })),
      () => patchUpstream(POLICY, 'json', [{ op: 'add', path: '/spec/matchConditions', value: [mine] }]),
    ]) {
      refused(send, 'BadRequest', /belongs to the platform/);
    }
  });

  for (const [what, patch] of [
    ['the spec', { spec: null }],
    ['the constraints', { spec: { matchConstraints: null } }],
  ] as const) {
    it(`keeps ${what}`, () => {
      for (const type of ['merge', 'strategic'] as const) refused(() => patchUpstream(POLICY, type, patch), 'BadRequest', /all at once/);
    });
  }

  it('keeps its selector in a merge patch', () => {
    refused(() => patchUpstream(POLICY, 'merge', { spec: { matchConstraints: { namespaceSelector: null } } }), 'BadRequest', /all at once/);
    const patched = patchUpstream(POLICY, 'merge', { spec: { matchConstraints: { namespaceSelector: { matchLabels: null } } } });
    assert.deepEqual(specOf(patched).matchConstraints.namespaceSelector, OWN);
    assert.deepEqual(patchUpstream(POLICY, 'merge', { spec: { failurePolicy: 'Ignore' } }), { spec: { failurePolicy: 'Ignore' } });
    assert.deepEqual(specOf(patchUpstream(POLICY, 'merge', { spec: { matchConditions: null } })).matchConditions, [FORCED]);
    assert.deepEqual(specOf(patchUpstream(POLICY, 'merge', { spec: { matchConditions: [] } })).matchConditions, [FORCED]);
  });

  it('keeps all in a strategic merge patch', () => {
    const patched = (spec: object) => specOf(patchUpstream(POLICY, 'strategic', { spec }));
    assert.deepEqual(patched({ matchConditions: null }).matchConditions, [{ $patch: 'replace' }, FORCED]);
    assert.deepEqual(patched({ matchConditions: [{ $patch: 'replace' }] }).matchConditions, [{ $patch: 'replace' }, FORCED]);
    assert.deepEqual(patched({ matchConditions: [{ name: 'a', $patch: 'delete' }] }).matchConditions, [
      { name: 'a', $patch: 'delete' },
      FORCED,
    ]);
    assert.deepEqual(patched({ matchConstraints: { namespaceSelector: null } }).matchConstraints.namespaceSelector, {
      $patch: 'replace',
      ...OWN,
    });
    assert.deepEqual(patched({ failurePolicy: 'Fail' }).matchConditions, [FORCED]);
    for (const patch of [
      { $patch: 'replace', spec: {} },
      { $patch: 'delete' },
      { spec: { $patch: 'delete' } },
      { spec: { $patch: 'replace' } },
      { spec: { $retainKeys: ['validations'] } },
      { spec: { '$deleteFromPrimitiveList/matchConditions': [] } },
      { spec: { matchConstraints: { $patch: 'delete' } } },
      { spec: { matchConstraints: { $retainKeys: ['resourceRules'] } } },
      { spec: { matchConstraints: { namespaceSelector: { $patch: 'delete' } } } },
      { spec: { matchConstraints: { namespaceSelector: { $retainKeys: ['matchExpressions'] } } } },
      { spec: { matchConstraints: { namespaceSelector: { matchLabels: { $patch: 'delete' } } } } },
      { spec: { matchConditions: [{ $patch: 'delete' }] } },
      { spec: { matchConditions: [{ $patch: 'merge', name: 'a' }] } },
    ]) {
      refused(() => patchUpstream(POLICY, 'strategic', patch), 'BadRequest', /directive/);
    }
  });

  it('keeps all in a JSON patch', () => {
    const patched = (operation: object) => (patchUpstream(POLICY, 'json', [operation]) as Json[])[0]!;
    const selector = '/spec/matchConstraints/namespaceSelector';
    assert.deepEqual(patched({ op: 'remove', path: selector }), { op: 'add', path: selector, value: OWN });
    assert.deepEqual(patched({ op: 'replace', path: selector, value: null }).value, OWN);
    assert.deepEqual(patched({ op: 'replace', path: selector, value: {} }).value, OWN);
    assert.deepEqual(patched({ op: 'remove', path: '/spec/matchConditions' }), {
      op: 'add',
      path: '/spec/matchConditions',
      value: [FORCED],
    });
    assert.deepEqual(patched({ op: 'replace', path: '/spec/matchConditions', value: [] }).value, [FORCED]);
    assert.deepEqual(patched({ op: 'replace', path: '/spec/matchConstraints', value: { resourceRules: [RULE] } }).value, {
      resourceRules: [RULE],
      namespaceSelector: OWN,
    });
    const free = { op: 'replace', path: '/spec/failurePolicy', value: 'Ignore' };
    assert.deepEqual(patched(free), free);
    for (const operation of [
      { op: 'remove', path: '' },
      { op: 'remove', path: '/spec' },
      { op: 'remove', path: '/spec/matchConstraints' },
      { op: 'remove', path: '/spec/matchConditions/0' },
      { op: 'replace', path: '/spec/matchConditions/0/expression', value: 'true' },
      { op: 'add', path: '/spec/matchConditions/-', value: { name: 'a', expression: 'true' } },
      { op: 'remove', path: `${selector}/matchLabels` },
      { op: 'replace', path: `${selector}/matchLabels/kubezoo.io~1tenant`, value: 'demo02' },
      { op: 'replace', path: '/spec/matchConstraints/resourceRules/0/resources', value: ['clusterroles'] },
      { op: 'replace', path: '/spec/matchConstraints/resourceRules/0/scope', value: '*' },
      { op: 'copy', from: '/spec/variables', path: '/spec/matchConditions' },
      { op: 'move', from: '/spec/matchConditions', path: '/spec/variables' },
      { op: 'move', from: '/spec/matchConditions/0', path: '/spec/variables/0' },
      { op: 'copy', from: '/metadata/annotations/x', path: '/spec' },
      { op: 'copy', from: '/spec/other', path: '/spec/matchConstraints' },
      { op: 'move', from: '/spec', path: '/status' },
    ]) {
      refused(() => patched(operation), 'BadRequest', /./);
    }
  });

  it('matches of cluster-scoped objects what is the tenant’s alone', () => {
    const sent = (rule: object) =>
      specOf(toUpstream(POLICY, policy({ matchConstraints: { resourceRules: [{ ...RULE, ...rule }] } }))).matchConstraints
        .resourceRules[0]!;
    assert.equal(sent({}).scope, undefined);
    assert.equal(sent({ apiGroups: ['*'], resources: ['*/*'], scope: '*' }).scope, 'Namespaced');
    assert.equal(sent({ apiGroups: [''], resources: ['*'] }).scope, 'Namespaced');
    assert.equal(sent({ apiGroups: ['metrics.k8s.io', 'apps'], resources: ['deployments'] }).scope, 'Namespaced');
    assert.deepEqual(sent({ apiGroups: ['acme.io'], resources: ['*'] }), { ...RULE, apiGroups: [`${ID}-acme.io`], resources: ['*'] });
    const named = sent({ apiGroups: [''], resources: ['namespaces', 'namespaces/status'], resourceNames: ['web'] });
    assert.deepEqual([named.scope, named.resourceNames], [undefined, [`${ID}-web`]]);
    assert.deepEqual(sent({ resourceNames: ['web'] }).resourceNames, ['web']);
    for (const rule of [
      { apiGroups: [''], resources: ['nodes'] },
      { apiGroups: [''], resources: ['pods', 'persistentvolumes/status'] },
      { apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterrolebindings'] },
      { apiGroups: ['*'], resources: ['*'], scope: 'Cluster' },
    ]) {
      refused(() => sent(rule), 'Forbidden', /cluster-scoped objects/);
    }
  });

  it('takes parameters of kinds that can be the tenant’s alone', () => {
    const sent = (paramKind: object) => (toUpstream(POLICY, policy({ paramKind })) as { spec: Json }).spec.paramKind;
    assert.deepEqual(sent({ apiVersion: 'v1', kind: 'Secret' }), { apiVersion: 'v1', kind: 'Secret' });
    assert.deepEqual(sent({ apiVersion: 'acme.io/v1', kind: 'Limit' }), { apiVersion: `${ID}-acme.io/v1`, kind: 'Limit' });
    for (const [apiVersion, kind] of [
      ['v1', 'Node'],
      ['v1', 'Namespace'],
      ['rbac.authorization.k8s.io/v1', 'ClusterRole'],
      ['v1', 'Unknown'],
    ])
      refused(() => sent({ apiVersion, kind }), 'Forbidden', /parameter/);
    refused(() => patchUpstream(POLICY, 'merge', { spec: { paramKind: { kind: 'Node' } } }), 'BadRequest', /together/);
    refused(
      () => patchUpstream(POLICY, 'json', [{ op: 'replace', path: '/spec/paramKind/kind', value: 'Node' }]),
      'BadRequest',
      /as a whole/,
    );
  });

  it('asks for no other’s rights', () => {
    for (const expression of [
      'authorizer.serviceAccount("a", "b").path("/").check("get").allowed()',
      'authorizer.serviceAccount // ( \r x\n ("a", "b").path("/").check("get").allowed()',
    ]) {
      refused(() => toUpstream(POLICY, policy({ validations: [{ expression }] })), 'Forbidden', /serviceAccount/);
      refused(() => toUpstream(POLICY, policy({ variables: [{ name: 'a', expression }] })), 'Forbidden', /serviceAccount/);
      refused(() => toUpstream(POLICY, policy({ matchConditions: [{ name: 'a', expression }] })), 'Forbidden', /serviceAccount/);
      refused(
        () => toUpstream(POLICY, policy({ auditAnnotations: [{ key: 'a', valueExpression: expression }] })),
        'Forbidden',
        /serviceAccount/,
      );
      refused(
        () => patchUpstream(POLICY, 'json', [{ op: 'add', path: '/spec/validations/0/messageExpression', value: expression }]),
        'Forbidden',
        /service/,
      );
      const mutations = [{ patchType: 'JSONPatch', jsonPatch: { expression } }];
      refused(() => toUpstream(MUTATING, { metadata: {}, spec: { mutations } }), 'Forbidden', /serviceAccount/);
    }
    const harmless = 'object.spec.template.spec.serviceAccount == "x" && authorizer.requestResource.check("x").allowed()';
    assert.doesNotThrow(() => toUpstream(POLICY, policy({ validations: [{ expression: harmless }] })));
  });

  it('speaks of names as the tenant has them', () => {
    const sent = (expression: string) => {
      const upstream = toUpstream(POLICY, policy({ validations: [{ expression }], matchConditions: [{ name: 'a', expression }] }));
      const shown = toTenant(POLICY, upstream) as { spec: { validations: Json[]; matchConditions: Json[] } };
      assert.equal(shown.spec.validations[0]!.expression, expression);
      assert.equal(shown.spec.matchConditions[0]!.expression, expression);
      return (upstream as { spec: { validations: Json[] } }).spec.validations[0]!.expression;
    };
    const off = `.replace("${ID}-", "", 1)`;
    const userOff = `.replace("kubezoo:${ID}:", "", 1)`;
    for (const [written, upstream] of [
      ['request.namespace == "a"', `request.namespace${off} == "a"`],
      ['object . metadata\n.namespace.startsWith("a")', `object . metadata\n.namespace${off}.startsWith("a")`],
      ['has(oldObject.metadata.namespace) && true', 'has(oldObject.metadata.namespace) && true'],
      ['namespaceObject.metadata.name in ["a"]', `namespaceObject.metadata.name${off} in ["a"]`],
      ['namespaceObject.metadata.namespace', 'namespaceObject.metadata.namespace'],
      ['"request.namespace" != r\'\\\' + request.namespace', `"request.namespace" != r'\\' + request.namespace${off}`],
      ['variables.request.namespace', 'variables.request.namespace'],
      ['xrequest.namespace + request.namespaces', 'xrequest.namespace + request.namespaces'],
      ['// request.namespace\n true', '// request.namespace\n true'],
      ['request.userInfo.username == "jane"', `request.userInfo.username${userOff} == "jane"`],
      ['"dev" in request.userInfo.groups', `"dev" in request.userInfo.groups.map(g, g${userOff})`],
      ['request.kind.group == "acme.io"', `request.kind.group${off} == "acme.io"`],
    ] as const) {
      assert.equal(sent(written), upstream);
    }
    refused(() => sent(`request.namespace${off}`), 'BadRequest', /prefix/);
  });

  it('has fields that are nobody’s hidden', () => {
    const forced = { [`k:{"name":"${FORCED_CONDITION}"}`]: { '.': {}, 'f:name': {}, 'f:expression': {} } };
    const mine = { 'k:{"name":"mine"}': { '.': {}, 'f:name': {} } };
    const seen = (fields: object) => {
      const metadata = { name: `${ID}-p`, managedFields: [{ manager: 'kubectl', fieldsV1: { 'f:spec': fields } }] };
      return (toTenant(POLICY, { kind: 'ValidatingAdmissionPolicy', metadata }) as { metadata: { managedFields: Json[] } }).metadata
        .managedFields;
    };
    assert.deepEqual(seen({ 'f:matchConditions': { '.': {}, ...forced, ...mine }, 'f:failurePolicy': {} })[0]!.fieldsV1, {
      'f:spec': { 'f:matchConditions': { '.': {}, ...mine }, 'f:failurePolicy': {} },
    });
    assert.deepEqual(seen({ 'f:matchConditions': { '.': {}, ...forced } }), []);
  });
});

describe('the binding of an admission policy', () => {
  it('names the tenant’s own policies, and narrows as it is written', () => {
    const spec = { policyName: 'kubezoo-confine', paramRef: { name: 'x', namespace: 'web' }, matchResources: { namespaceSelector: {} } };
    const upstream = toUpstream(BINDING, { kind: 'ValidatingAdmissionPolicyBinding', metadata: { name: 'b' }, spec }) as { spec: Json };
    assert.deepEqual(upstream.spec, {
      policyName: `${ID}-kubezoo-confine`,
      paramRef: { name: 'x', namespace: `${ID}-web` },
      matchResources: { namespaceSelector: OWN },
    });
    assert.deepEqual((toTenant(BINDING, upstream) as { spec: Json }).spec, spec);
    assert.deepEqual(patchUpstream(BINDING, 'json', [{ op: 'replace', path: '/spec/policyName', value: 'demo02-x' }]), [
      { op: 'replace', path: '/spec/policyName', value: `${ID}-demo02-x` },
    ]);
  });
});

describe('the webhooks of a tenant', () => {
  const WEBHOOKS = rowOf('admissionregistration.k8s.io/mutatingwebhookconfigurations');
  const MUTATES = forcedCondition(ID, 'mutating');
  const service = { namespace: 'web', name: 'hook', path: '/x' };
  const hook = (more: object = {}) => ({ name: 'a.b.c', clientConfig: { service, caBundle: 'Q0E=' }, rules: [RULE], ...more });
  const whole = (more: object = {}) => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'w', labels: { app: 'x' } },
    webhooks: [hook(more)],
  });
  const first = (upstream: unknown) => (upstream as { webhooks: Json[] }).webhooks[0]!;
  const confined = ({ name, namespaceSelector, matchConditions }: Json) => ({ name, namespaceSelector, matchConditions });
  const CONFINED = { name: `${ID}-a.b.c`, namespaceSelector: OWN, matchConditions: [MUTATES] };

  it('are confined in each form of a write', () => {
    const value = (operation: object) => (patchUpstream(WEBHOOKS, 'json', [operation]) as Json[])[0]!.value;
    for (const upstream of [
      first(toUpstream(WEBHOOKS, whole())),
      first(toUpstream(WEBHOOKS, whole({ namespaceSelector: null, matchConditions: null }))),
      first(patchUpstream(WEBHOOKS, 'apply', whole())),
      first(patchUpstream(WEBHOOKS, 'merge', { webhooks: [hook()] })),
      first(patchUpstream(WEBHOOKS, 'merge', { webhooks: [hook({ namespaceSelector: null, matchConditions: [] })] })),
      first(patchUpstream(WEBHOOKS, 'strategic', { webhooks: [{ name: 'a.b.c' }] })),
      (value({ op: 'add', path: '/webhooks', value: [hook()] }) as Json[])[0]!,
      value({ op: 'add', path: '/webhooks/-', value: hook() }) as Json,
      value({ op: 'replace', path: '/webhooks/0', value: hook({ namespaceSelector: {} }) }) as Json,
    ]) {
      assert.deepEqual(confined(upstream), CONFINED);
    }
  });

  it('stay confined whatever is tried', () => {
    for (const patch of [
      { $patch: 'replace', webhooks: [hook()] },
      { webhooks: [{ name: 'a.b.c', $patch: 'merge' }] },
      { webhooks: [{ $patch: 'delete' }] },
      { webhooks: [{ name: 'a.b.c', $retainKeys: ['name'] }] },
      { webhooks: [{ name: 'a.b.c', matchConditions: [{ name: FORCED_CONDITION, $patch: 'delete' }] }] },
      { webhooks: [{ name: 'a.b.c', namespaceSelector: { $patch: 'delete' } }] },
    ]) {
      refused(() => patchUpstream(WEBHOOKS, 'strategic', patch), 'BadRequest', /./);
    }
    const removed = first(patchUpstream(WEBHOOKS, 'strategic', { webhooks: [{ name: 'a.b.c', $patch: 'delete' }] }));
    assert.deepEqual(removed, { name: `${ID}-a.b.c`, $patch: 'delete' });
    for (const operation of [
      { op: 'remove', path: '/webhooks/0/matchConditions/0' },
      { op: 'add', path: '/webhooks/0/matchConditions/-', value: { name: 'a', expression: 'true' } },
      { op: 'remove', path: '/webhooks/0/namespaceSelector/matchLabels' },
      { op: 'replace', path: '/webhooks/0/rules/0/resources', value: ['clusterroles'] },
      { op: 'copy', from: '/webhooks/0', path: '/webhooks/1' },
      { op: 'move', from: '/webhooks/0/matchConditions', path: '/webhooks/0/other' },
      { op: 'copy', from: '/metadata/annotations/x', path: '/webhooks/0/clientConfig/url' },
      { op: 'replace', path: '/webhooks/0/clientConfig/service/port', value: 1 },
    ]) {
      refused(() => patchUpstream(WEBHOOKS, 'json', [operation]), 'BadRequest', /./);
    }
    const selector = '/webhooks/0/namespaceSelector';
    assert.deepEqual(patchUpstream(WEBHOOKS, 'json', [{ op: 'remove', path: selector }]), [{ op: 'add', path: selector, value: OWN }]);
  });

  it('call the bridge, and read as they were written', () => {
    const upstream = toUpstream(WEBHOOKS, whole());
    const { clientConfig } = first(upstream) as { clientConfig: Json };
    assert.match(String(clientConfig.url), /^https:\/\/bridge\.example:9443\/webhooks\/demo01\/web\/hook\/443\//);
    assert.equal(clientConfig.service, undefined);
    const bundle = Buffer.from(String(clientConfig.caBundle), 'base64').toString();
    assert.ok(bundle.indexOf('PEM') > 0 && bundle.endsWith('CA'), bundle);
    assert.deepEqual(first(toTenant(WEBHOOKS, upstream)).clientConfig, { service: { ...service, port: 443 }, caBundle: 'Q0E=' });
    const [patched] = patchUpstream(WEBHOOKS, 'json', [
      { op: 'replace', path: '/webhooks/0/clientConfig/caBundle', value: 'Q0E=' },
    ]) as Json[];
    assert.equal(patched!.value, clientConfig.caBundle);
    const [moved] = patchUpstream(WEBHOOKS, 'json', [
      { op: 'replace', path: '/webhooks/0/clientConfig/service', value: service },
    ]) as Json[];
    assert.deepEqual(moved, { op: 'replace', path: '/webhooks/0/clientConfig/url', value: clientConfig.url });
  });

  it('are services of the tenant’s, each named as a whole', () => {
    const sent = (clientConfig: object) => toUpstream(WEBHOOKS, whole({ clientConfig }));
    refused(() => sent({ url: 'https://example.com' }), 'Forbidden', /clientConfig\.url/);
    refused(() => sent({ url: 'https://example.com', service }), 'Forbidden', /clientConfig\.url/);
    refused(
      () => patchUpstream(WEBHOOKS, 'json', [{ op: 'add', path: '/webhooks/0/clientConfig/url', value: 'https://x' }]),
      'Forbidden',
      /url/,
    );
    for (const half of [
      { port: 1 },
      { name: 'a' },
      { namespace: 'a' },
      { name: 'a/b', namespace: 'web' },
      { name: 'a', namespace: '../x' },
    ])
      refused(() => sent({ service: half }), 'Invalid', /together/);
    refused(() => sent({ service: { ...service, port: 70_000 } }), 'Invalid', /port/);
    const context = contextOf({ bridge: undefined });
    refused(() => toUpstream(WEBHOOKS, whole(), { context }), 'Forbidden', /no admission bridge/);
  });

  it('are confined when they come in protobuf', () => {
    const contentType = 'application/vnd.kubernetes.protobuf';
    const body = toProtobuf(whole({ matchConditions: [], namespaceSelector: undefined }));
    const sent = translateRequestBody({ row: WEBHOOKS, verb: 'create', contentType, body, context: contextOf() });
    assert.equal(sent.contentType, contentType);
    const upstream = readProtobuf(sent.body) as { metadata: { labels: Json } };
    assert.deepEqual(confined(first(upstream)), CONFINED);
    assert.equal(upstream.metadata.labels[LABEL], ID);
    const mine = toProtobuf(whole({ matchConditions: [{ name: FORCED_CONDITION, expression: 'true' }] }));
    refused(
      () => translateRequestBody({ row: WEBHOOKS, verb: 'update', contentType, body: mine, context: contextOf() }),
      'BadRequest',
      /platform/,
    );
  });
});

describe('an apply patch on a policy', () => {
  it('has the platform’s condition, whatever else it leaves out', () => {
    const { spec: _, ...bare } = policy();
    for (const body of [bare, { ...bare, spec: null }, { ...bare, spec: {} }])
      assert.deepEqual((patchUpstream(POLICY, 'apply', body) as Json).spec, { matchConditions: [FORCED] });
    assert.deepEqual((patchUpstream(POLICY, 'apply', bare, { subresource: 'status' }) as Json).spec, undefined);
  });
});

describe('an apply patch on a webhook configuration', () => {
  const WEBHOOKS = rowOf('admissionregistration.k8s.io/validatingwebhookconfigurations');
  const bare = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', metadata: { name: 'w' } };
  const webhook = { name: 'a.example.com', clientConfig: { service: { name: 'hook', namespace: 'web', port: 443 } } };
  const element = (more: Json) => ({ 'f:webhooks': { [`k:{"name":"${ID}-a.example.com"}`]: more } });
  const entry = (manager: string, operation: string, fieldsV1: object) => ({ manager, operation, fieldsV1 });
  const WHOLE = { '.': {}, 'f:name': {}, 'f:namespaceSelector': {} };

  const applied = (body: object, managedFields: readonly object[], fieldManagers = ['me']) => {
    const live = { metadata: { resourceVersion: '7', managedFields } };
    return patchUpstream(WEBHOOKS, 'apply', body, { context: contextOf({ appliedOver: { fieldManagers, live } }) }) as {
      metadata: Json;
    };
  };

  it('is for the state that was looked at', () => {
    assert.equal(applied(bare, []).metadata.resourceVersion, '7');
    assert.equal((patchUpstream(WEBHOOKS, 'apply', bare) as { metadata: Json }).metadata.resourceVersion, '1');
    refused(() => applied({ ...bare, metadata: { name: 'w', resourceVersion: '6' } }, []), 'Conflict', /has been modified/);
    const context = contextOf({ appliedOver: undefined });
    assert.throws(() => patchUpstream(WEBHOOKS, 'apply', bare, { context }), /without what they are applied over/);
  });

  it('leaves out what is all its own', () => {
    applied(bare, [entry('me', 'Apply', element(WHOLE))]);
    applied(bare, [entry('me', 'Update', element(WHOLE)), entry('other', 'Apply', element(WHOLE))]);
    applied({ ...bare, webhooks: [webhook] }, [entry('me', 'Apply', element(WHOLE)), entry('other', 'Update', element({ 'f:rules': {} }))]);
  });

  for (const [what, own] of [
    ['the whole of it', element(WHOLE)],
    ['its selector alone', element({ 'f:namespaceSelector': {} })],
    ['the list', { 'f:webhooks': {} }],
  ] as const) {
    it(`does not leave out ${what} while another has a part`, () => {
      const entries = [entry('me', 'Apply', own), entry('other', 'Update', element({ 'f:rules': {} }))];
      for (const body of [bare, { ...bare, webhooks: [] }, { ...bare, webhooks: null }])
        refused(() => applied(body, entries), 'Conflict', /cannot be left out/);
      refused(() => applied(bare, entries, ['x', 'me']), 'Conflict', /cannot be left out/);
    });
  }

  it('does not leave out a part that nobody else has', () => {
    refused(() => applied(bare, [entry('me', 'Apply', element({ 'f:namespaceSelector': {} }))]), 'Conflict', /cannot be left out/);
  });

  it('does not take who manages what from any body', () => {
    const managedFields = [entry('me', 'Apply', element(WHOLE))];
    const body = { ...bare, metadata: { name: 'w', managedFields }, webhooks: [webhook] };
    for (const upstream of [
      toUpstream(WEBHOOKS, body),
      patchUpstream(WEBHOOKS, 'merge', body),
      patchUpstream(WEBHOOKS, 'strategic', body),
      (patchUpstream(WEBHOOKS, 'json', [{ op: 'replace', path: '', value: body }]) as Json[])[0]!.value,
      (patchUpstream(WEBHOOKS, 'json', [{ op: 'replace', path: '/metadata', value: body.metadata }]) as Json[])[0]!.value,
      readProtobuf(
        translateRequestBody({
          row: WEBHOOKS,
          verb: 'update',
          contentType: 'application/vnd.kubernetes.protobuf',
          body: toProtobuf(body),
          context: contextOf(),
        }).body,
      ),
    ])
      assert.doesNotMatch(JSON.stringify(upstream), /managedFields|"me"/);
    assert.deepEqual(patchUpstream(WEBHOOKS, 'json', [{ op: 'replace', path: '/metadata/managedFields', value: [] }]), []);
    refused(
      () => patchUpstream(WEBHOOKS, 'json', [{ op: 'move', from: '/metadata/managedFields/0', path: '/x' }]),
      'BadRequest',
      /who manages/,
    );
  });
});
