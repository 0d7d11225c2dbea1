import assert from 'node:assert/strict';
import { InflightLimiter } from '../../../src/limits/inflight.ts';
import { DEFAULT_MAX_INFLIGHT, maxInflightOf } from '../../../src/limits/limits-of-tenant.ts';
import type { Tenant } from '../../../src/tenants/tenant.ts';

describe('InflightLimiter', () => {
  it('gives out as many tokens as the limit says, to each tenant', () => {
    const limiter = new InflightLimiter();
    const first = limiter.acquire('demo01', 2);
    assert.ok(first && limiter.acquire('demo01', 2));
    assert.equal(limiter.acquire('demo01', 2), undefined);
    assert.ok(limiter.acquire('demo02', 2));
    first();
    assert.ok(limiter.acquire('demo01', 2));
  });

  it('takes a token back once', () => {
    const limiter = new InflightLimiter();
    const release = limiter.acquire('demo01', 5)!;
    limiter.acquire('demo01', 5);
    release();
    release();
    assert.equal(limiter.count('demo01'), 1);
  });

  it('forgets tenants without requests', () => {
    const limiter = new InflightLimiter();
    limiter.acquire('demo01', 5)!();
    assert.equal(limiter.counts().size, 0);
  });

  it('follows a limit that was lowered', () => {
    const limiter = new InflightLimiter();
    limiter.acquire('demo01', 5);
    assert.equal(limiter.acquire('demo01', 1), undefined);
  });
});

describe('maxInflightOf', () => {
  const tenant = (value?: string) =>
    ({ metadata: { name: 'demo01', ...(value && { annotations: { 'tce.kubezoo/max-requests-inflight': value } }) } }) as Tenant;
  it('reads the annotation', () => assert.equal(maxInflightOf(tenant('7')), 7));
  it('has a default', () => assert.equal(maxInflightOf(tenant()), DEFAULT_MAX_INFLIGHT));
  it('does not take nonsense for a limit', () => {
    for (const value of ['0', '-1', '1.5', 'x', '99999999']) assert.equal(maxInflightOf(tenant(value)), DEFAULT_MAX_INFLIGHT, value);
  });
});
