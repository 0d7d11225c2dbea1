import assert from 'node:assert/strict';
import { array, assert as check, constantFrom, property } from 'fast-check';
import { EMPTY, keyOfTenant, tenantOfKey, VACATED } from '../../../src/limits/tenant-key.ts';

const ids = array(constantFrom(...'-0123456789abcdefghijklmnopqrstuvwxyz'), { minLength: 6, maxLength: 6 }).map((characters) =>
  characters.join(''),
);

describe('the key of a tenant', () => {
  it('is one word, and stands for that tenant alone', () => {
    check(
      property(ids, (tenantId) => {
        const key = keyOfTenant(tenantId);
        assert.equal(key, key | 0);
        assert.ok(key !== EMPTY && key !== VACATED);
        assert.equal(tenantOfKey(key), tenantId);
      }),
    );
    for (const tenantId of ['------', 'zzzzzz', '000000']) assert.equal(tenantOfKey(keyOfTenant(tenantId)), tenantId);
  });

  it('is not made of anything else', () => {
    for (const text of ['', 'demo1', 'demo001', 'Demo01', 'demo 1', 'demö01']) assert.throws(() => keyOfTenant(text), RangeError);
  });
});
