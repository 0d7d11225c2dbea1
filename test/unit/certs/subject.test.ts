import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { createAuthority } from '../../../src/certs/authority.ts';
import { buildCertificate, generateKey } from '../../../src/certs/build-certificate.ts';
import { issueCertificate } from '../../../src/certs/issue-certificate.ts';
import { parseSubject } from '../../../src/certs/subject.ts';
import { distinguishedName } from '../../../src/certs/x509-encoding.ts';

const NASTY = [
  'a,b',
  'a+b',
  'a"b"',
  'a\\b',
  'a;b',
  '<a>',
  '#a',
  'a=b',
  'CN=x,O=system:masters',
  "it's",
  'a  b',
  'x,O=y',
  '\\,',
  '\\2C',
  'a#b',
  ',',
  '"',
];

/** The subject as OpenSSL writes it, which is as Envoy does. */
function opensslSubject(certificatePem: string): string {
  const text = execFileSync('openssl', ['x509', '-noout', '-subject', '-nameopt', 'RFC2253'], { input: certificatePem, encoding: 'utf8' });
  return text.replace(/^subject=\s*/, '').replace(/\n$/, '');
}

describe('parseSubject', () => {
  it('reads the form that Envoy sends, organizations in the order of the certificate', () => {
    assert.deepEqual(parseSubject('CN=alice@example.com,OU=ou2,OU=ou1,O=tenant:team\\, a,O=system:masters'), {
      commonName: 'alice@example.com',
      organizations: ['system:masters', 'tenant:team, a'],
      organizationalUnits: ['ou1', 'ou2'],
    });
  });

  it('undoes every form of escape', () => {
    assert.equal(parseSubject('CN=a\\2Cb').commonName, 'a,b');
    assert.equal(parseSubject('CN=caf\\C3\\A9').commonName, 'café');
    assert.equal(parseSubject('CN="a,b\\"c"').commonName, 'a,b"c');
    assert.equal(parseSubject('CN=\\#a\\ ').commonName, '#a ');
    assert.equal(parseSubject('CN=\\ a\\\\').commonName, ' a\\');
    assert.equal(parseSubject('CN=é').commonName, 'é');
  });

  it('sees the deciding attributes under each of their names', () => {
    assert.deepEqual(parseSubject('cn=a,2.5.4.11=demo01,organizationName=g'), {
      commonName: 'a',
      organizations: ['g'],
      organizationalUnits: ['demo01'],
    });
    assert.deepEqual(parseSubject('CN=a+OU=demo01').organizationalUnits, ['demo01']);
    assert.deepEqual(parseSubject('emailAddress=a@b,1.2.3.4=#0c0141,CN=a').commonName, 'a');
  });

  const malformed = [
    '', 'CN', 'CN=', '=a', 'CN=a,', 'CN=a+', ',CN=a', 'CN=a,,O=b', 'CN=a\\', 'CN=a\\z', 'CN=a\\2', 'CN="a', 'CN="a"b', 'CN=a"b', 'CN=a;O=b',
    'CN=<a', 'CN=#zz', 'CN=#', 'CN=#0c0141', 'CN=#0c0141x', 'CN= a', 'CN=a ', 'CN=a, O=b', 'CN =a', 'CN=\\FF', 'CN=\\C3', 'CN=a\\00', 'CN=a\nb', 'CN=a\\0A',
    'O=a', 'CN=a,CN=b', 'CN=a,cn=b', 'CN=a,2.5.4.3=b', 'OU=#0c0141,CN=a',
  ]; // biome-ignore format: a list of cases
  for (const text of malformed) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseSubject(text), Error);
    });
  }

  it('reads back what OpenSSL makes of nasty names in a certificate', async () => {
    const authority = await createAuthority({ commonName: 'test-ca' });
    for (const name of NASTY) {
      const { certificatePem } = await issueCertificate(authority, {
        commonName: name,
        organizations: [name, `demo01:${name}`],
        organizationalUnit: name,
        client: true,
        days: 1,
      });
      const text = opensslSubject(certificatePem);
      assert.deepEqual(
        parseSubject(text),
        { commonName: name, organizations: [name, `demo01:${name}`], organizationalUnits: [name] },
        text,
      );
    }
  });

  it('reads back what OpenSSL makes of names that this project would not issue', async () => {
    const key = await generateKey();
    for (const name of ['Zoë Ümlaut', '名前', ' spaces at both ends ', 'emoji 🐙', ' ']) {
      const subject = distinguishedName([
        { oid: '2.5.4.10', value: name },
        { oid: '2.5.4.3', value: name },
      ]);
      const { privateKey, publicKey } = key;
      const pem = buildCertificate({ issuer: subject, issuerKey: privateKey, subject, publicKey, days: 1, extensions: [] });
      const text = opensslSubject(pem);
      assert.deepEqual(parseSubject(text), { commonName: name, organizations: [name], organizationalUnits: [] }, text);
    }
  });

  it('never invents a subject: a name escaped by RFC 4514 is read back as it was', () => {
    const characters = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((text) => !/\p{Cc}/u.test(text) && text.isWellFormed());
    fc.assert(
      fc.property(characters, fc.array(characters, { maxLength: 3 }), (commonName, organizations) => {
        const text = [`CN=${escapeValue(commonName)}`, ...organizations.map((value) => `O=${escapeValue(value)}`).reverse()].join(',');
        assert.deepEqual(parseSubject(text), { commonName, organizations, organizationalUnits: [] });
      }),
    );
  });
});

function escapeValue(value: string): string {
  return value
    .replace(/[,+"\\<>;]/g, '\\$&')
    .replace(/^[ #]/, '\\$&')
    .replace(/ $/, (space, at: number, all) => (all.endsWith('\\ ') && at === 1 ? space : '\\ '));
}
