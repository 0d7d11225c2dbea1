import assert from 'node:assert/strict';
import { OpenExchanges } from '../../../src/gateway/open-exchanges.ts';
import type { Tenant } from '../../../src/tenants/tenant.ts';

describe('OpenExchanges', () => {
  const setUp = () => {
    const open = new OpenExchanges();
    const cut: string[] = [];
    const add = (title: string, tenantId: string, uid: string) => {
      const forget = open.add(tenantId, uid, () => {
        cut.push(title);
        forget();
      });
      return forget;
    };
    return { open, cut, add };
  };

  it('cuts all of a tenant that is gone, and nobody else’s', () => {
    const { open, cut, add } = setUp();
    add('one', 'demo01', 'a');
    add('two', 'demo01', 'a');
    add('other', 'demo02', 'b');
    open.keepOnly('demo01', undefined);
    assert.deepEqual(cut, ['one', 'two']);
    open.keepOnly('demo01', undefined);
    assert.equal(cut.length, 2);
  });

  it('cuts what was let in for an earlier tenant of the id, and leaves what is the present one’s', () => {
    const { open, cut, add } = setUp();
    add('old', 'demo01', 'a');
    add('new', 'demo01', 'c');
    open.keepOnly('demo01', 'c');
    assert.deepEqual(cut, ['old']);
  });

  it('forgets what has ended', () => {
    const { open, cut, add } = setUp();
    add('ended', 'demo01', 'a')();
    add('open', 'demo01', 'a');
    open.keepOnly('demo01', undefined);
    assert.deepEqual(cut, ['open']);
  });

  it('cuts what was let in with a credential that is worth nothing any more, and nothing that came with a token', () => {
    const open = new OpenExchanges();
    const cut: string[] = [];
    const add = (title: string, tenantId: string, user?: string) =>
      open.add(
        tenantId,
        'a',
        () => cut.push(title),
        ({ spec }) => spec.revocations?.some((revocation) => revocation.user === user) === true,
      );
    add('revoked', 'demo01', 'jane');
    add('kept', 'demo01', 'joan');
    add('token', 'demo01');
    add('other', 'demo02', 'jane');
    open.cutRefused('demo01', { spec: { revocations: [{ user: 'jane' }] } } as Tenant);
    assert.deepEqual(cut, ['revoked']);
  });
});
