import assert from 'node:assert/strict';
import { oidcSchema } from '../../../src/config/settings/oidc.ts';
import { identityOfClaims } from '../../../src/identity/oidc-identity.ts';

const ISSUER = 'https://issuer.example.com';
const config = (more: object = {}) => oidcSchema.parse({ issuer: ISSUER, audiences: ['a'], jwksUri: `${ISSUER}/keys`, ...more });
const CLAIMS = { iss: ISSUER, iat: 1000, kubezoo_tenant: 'demo01', sub: 'alice', email: 'alice@example.com', groups: ['dev', 'ops'] };

describe('identityOfClaims', () => {
  it('puts prefixes before names, and tells when the token was made at the latest', () => {
    assert.deepEqual(identityOfClaims(CLAIMS, config()), {
      identity: { role: 'tenant', tenantId: 'demo01', user: 'oidc:alice', groups: ['oidc:dev', 'oidc:ops'] },
      issuedAtMs: 1_000_000,
      issuedBeforeMs: 1_060_000,
    });
  });
  it('reads the claims that it is told to', () => {
    const oidc = config({ tenantClaim: 'team', usernameClaim: 'email', groupsClaim: 'roles', usernamePrefix: '', groupsPrefix: 'r:' });
    const found = identityOfClaims({ ...CLAIMS, team: 'demo02', roles: 'one' }, oidc);
    assert.deepEqual(found?.identity, { role: 'tenant', tenantId: 'demo02', user: 'alice@example.com', groups: ['r:one'] });
  });
  it('takes no address that its owner has not confirmed', () => {
    const oidc = config({ usernameClaim: 'email' });
    assert.ok(identityOfClaims({ ...CLAIMS, email_verified: true }, oidc));
    for (const isVerified of [false, 'true', null])
      assert.equal(identityOfClaims({ ...CLAIMS, email_verified: isVerified }, oidc), undefined);
    assert.ok(identityOfClaims({ ...CLAIMS, email_verified: false }, config()));
  });
  it('gives nobody a name that only Kubernetes gives', () => {
    const bare = config({ usernamePrefix: '', groupsPrefix: '' });
    assert.ok(identityOfClaims(CLAIMS, bare));
    for (const claims of [{ sub: 'system:admin' }, { sub: 'system:serviceaccount:kube-system:x' }, { groups: ['dev', 'system:masters'] }])
      assert.equal(identityOfClaims({ ...CLAIMS, ...claims }, bare), undefined);
  });
  it('takes no claims of another issuer', () => {
    assert.equal(identityOfClaims({ ...CLAIMS, iss: `${ISSUER}/` }, config()), undefined);
  });
  it('takes no claim of a wrong type', () => {
    const wrong: readonly object[] = [
      { kubezoo_tenant: undefined },
      { kubezoo_tenant: null },
      { kubezoo_tenant: 'DEMO01' },
      { sub: ['alice'] },
      { sub: 'alice ' },
      { groups: null },
      { groups: [''] },
      { groups: [['dev']] },
      { groups: Array.from({ length: 201 }, (_, index) => `g${index}`) },
      { iat: '1000' },
      { iat: undefined },
    ];
    for (const claims of wrong) assert.equal(identityOfClaims({ ...CLAIMS, ...claims }, config()), undefined, JSON.stringify(claims));
  });
});

describe('the oidc block', () => {
  const wrong: Readonly<Record<string, object>> = {
    'no keys': { issuer: ISSUER, audiences: ['a'] },
    'keys from two places': { issuer: ISSUER, audiences: ['a'], jwksUri: `${ISSUER}/keys`, jwksFile: 'keys.json' },
    'keys in the clear': { issuer: ISSUER, audiences: ['a'], jwksUri: 'http://issuer.example.com/keys' },
    'keys in the clear from what only begins as loopback': {
      issuer: ISSUER,
      audiences: ['a'],
      jwksUri: 'http://127.0.0.1.example.com/keys',
    },
    'no audience': { issuer: ISSUER, audiences: [], jwksFile: 'keys.json' },
    'a word that it does not know': { issuer: ISSUER, audiences: ['a'], jwksFile: 'keys.json', userClaim: 'sub' },
  };
  for (const [title, block] of Object.entries(wrong))
    it(`is refused with ${title}`, () => assert.equal(oidcSchema.safeParse(block).success, false));
  it('may have keys in the clear on this machine', () => {
    assert.ok(oidcSchema.safeParse({ issuer: ISSUER, audiences: ['a'], jwksUri: 'http://127.0.0.1:8080/keys' }).success);
  });
});
