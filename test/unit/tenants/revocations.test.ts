import assert from 'node:assert/strict';
import { lifeOfNumber, newCertificateNumber } from '../../../src/certs/certificate-number.ts';
import { type Credential, isRevoked, issueTimeFor, withRevocation } from '../../../src/tenants/revocations.ts';
import type { Revocation } from '../../../src/tenants/tenant.ts';

const T = Date.UTC(2026, 0, 1);
const at = (offset: number) => new Date(T + offset).toISOString();
const of = (...revocations: Revocation[]) => ({ spec: { revocations } });
const jane = (offset: number, number = 'x'): Credential => ({ user: 'jane', number, issuedAt: T + offset });

describe('isRevoked', () => {
  it('finds nothing where nothing is revoked', () => {
    assert.equal(isRevoked({ spec: {} }, jane(0)), false);
    assert.equal(isRevoked(undefined, jane(0)), false);
    assert.equal(isRevoked(of(), jane(0)), false);
  });

  it('takes what was made before the time, to the millisecond, and nothing made at it', () => {
    const tenant = of({ before: at(0) });
    assert.equal(isRevoked(tenant, jane(-1)), true);
    assert.equal(isRevoked(tenant, jane(0)), false);
    assert.equal(isRevoked(tenant, { user: 'admin', issuedAt: 0 }), true);
  });

  it('takes one user’s, whatever the others have', () => {
    const tenant = of({ user: 'jane', before: at(0) });
    assert.equal(isRevoked(tenant, jane(-1)), true);
    assert.equal(isRevoked(tenant, { ...jane(-1), user: 'jan' }), false);
  });

  it('takes one certificate, and not one without a number', () => {
    const tenant = of({ certificate: 'x' });
    assert.equal(isRevoked(tenant, jane(9)), true);
    assert.equal(isRevoked(tenant, jane(9, 'y')), false);
    assert.equal(isRevoked(tenant, { user: 'jane', issuedAt: 0 }), false);
  });

  it('revokes at a time that it cannot read', () => {
    assert.equal(isRevoked(of({ before: 'yesterday' }), jane(0)), true);
  });
});

describe('issueTimeFor', () => {
  it('is now, or what was revoked a moment later by another clock', () => {
    assert.equal(issueTimeFor({ spec: {} }, 'jane', T), T);
    assert.equal(issueTimeFor(of({ before: at(-5) }), 'jane', T), T);
    assert.equal(issueTimeFor(of({ before: at(900) }, { user: 'jan', before: at(5_000) }), 'jane', T), T + 900);
  });

  it('is none where the user is locked out for longer', () => {
    const tenant = of({ user: 'jane', before: at(3_600_000) });
    assert.equal(issueTimeFor(tenant, 'jane', T), undefined);
    assert.equal(issueTimeFor(tenant, 'admin', T), T);
  });
});

describe('withRevocation', () => {
  const early = newCertificateNumber({ issuedAt: T - 10, expiresAt: T + 9_000 });
  const late = newCertificateNumber({ issuedAt: T + 10, expiresAt: T + 9_000 });
  const add = (list: Revocation[], entry: Revocation) => withRevocation(list, entry, lifeOfNumber, T);

  it('takes out what the new one covers', () => {
    const list = [{ user: 'jane', before: at(-5) }, { certificate: early }, { certificate: late }, { user: 'jan', before: at(5) }];
    assert.deepEqual(add(list, { before: at(0) }), [{ certificate: late }, { user: 'jan', before: at(5) }, { before: at(0) }]);
    assert.deepEqual(add([{ user: 'jane', before: at(-5) }], { user: 'jane', before: at(0) }), [{ user: 'jane', before: at(0) }]);
  });

  it('adds nothing that is covered already, and nothing twice', () => {
    assert.deepEqual(add([{ before: at(0) }], { certificate: early }), [{ before: at(0) }]);
    assert.deepEqual(add([{ certificate: late }], { certificate: late }), [{ certificate: late }]);
  });

  it('forgets certificates that have come to their end', () => {
    const added = { user: 'jan', before: at(0) };
    const later = (offset: number) => withRevocation([{ certificate: early }], added, lifeOfNumber, T + offset);
    assert.deepEqual(later(10_000), [{ certificate: early }, added]);
    assert.deepEqual(later(100_000), [added]);
  });

  it('keeps what stands for itself', () => {
    const list = [{ user: 'jane', before: at(0) }];
    assert.deepEqual(add(list, { user: 'jan', before: at(9) }), [...list, { user: 'jan', before: at(9) }]);
    assert.deepEqual(add(list, { certificate: early }), [...list, { certificate: early }]);
    assert.deepEqual(add([{ certificate: early, user: 'jane' }], { certificate: late }), [
      { certificate: early, user: 'jane' },
      { certificate: late },
    ]);
  });
});
