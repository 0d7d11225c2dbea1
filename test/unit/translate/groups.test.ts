import assert from 'node:assert/strict';
import {
  isBuiltInGroup,
  isTenantGroup,
  toTenantApiVersion,
  toTenantGroup,
  toUpstreamApiVersion,
  toUpstreamGroup,
} from '../../../src/translate/groups.ts';

const context = {
  tenantId: 'demo01',
  shared: { isSharedGroup: (group: string) => group === 'gateway.networking.k8s.io', isSharedObject: () => false },
};

describe('API groups on both sides', () => {
  for (const [tenantGroup, upstreamGroup] of [
    ['acme.io', 'demo01-acme.io'],
    ['apps', 'apps'],
    ['', ''],
    ['*', '*'],
    ['snapshot.storage.k8s.io', 'demo01-snapshot.storage.k8s.io'],
    ['gateway.networking.k8s.io', 'gateway.networking.k8s.io'],
    ['demo01-acme.io', 'demo01-demo01-acme.io'],
  ] as const) {
    it(`${JSON.stringify(tenantGroup)} is ${JSON.stringify(upstreamGroup)} upstream`, () => {
      assert.equal(toUpstreamGroup(tenantGroup, context), upstreamGroup);
      assert.equal(toTenantGroup(upstreamGroup, context), tenantGroup);
    });
  }

  it('an apiVersion changes its group only', () => {
    assert.equal(toUpstreamApiVersion('acme.io/v1', context), 'demo01-acme.io/v1');
    assert.equal(toTenantApiVersion('demo01-acme.io/v1', context), 'acme.io/v1');
    assert.equal(toUpstreamApiVersion('v1', context), 'v1');
    assert.equal(toTenantApiVersion('demo02-acme.io/v1', context), 'demo02-acme.io/v1');
  });

  it('what is built in or shared is not the tenant’s', () => {
    assert.equal(isBuiltInGroup('metrics.k8s.io'), true);
    assert.equal(isTenantGroup('apps', context), false);
    assert.equal(isTenantGroup('gateway.networking.k8s.io', context), false);
    assert.equal(isTenantGroup('acme.io', context), true);
  });
});
