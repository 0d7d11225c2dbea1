import assert from 'node:assert/strict';
import { KubeError } from '../../../src/errors.ts';
import { type Credentials, type IdentifyDeps, identify } from '../../../src/identity/identify.ts';
import type { Tenant } from '../../../src/tenants/tenant.ts';

const NOW = Date.UTC(2026, 5, 1);
const REVOKED_AT = new Date(NOW).toISOString();
const demo = {
  metadata: { name: 'demo01', uid: 'uid-2' },
  spec: { revocations: [{ user: 'jill', before: REVOKED_AT }, { certificate: numbered(-5000, 'x') }] },
} as Tenant;
const deps: IdentifyDeps = {
  operatorGroup: 'kubezoo:operators',
  tenantOf: (id) => (id === 'demo01' ? demo : undefined),
  reviewToken: async (token) =>
    token === 'good'
      ? { role: 'tenant', tenantId: 'demo01', user: 'system:serviceaccount:ns:sa', groups: [] }
      : token === 'gone'
        ? { role: 'tenant', tenantId: 'gone01', user: 'system:serviceaccount:ns:sa', groups: [] }
        : undefined,
  now: () => NOW + 1000,
};
/** Number of a certificate that was made that many milliseconds after NOW, for an hour. */
function numbered(offset: number, random = 'y'): string {
  return `${(NOW + offset).toString(36)}-${(3600).toString(36)}-${random.repeat(10)}`;
}
const of = (user: string, number: string) => certificate(`CN=demo01:${user},serialNumber=uid-2/${number},OU=demo01`);
const certificate = (subject: string): Credentials => ({ mtls: true, subject, authorization: [] });
const header = (...authorization: string[]): Credentials => ({ mtls: false, subject: '', authorization });

describe('identify', () => {
  it('takes the id off a tenant certificate', async () => {
    const { identity, tenant } = await identify(certificate('CN=demo01:jane,OU=demo01,O=demo01:dev,O=demo01:tenant-admins'), deps);
    assert.equal(tenant, demo);
    assert.equal(identity.role, 'tenant');
    assert.equal(identity.user, 'jane');
    assert.deepEqual([...identity.groups].sort(), ['dev', 'tenant-admins']);
  });

  it('takes the certificate of the tenant that has the id now', async () => {
    assert.equal((await identify(certificate('CN=demo01:jane,serialNumber=uid-2,OU=demo01'), deps)).tenant, demo);
  });

  it('takes what is made at the time of a revocation, or is another’s, or another certificate', async () => {
    for (const credentials of [of('jill', numbered(0)), of('jane', numbered(-1)), of('jane', numbered(-5000))]) {
      assert.equal((await identify(credentials, deps)).tenant, demo);
    }
  });

  it('knows which certificate it was, whoever it names', async () => {
    const { credential } = await identify(of('jane', numbered(-1)), deps);
    assert.deepEqual(credential, { user: 'jane', number: numbered(-1), issuedAt: NOW - 1 });
  });

  it('knows the operator by its group', async () => {
    const { identity } = await identify(certificate('CN=operator,O=kubezoo:operators'), deps);
    assert.deepEqual(identity, { role: 'operator', user: 'operator', groups: ['kubezoo:operators'] });
  });

  it('knows a ServiceAccount by its token', async () => {
    const { identity } = await identify(header('Bearer good'), deps);
    assert.equal(identity.user, 'system:serviceaccount:ns:sa');
  });

  const refused: [string, Credentials][] = [
    ['no credential', header()],
    ['an empty token', header('Bearer ')],
    ['a blank token', header('Bearer   ')],
    ['two Authorization headers', header('Bearer good', 'Bearer good')],
    ['basic authentication', header('Basic Zm9vOmJhcg==')],
    ['a token that upstream does not know', header('Bearer bad')],
    ['a token of a tenant that is gone', header('Bearer gone')],
    ['a subject without a certificate', { mtls: false, subject: 'CN=demo01:jane,OU=demo01', authorization: [] }],
    ['a certificate without a subject', certificate('')],
    ['a certificate without OU', certificate('CN=demo01:jane')],
    ['OU of another tenant than CN', certificate('CN=demo01:jane,OU=demo02')],
    ['a group of another tenant', certificate('CN=demo01:jane,OU=demo01,O=demo02:tenant-admins')],
    ['a group without tenant', certificate('CN=demo01:jane,OU=demo01,O=system:masters')],
    ['two OUs', certificate('CN=demo01:jane,OU=demo01,OU=demo02')],
    ['an OU of five characters', certificate('CN=demo1:jane,OU=demo1')],
    ['an empty user', certificate('CN=demo01:,OU=demo01')],
    ['a CN that begins alike', certificate('CN=demo01jane,OU=demo01')],
    ['a user named as Kubernetes names its own', certificate('CN=demo01:system:serviceaccount:kube-system:x,OU=demo01')],
    ['a user that cannot stand in a header', certificate('CN=demo01:j\\C3\\A4ne,OU=demo01')],
    ['an unknown tenant', certificate('CN=nobody:jane,OU=nobody')],
    ['the certificate of a tenant that had the id before', certificate('CN=demo01:jane,serialNumber=uid-1,OU=demo01')],
    ['a revoked user’s certificate of before', of('jill', numbered(-1))],
    ['a revoked user’s certificate without a number', certificate('CN=demo01:jill,serialNumber=uid-2,OU=demo01')],
    ['a revoked user’s certificate that was signed by hand', certificate('CN=demo01:jill,OU=demo01')],
    ['a revoked certificate', of('jane', numbered(-5000, 'x'))],
    ['a certificate that has come to its end, on a connection that has not', of('jane', numbered(-3_600_000))],
    ['a number that is none', certificate('CN=demo01:jane,serialNumber=uid-2/x,OU=demo01')],
    ['two serial numbers', certificate('CN=demo01:jane,serialNumber=uid-2,serialNumber=uid-2,OU=demo01')],
    ['the operator group beside an OU', certificate('CN=operator,O=kubezoo:operators,OU=demo01')],
    ['a subject that cannot be read', certificate('CN="')],
  ];
  for (const [what, credentials] of refused) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(
        async () => identify(credentials, deps),
        (error: unknown) => error instanceof KubeError && error.code === 401,
      );
    });
  }
});
