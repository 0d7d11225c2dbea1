import assert from 'node:assert/strict';
import { KubeError } from '../../../src/errors.ts';
import { LAST_APPLIED, patchUpstream, rowOf } from './both-ways.ts';

function translate(path: string, ...operations: unknown[]): unknown {
  return patchUpstream(rowOf(path), 'json', operations);
}

function refusedFor(path: string, operation: unknown): string {
  try {
    translate(path, operation);
  } catch (error) {
    if (error instanceof KubeError && error.code === 400) return error.message;
    throw error;
  }
  throw new assert.AssertionError({ message: 'nothing was refused' });
}

const BINDINGS = 'rbac.authorization.k8s.io/rolebindings';
const ROLES = 'rbac.authorization.k8s.io/clusterroles';
const POLICIES = 'networking.k8s.io/networkpolicies';
const FROM = '/spec/ingress/0/from';
const LABEL = { 'kubezoo.io/tenant': 'demo01' };
const lastApplied = (namespace: string) => `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"namespace":"${namespace}"}}`;

describe('a JSON patch', () => {
  const cases: readonly (readonly [label: string, row: string, tenant: object, upstream: object])[] = [
    ['of what has no rule', 'pods', { op: 'add', path: '/metadata/name', value: 'x' }, { op: 'add', path: '/metadata/name', value: 'x' }],
    [
      'of a name',
      'namespaces',
      { op: 'test', path: '/metadata/name', value: 'a' },
      { op: 'test', path: '/metadata/name', value: 'demo01-a' },
    ],
    [
      'of a label whose key is escaped',
      'namespaces',
      { op: 'test', path: '/metadata/labels/kubernetes.io~1metadata.name', value: 'a' },
      { op: 'test', path: '/metadata/labels/kubernetes.io~1metadata.name', value: 'demo01-a' },
    ],
    [
      'of an annotation that holds an object',
      'configmaps',
      { op: 'replace', path: `/metadata/annotations/${LAST_APPLIED.replace('/', '~1')}`, value: lastApplied('a') },
      { op: 'replace', path: `/metadata/annotations/${LAST_APPLIED.replace('/', '~1')}`, value: lastApplied('demo01-a') },
    ],
    [
      'of the whole metadata',
      'pods',
      { op: 'replace', path: '/metadata', value: { namespace: 'a', n: 1 } },
      { op: 'replace', path: '/metadata', value: { namespace: 'demo01-a', n: 1 } },
    ],
    [
      'of the whole object',
      'pods',
      { op: 'replace', path: '', value: { metadata: { namespace: 'a' } } },
      { op: 'replace', path: '', value: { metadata: { namespace: 'demo01-a' } } },
    ],
    [
      'of an element by its index',
      'pods',
      { op: 'replace', path: '/spec/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/0/namespaces/1', value: 'a' },
      {
        op: 'replace',
        path: '/spec/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/0/namespaces/1',
        value: 'demo01-a',
      },
    ],
    [
      'of an element at the end',
      'serviceaccounts',
      { op: 'add', path: '/secrets/-', value: { namespace: 'a' } },
      { op: 'add', path: '/secrets/-', value: { namespace: 'demo01-a' } },
    ],
    [
      'of a subject',
      BINDINGS,
      { op: 'add', path: '/subjects/-', value: { kind: 'Group', name: 'g' } },
      { op: 'add', path: '/subjects/-', value: { kind: 'Group', name: 'kubezoo:demo01:g' } },
    ],
    [
      'of all subjects',
      BINDINGS,
      { op: 'replace', path: '/subjects', value: [{ kind: 'User', name: 'u' }] },
      { op: 'replace', path: '/subjects', value: [{ kind: 'User', name: 'kubezoo:demo01:u' }] },
    ],
    ['that takes a subject off', BINDINGS, { op: 'remove', path: '/subjects/0' }, { op: 'remove', path: '/subjects/0' }],
    [
      'of a selector',
      POLICIES,
      { op: 'test', path: `${FROM}/0/namespaceSelector`, value: {} },
      { op: 'test', path: `${FROM}/0/namespaceSelector`, value: { matchLabels: LABEL } },
    ],
    [
      'of a label in a selector',
      POLICIES,
      { op: 'add', path: `${FROM}/0/namespaceSelector/matchLabels/team`, value: 'a' },
      { op: 'add', path: `${FROM}/0/namespaceSelector/matchLabels/team`, value: 'a' },
    ],
    [
      'of a namespace’s name in a selector',
      POLICIES,
      { op: 'replace', path: `${FROM}/0/namespaceSelector/matchLabels/kubernetes.io~1metadata.name`, value: 'a' },
      { op: 'replace', path: `${FROM}/0/namespaceSelector/matchLabels/kubernetes.io~1metadata.name`, value: 'demo01-a' },
    ],
    [
      'of all labels of a selector',
      POLICIES,
      { op: 'replace', path: `${FROM}/0/namespaceSelector/matchLabels`, value: { team: 'a', 'kubernetes.io/metadata.name': 'b' } },
      {
        op: 'replace',
        path: `${FROM}/0/namespaceSelector/matchLabels`,
        value: { team: 'a', 'kubernetes.io/metadata.name': 'demo01-b', ...LABEL },
      },
    ],
    [
      'that takes all labels of a selector off',
      POLICIES,
      { op: 'remove', path: `${FROM}/0/namespaceSelector/matchLabels` },
      { op: 'replace', path: `${FROM}/0/namespaceSelector/matchLabels`, value: LABEL },
    ],
    [
      'of an expression of a selector',
      POLICIES,
      {
        op: 'add',
        path: `${FROM}/0/namespaceSelector/matchExpressions/-`,
        value: { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['a'] },
      },
      {
        op: 'add',
        path: `${FROM}/0/namespaceSelector/matchExpressions/-`,
        value: { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['demo01-a'] },
      },
    ],
    [
      'of the verbs of a rule',
      ROLES,
      { op: 'add', path: '/rules/0/verbs/-', value: 'list' },
      { op: 'add', path: '/rules/0/verbs/-', value: 'list' },
    ],
    [
      'of a label whose key is translated',
      ROLES,
      { op: 'remove', path: '/metadata/labels/rbac.authorization.k8s.io~1aggregate-to-edit' },
      { op: 'remove', path: '/metadata/labels/rbac.authorization.k8s.io~1demo01-aggregate-to-edit' },
    ],
    [
      'that moves between places without rules',
      'pods',
      { op: 'move', from: '/metadata/labels/a', path: '/metadata/labels/b' },
      { op: 'move', from: '/metadata/labels/a', path: '/metadata/labels/b' },
    ],
    [
      'that copies between places of one rule',
      BINDINGS,
      { op: 'copy', from: '/subjects/0', path: '/subjects/-' },
      { op: 'copy', from: '/subjects/0', path: '/subjects/-' },
    ],
    ['with a number that JavaScript does not have', 'pods', { op: 'add', path: '/x', value: null }, { op: 'add', path: '/x', value: null }],
    [
      'that takes all labels off',
      'namespaces',
      { op: 'remove', path: '/metadata/labels' },
      { op: 'add', path: '/metadata/labels', value: LABEL },
    ],
    [
      'that sets all labels',
      'namespaces',
      { op: 'replace', path: '/metadata/labels', value: { a: 'b' } },
      { op: 'replace', path: '/metadata/labels', value: { a: 'b', ...LABEL } },
    ],
    [
      'that sets all metadata of what is labelled',
      'namespaces',
      { op: 'replace', path: '/metadata', value: { name: 'a' } },
      { op: 'replace', path: '/metadata', value: { name: 'demo01-a', labels: LABEL } },
    ],
    [
      'that sets one label',
      'namespaces',
      { op: 'add', path: '/metadata/labels/a', value: 'b' },
      { op: 'add', path: '/metadata/labels/a', value: 'b' },
    ],
  ];
  for (const [label, row, tenant, upstream] of cases) {
    it(label, () => assert.deepEqual(translate(row, tenant), [upstream]));
  }

  it('keeps 64-bit numbers', () => {
    const row = rowOf('pods');
    assert.deepEqual(patchUpstream(row, 'json', []), []);
  });

  const refused: readonly (readonly [label: string, row: string, operation: object, reason: RegExp])[] = [
    [
      'inside a subject',
      BINDINGS,
      { op: 'replace', path: '/subjects/0/name', value: 'system:admin' },
      /\/subjects\/0\/name cannot be patched on its own: what stands at \/subjects\/0 is/,
    ],
    ['inside a roleRef', BINDINGS, { op: 'replace', path: '/roleRef/name', value: 'cluster-admin' }, /translated as a whole/],
    [
      'of the platform’s label in a selector',
      POLICIES,
      { op: 'remove', path: `${FROM}/0/namespaceSelector/matchLabels/kubezoo.io~1tenant` },
      /belongs to the platform/,
    ],
    [
      'that moves the labels of a selector away',
      POLICIES,
      { op: 'move', from: `${FROM}/0/namespaceSelector/matchLabels`, path: `${FROM}/1/namespaceSelector/matchLabels` },
      /send the value instead/,
    ],
    [
      'that copies labels of anything into a selector',
      POLICIES,
      { op: 'copy', from: '/spec/podSelector/matchLabels', path: `${FROM}/0/namespaceSelector/matchLabels` },
      /send the value instead/,
    ],
    [
      'that selects by the platform’s label',
      POLICIES,
      { op: 'add', path: `${FROM}/0/namespaceSelector/matchExpressions/-`, value: { key: 'kubezoo.io/tenant', operator: 'Exists' } },
      /belong to the platform/,
    ],
    [
      'of a part of an expression that depends on the rest',
      POLICIES,
      { op: 'replace', path: `${FROM}/0/namespaceSelector/matchExpressions/0/values/0`, value: 'x' },
      /translated as a whole/,
    ],
    ['inside a rule', ROLES, { op: 'add', path: '/rules/0/resourceNames/-', value: 'x' }, /translated as a whole/],
    ['of the platform’s label', 'namespaces', { op: 'remove', path: '/metadata/labels/kubezoo.io~1tenant' }, /belongs to the platform/],
    [
      'of the platform’s annotation',
      'pods',
      { op: 'add', path: '/metadata/annotations/kubezoo.io~1x', value: 'y' },
      /belongs to the platform/,
    ],
    [
      'that copies a name to where it is none',
      'namespaces',
      { op: 'copy', from: '/metadata/name', path: '/metadata/labels/x' },
      /send the value instead/,
    ],
    [
      'that copies a text to where it is a name',
      'persistentvolumeclaims',
      { op: 'copy', from: '/metadata/labels/x', path: '/spec/volumeName' },
      /send the value instead/,
    ],
    ['that moves what holds a name', 'pods', { op: 'move', from: '/metadata', path: '/spec' }, /send the value instead/],
    [
      'without a slash, which upstream reads otherwise',
      'pods',
      { op: 'add', path: 'x/metadata/namespace', value: 'a' },
      /does not begin with a slash/,
    ],
    ['from without a slash', 'pods', { op: 'copy', from: 'metadata/name', path: '/a' }, /does not begin with a slash/],
    ['without a path', 'pods', { op: 'add', value: 1 }, /has no path/],
    ['without a from', 'pods', { op: 'move', path: '/a' }, /has no from/],
    [
      'whose path is a number',
      'pods',
      { op: 'add', path: 3 },
      /cannot unmarshal number into Go struct field jsonPatchOp\.path of type string/,
    ],
  ];
  for (const [label, row, operation, reason] of refused) {
    it(`is refused ${label}`, () => assert.match(refusedFor(row, operation), reason));
  }

  it('is refused where it is none', () => {
    assert.throws(
      () => patchUpstream(rowOf('pods'), 'json', {}),
      /cannot unmarshal object into Go value of type \[\]handlers\.jsonPatchOp/,
    );
    assert.throws(() => translate('pods', 3), /cannot unmarshal number into Go value of type handlers\.jsonPatchOp/);
    assert.throws(() => translate('pods', null), /cannot unmarshal null/);
  });
});
