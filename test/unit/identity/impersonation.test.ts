import assert from 'node:assert/strict';
import { impersonationOf } from '../../../src/identity/impersonation.ts';
import { isHeaderSafe } from '../../../src/names/certified-name.ts';

describe('impersonationOf', () => {
  it('puts every name under the tenant, beside what the cluster grants to everybody', () => {
    assert.deepEqual(impersonationOf({ role: 'tenant', tenantId: 'demo01', user: 'jane', groups: ['dev'] }), {
      user: 'kubezoo:demo01:jane',
      groups: ['kubezoo:demo01:dev', 'kubezoo:demo01:system:authenticated', 'system:authenticated'],
    });
  });
});

describe('isHeaderSafe', () => {
  it('refuses what a header would change or end at', () => {
    for (const name of ['', ' a', 'a ', 'a\r\nImpersonate-Group: system:masters', 'ä', 'a\0'])
      assert.equal(isHeaderSafe(name), false, name);
    for (const name of ['a', 'jane doe', 'jane@example.com', 'x,y']) assert.equal(isHeaderSafe(name), true, name);
  });
});
