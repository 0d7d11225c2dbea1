import assert from 'node:assert/strict';
import fc from 'fast-check';
import { KubeError } from '../../../src/errors.ts';
import { translateFieldSelector } from '../../../src/translate/field-selector.ts';
import { translateLabelSelector } from '../../../src/translate/label-selector.ts';
import { translateQuery } from '../../../src/translate/query.ts';
import { contextOf, rowOf } from './both-ways.ts';

function translate(row: string, query: string, verb = 'list'): string {
  return decodeURIComponent(translateQuery(rowOf(row), verb, new URLSearchParams(query), contextOf()).toString().replaceAll('+', ' '));
}

function fieldSelector(row: string, selector: string, verb = 'list'): string | null {
  return translateQuery(rowOf(row), verb, new URLSearchParams({ fieldSelector: selector }), contextOf()).get('fieldSelector');
}

function labelSelector(row: string, selector: string): string | null {
  return translateQuery(rowOf(row), 'list', new URLSearchParams({ labelSelector: selector }), contextOf()).get('labelSelector');
}

const isBadRequest = (error: unknown) => error instanceof KubeError && error.code === 400;

describe('a field selector', () => {
  const cases: readonly (readonly [row: string, tenant: string, upstream: string])[] = [
    ['namespaces', 'metadata.name=a', 'metadata.name=demo01-a'],
    ['namespaces', 'metadata.name!=a,status.phase=Active', 'metadata.name!=demo01-a,status.phase=Active'],
    ['namespaces', 'metadata.name==a', 'metadata.name==demo01-a'],
    ['namespaces', 'metadata.name=', 'metadata.name='],
    ['pods', 'metadata.name=demo01-a', 'metadata.name=demo01-a'],
    ['pods', 'metadata.namespace=a,spec.nodeName=n', 'metadata.namespace=demo01-a,spec.nodeName=n'],
    [
      'events',
      'involvedObject.namespace=a,involvedObject.name=p,involvedObject.kind=Pod',
      'involvedObject.namespace=demo01-a,involvedObject.name=p,involvedObject.kind=Pod',
    ],
    ['events', 'involvedObject.name=a,involvedObject.kind=Namespace', 'involvedObject.name=demo01-a,involvedObject.kind=Namespace'],
    ['events', 'involvedObject.name=a,involvedObject.kind!=Namespace', 'involvedObject.name=a,involvedObject.kind!=Namespace'],
    [
      'events.k8s.io/events',
      'regarding.namespace=a,regarding.name=b,regarding.kind=PersistentVolume',
      'regarding.namespace=demo01-a,regarding.name=demo01-b,regarding.kind=PersistentVolume',
    ],
    ['pods', 'a=x\\,y\\=z\\\\', 'a=x\\,y\\=z\\\\'],
    ['pods', ',a=b,,', 'a=b'],
  ];
  for (const [row, tenant, upstream] of cases) it(`${row}: ${tenant}`, () => assert.equal(fieldSelector(row, tenant), upstream));

  it('is translated for every verb that selects', () => {
    for (const verb of ['list', 'watch', 'deletecollection'])
      assert.equal(fieldSelector('namespaces', 'metadata.name!=a', verb), 'metadata.name!=demo01-a');
  });

  it('that cannot be read is never passed on', () => {
    for (const selector of ['foo', 'a=b,c', 'a=b=c', 'a=\\x', 'a=b\\', 'metadata.name'])
      assert.throws(() => fieldSelector('namespaces', selector), isBadRequest, selector);
    assert.throws(
      () => fieldSelector('pods', 'foo'),
      /^KubeError: invalid selector: 'foo'; can't understand 'foo'|^Error: invalid selector: 'foo'; can't understand 'foo'/,
    );
  });

  it('comes back as it was where no value changes', () => {
    const value = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('a', 'metadata.name'), fc.constantFrom('=', '==', '!='), value), { minLength: 1 }),
        (terms) => {
          const selector = terms.map(([field, operator, text]) => field + operator + text.replace(/[\\,=]/g, '\\$&')).join(',');
          const seen: string[] = [];
          const same = translateFieldSelector(selector, () => (_field, text) => {
            seen.push(text);
            return text;
          });
          assert.equal(same, selector);
          assert.deepEqual(
            seen,
            terms.map(([, , text]) => text),
          );
        },
      ),
    );
  });
});

describe('a label selector', () => {
  const label = 'kubernetes.io/metadata.name';
  const cases: readonly (readonly [row: string, tenant: string, upstream: string])[] = [
    ['namespaces', `${label}=a`, `${label}=demo01-a`],
    ['namespaces', `${label} == a , team != b`, `${label}==demo01-a,team!=b`],
    ['namespaces', `${label}!=a`, `${label}!=demo01-a`],
    ['namespaces', `${label} in (a,b),x`, `${label} in (demo01-a,demo01-b),x`],
    ['namespaces', `!x,${label}  notin( a )`, `!x,${label} notin (demo01-a)`],
    ['namespaces', `${label},${label} in ()`, `${label},${label} in ()`],
    ['namespaces', `${label} in (,in,notin)`, `${label} in (,demo01-in,demo01-notin)`],
    ['namespaces', `${label}=`, `${label}=`],
    ['namespaces', `${label} in (a),n>3`, `${label} in (demo01-a),n>3`],
    ['pods', `${label}=a`, `${label}=a`],
    ['pods', 'anything goes (', 'anything goes ('],
    [
      'rbac.authorization.k8s.io/clusterroles',
      'rbac.authorization.k8s.io/aggregate-to-view=true',
      'rbac.authorization.k8s.io/demo01-aggregate-to-view=true',
    ],
    ['rbac.authorization.k8s.io/clusterroles', 'app in (a),!x/y', 'demo01-app in (a),!x/demo01-y'],
    ['pods', 'rbac.authorization.k8s.io/aggregate-to-view=true', 'rbac.authorization.k8s.io/aggregate-to-view=true'],
  ];
  for (const [row, tenant, upstream] of cases) it(`${row}: ${tenant}`, () => assert.equal(labelSelector(row, tenant), upstream));

  it('by the platform’s labels is refused', () => {
    for (const selector of ['kubezoo.io/tenant', '!kubezoo.io/tenant', 'a=b,kubezoo.io/tenant in (x)', ' kubezoo.io/x = y']) {
      assert.throws(() => labelSelector('pods', selector), isBadRequest, selector);
    }
  });

  it('that cannot be read is never passed on where it might hold a name', () => {
    for (const rest of ['=a b', ' in a', ' in (a', ' in (a b)', ' (', '=(', ',,', ' ~ a', '=a\0', '=a,', ' in (a=b)']) {
      assert.throws(() => labelSelector('namespaces', label + rest), isBadRequest, rest);
    }
  });

  it('keeps its requirements', () => {
    const word = fc.constantFrom('a', 'b.c/d', 'in', 'notin', 'x_y');
    const requirement = fc.oneof(
      word,
      word.map((key) => `!${key}`),
      fc.tuple(word, fc.constantFrom('=', '==', '!=', '>', '<'), fc.oneof(word, fc.constant(''))).map((parts) => parts.join('')),
      fc
        .tuple(word, fc.constantFrom('in', 'notin'), fc.array(fc.oneof(word, fc.constant('')), { minLength: 1 }))
        .map(([key, operator, values]) => `${key} ${operator} (${values.join(',')})`),
    );
    fc.assert(
      fc.property(fc.array(requirement, { minLength: 1 }), (requirements) => {
        const selector = requirements.join(',');
        assert.equal(translateLabelSelector(selector, { key: (key) => key, value: (_key, value) => value }), selector);
      }),
    );
  });
});

describe('other parameters', () => {
  it('stay, in their order', () => {
    const query = 'limit=500&resourceVersion=0&force=true&fieldManager=x&dryRun=All&dryRun=All';
    assert.equal(translate('pods', query), query);
  });

  it('of requests that select nothing are not looked at', () => {
    assert.equal(
      translate('pods', 'command=metadata.name=a&fieldSelector=metadata.namespace=a&labelSelector=kubezoo.io/x', 'create'),
      'command=metadata.name=a&fieldSelector=metadata.namespace=a&labelSelector=kubezoo.io/x',
    );
  });

  it('ask for the metadata by which a Table’s rows are told apart', () => {
    assert.equal(translate('pods', 'includeObject=None', 'get'), 'includeObject=Metadata');
    assert.equal(translate('pods', 'includeObject=Object'), 'includeObject=Object');
  });

  it('that act beyond the tenant are refused', () => {
    assert.throws(() => translate('pods', 'ignoreStoreReadErrorWithClusterBreakingPotential=true', 'delete'), isBadRequest);
    assert.throws(() => translate('pods', 'shardSelector=x'), isBadRequest);
    assert.equal(
      translate('pods', 'ignoreStoreReadErrorWithClusterBreakingPotential=false', 'delete'),
      'ignoreStoreReadErrorWithClusterBreakingPotential=false',
    );
  });
});
