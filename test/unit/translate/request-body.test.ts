import assert from 'node:assert/strict';
import { KubeError } from '../../../src/errors.ts';
import { translateRequestBody } from '../../../src/translate/request-body.ts';
import { contextOf, LAST_APPLIED, patchUpstream, rowOf, type Sent, sendText, toTenant, toUpstream } from './both-ways.ts';

const configMaps = rowOf('configmaps');
const namespaces = rowOf('namespaces');
const clusterRoles = rowOf('rbac.authorization.k8s.io/clusterroles');
const roleBindings = rowOf('rbac.authorization.k8s.io/rolebindings');
const clusterRoleBindings = rowOf('rbac.authorization.k8s.io/clusterrolebindings');

function refusal(send: () => unknown): KubeError {
  try {
    send();
  } catch (error) {
    if (error instanceof KubeError) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: 'nothing was refused' });
}

const patch = (contentType: string): Sent => ({ verb: 'patch', contentType });

describe('the media type of a body', () => {
  it('is what upstream takes, and nothing hidden behind it', () => {
    for (const contentType of ['application/json', 'Application/JSON; charset=UTF-8', 'application/json;charset="utf-8"', '']) {
      assert.equal(sendText(configMaps, '{}', { contentType }), '{}');
    }
    const refused = [
      'text/plain',
      'application/vnd.kubernetes.protobuf;stream=watch',
      'application/cbor',
      'application/json, application/yaml',
      'application/json; charset=utf-16',
      'application/json; x=y',
      'application/merge-patch+json',
      'application/json;;',
    ];
    for (const contentType of refused) {
      const error = refusal(() => sendText(configMaps, '{}', { contentType }));
      assert.equal(error.code, 415, contentType);
      assert.equal(
        error.message,
        'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
      );
    }
  });

  it('of a patch is a patch’s', () => {
    for (const contentType of ['application/json', 'application/yaml', '', 'application/apply-patch+cbor']) {
      assert.equal(refusal(() => sendText(configMaps, '{}', patch(contentType))).message, '415: Unsupported Media Type');
    }
  });

  it('changes only for YAML', () => {
    const typeOf = (contentType: string, verb: string) =>
      translateRequestBody({ row: configMaps, verb, contentType, body: Buffer.from('{}'), context: contextOf() }).contentType;
    assert.equal(typeOf('application/yaml', 'create'), 'application/json');
    assert.equal(typeOf('application/apply-patch+yaml', 'patch'), 'application/apply-patch+yaml');
    assert.equal(typeOf('application/json; charset=utf-8', 'update'), 'application/json; charset=utf-8');
  });
});

describe('a body', () => {
  it('keeps what is not translated, byte for byte', () => {
    const body = '{ "metadata" : {"namespace":"a"}, "n":9007199254740993.10e0, "u":"\\u00e9\\/", "d":1,"d":2 }\n';
    assert.equal(sendText(configMaps, body), body.replace('"a"', '"demo01-a"'));
  });

  it('may be empty', () => assert.equal(sendText(configMaps, ''), ''));

  it('keeps 64-bit numbers where it is taken apart', () => {
    const labelled = '{"metadata":{"name":"a","generation":9223372036854775807,"labels":{}},"x":1.0}';
    assert.equal(
      sendText(namespaces, labelled),
      '{"metadata":{"name":"demo01-a","generation":9223372036854775807,"labels":{"kubezoo.io/tenant":"demo01"}},"x":1.0}',
    );
  });

  it('that stands twice is translated twice', () => {
    assert.equal(
      sendText(configMaps, '{"metadata":{"namespace":"a"},"metadata":{"namespace":"b"}}'),
      '{"metadata":{"namespace":"demo01-a"},"metadata":{"namespace":"demo01-b"}}',
    );
  });

  const malformed: readonly (readonly [body: string, problem: string])[] = [
    ['{"kind":"ConfigMap"', 'unexpected end of JSON input ({"kind":"ConfigMap")'],
    ['kind: x', "invalid character 'k' looking for beginning of value (6b696e643a2078)"],
    ['{"kind":"ConfigMap","apiVersion":"v1"} trailing', `invalid character 't' after top-level value ({"kind":"ConfigMap","apiVersio ...)`],
    ['{"a":1 2}', `invalid character '2' after object key:value pair ({"a":1 2})`],
    ['{"a" 1}', `invalid character '1' after object key ({"a" 1})`],
    ['[1 2]', "invalid character '2' after array element (5b3120325d)"],
    ["{'a':1}", "invalid character '\\'' looking for beginning of object key string ({'a':1})"],
    ['{"a":"\u0001"}', `invalid character '\\x01' in string literal ({"a":"\u0001"})`],
  ];
  for (const [body, problem] of malformed) {
    it(`that is not JSON is refused in upstream's words: ${body}`, () => {
      const error = refusal(() => sendText(configMaps, body));
      assert.equal(error.code, 400);
      assert.equal(
        error.message,
        `the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: ${problem}`,
      );
    });
  }

  it('of a patch that is not JSON is refused as such', () => {
    for (const type of ['json', 'merge', 'strategic']) {
      const contentType = {
        json: 'application/json-patch+json',
        merge: 'application/merge-patch+json',
        strategic: 'application/strategic-merge-patch+json',
      }[type]!;
      assert.equal(refusal(() => sendText(configMaps, '{"a":', patch(contentType))).message, 'invalid JSON patch');
    }
    assert.match(
      refusal(() => sendText(configMaps, '{"a":', patch('application/apply-patch+yaml'))).message,
      /^error decoding patch: error converting YAML to JSON: yaml: line 1: /,
    );
  });

  it('nested deeper than anything is refused', () => {
    const deep = `{"spec":{"ingress":[{"from":[{"namespaceSelector":${'['.repeat(9000)}${']'.repeat(9000)}}]}]}}`;
    const row = rowOf('networking.k8s.io/networkpolicies');
    try {
      sendText(row, deep);
    } catch (error) {
      assert.equal((error as KubeError).code, 400);
    }
    assert.equal(refusal(() => sendText(configMaps, '['.repeat(100_000))).code, 400);
  });

  it('in YAML becomes JSON', () => {
    const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n  namespace: a\ndata:\n  big: "1"\n';
    const json = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"demo01-a"},"data":{"big":"1"}}';
    assert.equal(sendText(configMaps, yaml, { contentType: 'application/yaml' }), json);
    assert.equal(sendText(configMaps, yaml, patch('application/apply-patch+yaml')), json);
    const error = refusal(() => sendText(configMaps, 'a: b: c', { contentType: 'application/yaml' }));
    assert.match(error.message, /^the object provided is unrecognized \(must be of type ConfigMap\): yaml: line 1: .* \(613a20623a2063\)$/);
  });

  it('with a name too long is refused with the tenant’s limit', () => {
    const named = (length: number) => ({ metadata: { name: 'a'.repeat(length) } });
    assert.equal(refusal(() => toUpstream(namespaces, named(57))).code, 422);
    toUpstream(namespaces, named(56));
    toUpstream(configMaps, named(253));
  });

  it('with a name to be made is made under the prefix, where names have one', () => {
    assert.deepEqual(toUpstream(namespaces, { metadata: { generateName: 'a-' } }).metadata, {
      generateName: 'demo01-a-',
      labels: { 'kubezoo.io/tenant': 'demo01' },
    });
    assert.deepEqual(toUpstream(configMaps, { metadata: { generateName: 'a-' } }).metadata, { generateName: 'a-' });
    assert.deepEqual(toTenant(namespaces, { kind: 'Namespace', metadata: { name: 'demo01-a-x', generateName: 'demo01-a-' } }).metadata, {
      name: 'a-x',
      generateName: 'a-',
    });
  });

  it('of DeleteOptions stays, but for what breaks more than the tenant', () => {
    const options = '{"kind":"DeleteOptions","preconditions":{"uid":"u","resourceVersion":"9007199254740993"},"gracePeriodSeconds":0}';
    assert.equal(sendText(configMaps, options, { verb: 'delete' }), options);
    const breaking = '{"ignoreStoreReadErrorWithClusterBreaking\\u0050otential":true}';
    assert.equal(refusal(() => sendText(configMaps, breaking, { verb: 'delete' })).code, 400);
    assert.equal(refusal(() => sendText(configMaps, '{', { verb: 'delete' })).code, 400);
  });

  it('of a sub-resource of another kind has that kind’s fields', () => {
    const eviction = { kind: 'Eviction', metadata: { name: 'demo01-p', namespace: 'a' }, deleteOptions: {} };
    assert.deepEqual(toUpstream(rowOf('pods'), eviction, { subresource: 'eviction' }).metadata, {
      name: 'demo01-p',
      namespace: 'demo01-a',
    });
    assert.throws(() => toUpstream(rowOf('pods'), {}, { subresource: 'nope' }), /no pods\/nope/);
  });
});

describe('what the platform keeps for itself', () => {
  it('is taken out of labels and annotations', () => {
    const metadata = { labels: { 'kubezoo.io/tenant': 'demo02', a: 'b' }, annotations: { 'kubezoo.io/x': 'y' } };
    assert.deepEqual(toUpstream(configMaps, { metadata }).metadata, { labels: { a: 'b' }, annotations: {} });
    const template = { metadata, spec: {} };
    assert.deepEqual(toUpstream(rowOf('apps/deployments'), { spec: { template } }).spec, {
      template: { metadata: { labels: { a: 'b' }, annotations: {} }, spec: {} },
    });
  });

  it('is the tenant’s label, which nothing takes off', () => {
    const label = { 'kubezoo.io/tenant': 'demo01' };
    for (const labels of [undefined, null, {}, { 'kubezoo.io/tenant': 'demo02' }, { 'kubezoo.io/tenant': null }]) {
      for (const row of [namespaces, clusterRoles]) {
        const { metadata } = toUpstream(row, { metadata: { name: 'a', labels } }, { verb: 'update' });
        assert.deepEqual(metadata, { name: 'demo01-a', labels: label });
        assert.deepEqual(patchUpstream(row, 'apply', { metadata: { name: 'a', labels } }), {
          metadata: { name: 'demo01-a', labels: label },
        });
      }
    }
    const mergeOf = (labels: unknown) => patchUpstream(namespaces, 'merge', { metadata: { labels } });
    assert.deepEqual(mergeOf({ a: null, 'kubezoo.io/tenant': null }), { metadata: { labels: { a: null, ...label } } });
    assert.match(refusal(() => mergeOf(null)).message, /cannot be removed all at once/);
    const strategicOf = (labels: unknown) => patchUpstream(namespaces, 'strategic', { metadata: { labels } });
    assert.deepEqual(strategicOf(null), { metadata: { labels: { $patch: 'replace', ...label } } });
    assert.deepEqual(strategicOf({ $patch: 'delete' }), { metadata: { labels: { $patch: 'replace', ...label } } });
    assert.deepEqual(strategicOf({ $patch: 'replace', a: 'b' }), { metadata: { labels: { $patch: 'replace', a: 'b', ...label } } });
    assert.deepEqual(patchUpstream(namespaces, 'merge', { metadata: { annotations: { a: 'b' } } }), {
      metadata: { annotations: { a: 'b' } },
    });
  });

  it('cannot be selected by', () => {
    const policy = (namespaceSelector: unknown) => ({ spec: { ingress: [{ from: [{ namespaceSelector }] }] } });
    const row = rowOf('networking.k8s.io/networkpolicies');
    for (const selector of [
      { matchLabels: { 'kubezoo.io/tenant': 'demo02' } },
      { matchExpressions: [{ key: 'kubezoo.io/tenant', operator: 'Exists' }] },
    ]) {
      assert.equal(refusal(() => toUpstream(row, policy(selector))).code, 400);
    }
  });

  it('is the default of the whole cluster', () => {
    const ingressClass = (value: string) => ({ metadata: { annotations: { 'ingressclass.kubernetes.io/is-default-class': value } } });
    const row = rowOf('networking.k8s.io/ingressclasses');
    assert.equal(refusal(() => toUpstream(row, ingressClass('true'))).code, 403);
    assert.equal(refusal(() => patchUpstream(row, 'merge', ingressClass('true'))).code, 403);
    const stored = toUpstream(row, ingressClass('false'));
    assert.deepEqual((stored.metadata as { annotations: unknown }).annotations, ingressClass('false').metadata.annotations);
  });
});

/** Go merges the members of a struct that stands twice: whatever two fragments become, together they must name nobody of upstream's. */
describe('fragments that upstream might merge', () => {
  const subjectsOf = (...subjects: unknown[]) =>
    toUpstream(clusterRoleBindings, { subjects }, { context: contextOf({ requestNamespace: undefined }) }).subjects;

  it('are no ServiceAccount, and have no identity but the gateway’s', () => {
    assert.deepEqual(
      subjectsOf({ name: 'system:kube-controller-manager' }, { kind: 'User' }, { namespace: 'kube-system' }, { kind: 'Other', name: 'x' }),
      [
        { name: 'kubezoo:demo01:system:kube-controller-manager' },
        { kind: 'User' },
        { namespace: 'demo01-kube-system' },
        { kind: 'Other', name: 'kubezoo:demo01:x' },
      ],
    );
    for (const subject of [
      { kind: 'ServiceAccount' },
      { kind: 'ServiceAccount', namespace: 'a' },
      { kind: 'ServiceAccount', name: 'a' },
      { kind: 'ServiceAccount', name: 'a:b', namespace: 'c' },
    ]) {
      assert.equal(refusal(() => subjectsOf(subject)).code, 422);
    }
  });

  it('are no ClusterRole of upstream’s', () => {
    const roleRefOf = (roleRef: unknown) => toUpstream(roleBindings, { roleRef }).roleRef;
    assert.deepEqual(roleRefOf({ name: 'cluster-admin' }), { name: 'demo01-cluster-admin' });
    assert.equal(refusal(() => roleRefOf({ kind: 'ClusterRole' })).code, 400);
    assert.deepEqual(roleRefOf({ kind: 'Role', name: 'r' }), { kind: 'Role', name: 'r' });
  });
});

describe('a strategic merge patch', () => {
  it('names elements under further keys', () => {
    const owner = { apiVersion: 'v1', kind: 'Namespace', name: 'a', uid: 'u' };
    const sent = patchUpstream(configMaps, 'strategic', {
      metadata: { '$setElementOrder/ownerReferences': [{ uid: 'u' }, owner], ownerReferences: [{ $patch: 'delete', uid: 'x' }, owner] },
    });
    const translated = { ...owner, name: 'demo01-a' };
    assert.deepEqual(sent, {
      metadata: {
        '$setElementOrder/ownerReferences': [{ uid: 'u' }, translated],
        ownerReferences: [{ $patch: 'delete', uid: 'x' }, translated],
      },
    });
    const namespaced = patchUpstream(rowOf('serviceaccounts'), 'strategic', { '$deleteFromPrimitiveList/secrets': [{ namespace: 'a' }] });
    assert.deepEqual(namespaced, { '$deleteFromPrimitiveList/secrets': [{ namespace: 'demo01-a' }] });
  });
});

describe('an object inside an annotation', () => {
  const annotated = (text: string) =>
    toUpstream(configMaps, { metadata: { annotations: { [LAST_APPLIED]: text } } }).metadata as { annotations: Record<string, string> };
  const sent = (text: string) => annotated(text).annotations[LAST_APPLIED];

  it('stays where it is none', () => {
    for (const text of [
      '',
      'x',
      '{',
      '[]',
      'null',
      '{"kind":"ConfigMap"}',
      '{"apiVersion":"v1","kind":"Unheard","metadata":{"namespace":"a"}}',
    ])
      assert.equal(sent(text), text);
  });

  it('is translated by its own kind, however deep it stands', () => {
    const inner = '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a"}}\n';
    const outer = JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace: 'a', annotations: { [LAST_APPLIED]: inner } },
    });
    const translated = JSON.parse(sent(outer)!) as { metadata: { namespace: string; annotations: Record<string, string> } };
    assert.equal(translated.metadata.namespace, 'demo01-a');
    assert.equal(translated.metadata.annotations[LAST_APPLIED], '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"demo01-a"}}\n');
  });
});
