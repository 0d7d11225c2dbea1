import assert from 'node:assert/strict';
import { problemsOfLabelValue, problemsOfQualifiedName } from '../../../src/names/label-names.ts';
import { problemsOfMetadata, problemsOfTenantId } from '../../../src/tenant-api/validate-tenant.ts';
import { MAX_INFLIGHT_ANNOTATION } from '../../../src/tenants/tenant.ts';

describe('problemsOfTenantId', () => {
  for (const id of ['demo01', 'a-b-c9', '000000']) it(`takes ${id}`, () => assert.deepEqual(problemsOfTenantId(id), []));
  for (const id of ['', 'demo1', 'demo001', 'Demo01', '-emo01', 'demo0-', 'dem.01', 'dem_01', 'démo01']) {
    it(`refuses ${JSON.stringify(id)} for its form`, () => assert.match(problemsOfTenantId(id)[0]?.message ?? '', /exactly six/));
  }
  for (const id of ['system', 'calico', 'kubezo']) {
    it(`refuses ${id} because it is reserved`, () => assert.match(problemsOfTenantId(id)[0]?.message ?? '', /reserved/));
  }
});

describe('problemsOfMetadata', () => {
  const problems = (annotations: Record<string, string>) => problemsOfMetadata({ name: 'demo01', annotations });

  for (const value of ['1', '200', '1000000']) {
    it(`takes ${value} requests in flight`, () => assert.deepEqual(problems({ [MAX_INFLIGHT_ANNOTATION]: value }), []));
  }
  for (const value of ['', '0', '-1', '1.5', '1e3', ' 5', '05', '1000001', '99999999999', 'many']) {
    it(`refuses ${JSON.stringify(value)} requests in flight`, () => {
      const [problem, ...rest] = problems({ [MAX_INFLIGHT_ANNOTATION]: value });
      assert.deepEqual([problem?.field, rest], [`metadata.annotations[${MAX_INFLIGHT_ANNOTATION}]`, []]);
    });
  }

  it('takes 256 KiB of annotations, and not a byte more', () => {
    const limit = 256 * 1024;
    assert.deepEqual(problems({ k: 'x'.repeat(limit - 1) }), []);
    assert.deepEqual(
      problems({ k: 'x'.repeat(limit) }).map(({ reason }) => reason),
      ['FieldValueTooLong'],
    );
    assert.deepEqual(
      problems({ k: 'é'.repeat(limit / 2) }).map(({ reason }) => reason),
      ['FieldValueTooLong'],
    );
  });

  it('names each field that is wrong', () => {
    const causes = problemsOfMetadata({ name: 'demo01', labels: { 'a b': '-' }, annotations: { '-': '' }, finalizers: ['-/'] });
    assert.deepEqual([...new Set(causes.map(({ field }) => field))], ['metadata.labels', 'metadata.annotations', 'metadata.finalizers']);
  });
});

describe('names', () => {
  for (const name of ['a', 'A.b_c-9', 'example.com/a', `${'p'.repeat(253)}/x`, 'a'.repeat(63)]) {
    it(`takes the key ${name.slice(0, 20)}`, () => assert.deepEqual(problemsOfQualifiedName(name), []));
  }
  for (const name of ['', '/', 'a/', '/a', 'A/b', 'a b', '-a', 'a.', 'a/b/c', 'a'.repeat(64), `${'p'.repeat(254)}/x`]) {
    it(`refuses the key ${JSON.stringify(name.slice(0, 20))}`, () => assert.notDeepEqual(problemsOfQualifiedName(name), []));
  }
  for (const value of ['', 'a', 'a.b_c-9', 'x'.repeat(63)])
    it(`takes the value ${value.slice(0, 20)}`, () => assert.deepEqual(problemsOfLabelValue(value), []));
  for (const value of ['-', 'a-', 'a b', 'x'.repeat(64)])
    it(`refuses the value ${value.slice(0, 20)}`, () => assert.notDeepEqual(problemsOfLabelValue(value), []));
});
