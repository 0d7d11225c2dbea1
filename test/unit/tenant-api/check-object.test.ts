import assert from 'node:assert/strict';
import { checkObject } from '../../../src/tenant-api/check-object.ts';
import { TENANT_SCHEMA } from '../../../src/tenant-api/schema.ts';

const TENANT = { apiVersion: 'tenant.kubezoo.io/v1alpha1', kind: 'Tenant', metadata: { name: 'demo01' }, spec: {} };
const CONDITION = { type: 'Ready', status: 'True', reason: 'R', message: 'm', lastTransitionTime: '2026-01-01T00:00:00Z' };

const check = (changes: object) => checkObject({ ...TENANT, ...changes }, TENANT_SCHEMA);
const fieldsOf = (changes: object) => check(changes).causes.map(({ field }) => field);

describe('checkObject', () => {
  it('lets a whole tenant through as it is', () => {
    const whole = {
      metadata: {
        name: 'demo01',
        labels: { a: 'b' },
        annotations: {},
        finalizers: ['x/y'],
        generation: 2,
        managedFields: [{ fieldsV1: { 'f:spec': {} } }],
      },
      status: { phase: 'Ready', observedGeneration: 2, conditions: [CONDITION] },
    };
    const { value, unknownFields, causes } = check(whole);
    assert.deepEqual(value, { ...TENANT, ...whole });
    assert.deepEqual([unknownFields, causes], [[], []]);
  });

  it('names unknown fields in order, and leaves them out', () => {
    const { value, unknownFields } = check({
      zz: 1,
      spec: { quotas: { hard: 1 } },
      metadata: { name: 'demo01', foo: [] },
      status: { conditions: [{ ...CONDITION, extra: 1 }] },
    });
    assert.deepEqual(unknownFields, ['metadata.foo', 'spec.quotas', 'status.conditions[0].extra', 'zz']);
    assert.deepEqual(value, { ...TENANT, status: { conditions: [CONDITION] } });
  });

  it('leaves nulls out', () => {
    assert.deepEqual(check({ spec: null, metadata: { name: 'demo01', labels: null } }).value, {
      apiVersion: TENANT.apiVersion,
      kind: 'Tenant',
      metadata: { name: 'demo01' },
    });
  });

  const wrong: [what: string, changes: object, field: string][] = [
    ['a text for an object', { spec: 'x' }, 'spec'],
    ['a list for an object', { metadata: [] }, 'metadata'],
    ['a number for a text', { metadata: { name: 7 } }, 'metadata.name'],
    ['a number for a label', { metadata: { labels: { a: 5 } } }, 'metadata.labels.a'],
    ['a fraction for a whole number', { status: { observedGeneration: 1.5 } }, 'status.observedGeneration'],
    ['a text that is not among the possible ones', { status: { phase: 'Great' } }, 'status.phase'],
    ['a missing field', { status: { conditions: [{ ...CONDITION, reason: undefined }] } }, 'status.conditions[0].reason'],
    ['a time that is none', { metadata: { creationTimestamp: 'yesterday' } }, 'metadata.creationTimestamp'],
    ['a time that no calendar has', { metadata: { creationTimestamp: '2026-13-01T00:00:00Z' } }, 'metadata.creationTimestamp'],
    ['an inherited name for a field', { constructor: 1 }, ''],
  ];
  for (const [what, changes, field] of wrong) {
    it(`finds ${what}`, () => {
      if (field === '') assert.deepEqual(check(changes).unknownFields, ['constructor']);
      else assert.ok(fieldsOf(changes).includes(field));
    });
  }
});
