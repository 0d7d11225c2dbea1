import assert from 'node:assert/strict';
import { createTokenReviewer, type TokenReviewStatus } from '../../../src/identity/review-token.ts';

const account = (username: string): TokenReviewStatus => ({ authenticated: true, user: { username } });

describe('createTokenReviewer', () => {
  it('names the tenant by the prefix of the namespace', async () => {
    const review = createTokenReviewer(async () => account('system:serviceaccount:demo01-web:bot'));
    assert.deepEqual(await review('t'), {
      role: 'tenant',
      tenantId: 'demo01',
      user: 'system:serviceaccount:web:bot',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:web'],
    });
  });

  for (const username of [
    'system:node:a',
    'admin',
    'system:serviceaccount:default:x',
    'system:serviceaccount:demo01-:x',
    'system:serviceaccount:demo01-a:b:c',
    '',
  ]) {
    it(`takes ${username || 'a nameless user'} for nobody's`, async () => {
      assert.equal(await createTokenReviewer(async () => account(username))('t'), undefined);
    });
  }

  it('needs the review to agree, not only to answer', async () => {
    const review = createTokenReviewer(async () => ({ user: { username: 'system:serviceaccount:demo01-web:bot' } }));
    assert.equal(await review('t'), undefined);
  });

  it('asks once for one token, until the answer is old', async () => {
    let asked = 0;
    let now = 0;
    const review = createTokenReviewer(
      async () => {
        asked++;
        return account('system:serviceaccount:demo01-web:bot');
      },
      () => now,
    );
    await Promise.all([review('a'), review('a')]);
    assert.equal(asked, 1);
    await review('b');
    assert.equal(asked, 2);
    now = 60_000;
    await review('a');
    assert.equal(asked, 3);
  });

  it('does not keep a failure', async () => {
    let asked = 0;
    const review = createTokenReviewer(async () => {
      if (++asked === 1) throw new Error('upstream is down');
      return account('system:serviceaccount:demo01-web:bot');
    });
    await assert.rejects(review('t'), /down/);
    assert.equal((await review('t'))?.tenantId, 'demo01');
  });
});
