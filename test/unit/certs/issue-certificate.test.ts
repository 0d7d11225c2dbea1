import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPrivateKey, randomUUID, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { type Authority, createAuthority } from '../../../src/certs/authority.ts';
import { newCertificateNumber, parseSerialNumber, serialNumberOf } from '../../../src/certs/certificate-number.ts';
import { issueCertificate } from '../../../src/certs/issue-certificate.ts';
import { parseSubject } from '../../../src/certs/subject.ts';
import { issueTenantCertificate, tenantAdmin, tenantSubject } from '../../../src/certs/tenant-certificate.ts';

describe('issueCertificate', () => {
  let authority: Authority;
  let folder: string;
  before(async () => {
    authority = await createAuthority({ commonName: 'test-ca' });
    folder = mkdtempSync(join(tmpdir(), 'kubezoo-certs-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  function opensslVerify(ca: Authority, certificatePem: string, purpose: string): string {
    writeFileSync(join(folder, 'ca.pem'), ca.certificatePem);
    writeFileSync(join(folder, 'leaf.pem'), certificatePem);
    const flags = ['verify', '-x509_strict', '-purpose', purpose, '-CAfile', join(folder, 'ca.pem'), join(folder, 'leaf.pem')];
    return execFileSync('openssl', flags, { encoding: 'utf8', stdio: 'pipe' });
  }

  it('makes certificates that OpenSSL accepts by its strictest rules, for their purpose only', async () => {
    const client = await issueCertificate(authority, { commonName: 'c', client: true, days: 1 });
    const server = await issueCertificate(authority, { commonName: 's', dnsNames: ['localhost'], server: true, days: 1 });
    assert.match(opensslVerify(authority, client.certificatePem, 'sslclient'), /OK/);
    assert.match(opensslVerify(authority, server.certificatePem, 'sslserver'), /OK/);
    assert.throws(() => opensslVerify(authority, client.certificatePem, 'sslserver'));
    assert.throws(() => opensslVerify(authority, server.certificatePem, 'sslclient'));
    const other = await createAuthority({ commonName: 'test-ca' });
    assert.throws(() => opensslVerify(other, client.certificatePem, 'sslclient'));
  });

  it('signs with a CA that others made: RSA, with a subject and key id of its own', async () => {
    const [key, ca] = [join(folder, 'rsa.key'), join(folder, 'rsa.pem')];
    const subject = '/C=DE/O=Ümlaut, Inc./CN=platform ca';
    const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-utf8', '-subj', subject, '-days', '2', '-keyout', key, '-out', ca];
    execFileSync(
      'openssl',
      [
        ...args,
        '-addext',
        'subjectKeyIdentifier=0102030405',
        '-addext',
        'authorityKeyIdentifier=none',
        '-addext',
        'keyUsage=critical,keyCertSign',
      ],
      {
        stdio: 'pipe',
      },
    );
    const rsa = {
      certificatePem: execFileSync('cat', [ca], { encoding: 'utf8' }),
      keyPem: execFileSync('cat', [key], { encoding: 'utf8' }),
    };
    const leaf = await issueCertificate(rsa, { commonName: 'c', client: true, days: 365 });
    assert.match(opensslVerify(rsa, leaf.certificatePem, 'sslclient'), /OK/);
    const caEnd = new X509Certificate(rsa.certificatePem).validToDate;
    assert.equal(new X509Certificate(leaf.certificatePem).validToDate.getTime(), caEnd.getTime(), 'a leaf does not outlive its CA');
  });

  it('carries names, addresses, a positive serial of 16 bytes and a start in the past', async () => {
    const request = { commonName: 's', dnsNames: ['localhost', 'kubernetes.default.svc'], server: true, days: 30 };
    const addresses = ['127.0.0.1', '::1', '2001:db8::7', '::ffff:10.0.0.1'];
    const { certificatePem, keyPem } = await issueCertificate(authority, { ...request, ipAddresses: addresses });
    const certificate = new X509Certificate(certificatePem);
    for (const name of request.dnsNames) assert.equal(certificate.checkHost(name), name);
    assert.equal(certificate.checkHost('elsewhere'), undefined);
    for (const address of addresses) assert.ok(certificate.checkIP(address), address);
    assert.equal(certificate.checkIP('127.0.0.2'), undefined);
    assert.match(certificate.serialNumber, /^[4-7][0-9A-F]{31}$/);
    const age = Date.now() - certificate.validFromDate.getTime();
    assert.ok(age > 60_000 && age < 3_600_000);
    assert.ok(Math.abs(certificate.validToDate.getTime() - Date.now() - 30 * 86_400_000) < 60_000);
    assert.ok(certificate.checkPrivateKey(createPrivateKey(keyPem)));
    const again = await issueCertificate(authority, request);
    assert.notEqual(new X509Certificate(again.certificatePem).serialNumber, certificate.serialNumber);
  });

  it('refuses names that cannot stand in a header, addresses that are none, and no purpose', async () => {
    for (const name of ['', ' a', 'a ', 'a\nb', 'a\0', 'Zoë', 'a\tb', 'x'.repeat(254)]) {
      await assert.rejects(issueCertificate(authority, { commonName: name, client: true, days: 1 }), /name/, JSON.stringify(name));
      await assert.rejects(issueCertificate(authority, { commonName: 'a', organizations: [name], client: true, days: 1 }), /name/);
    }
    await assert.rejects(issueCertificate(authority, { commonName: 'a', ipAddresses: ['localhost'], server: true, days: 1 }), /not an IP/);
    await assert.rejects(issueCertificate(authority, { commonName: 'a', days: 1 }), /server or a client/);
  });

  it('refuses a CA that is none, and a key that is another one', async () => {
    const leaf = await issueCertificate(authority, { commonName: 'a', client: true, days: 1 });
    const other = await createAuthority({ commonName: 'test-ca' });
    await assert.rejects(issueCertificate(leaf, { commonName: 'b', client: true, days: 1 }), /not a CA/);
    await assert.rejects(
      issueCertificate({ ...authority, keyPem: other.keyPem }, { commonName: 'b', client: true, days: 1 }),
      /belong together/,
    );
  });

  it('is accepted in a TLS handshake of both sides, and the server sees who the client is', async () => {
    const server = await issueCertificate(authority, { commonName: 's', ipAddresses: ['127.0.0.1'], server: true, days: 1 });
    const client = await issueTenantCertificate(authority, tenantAdmin('demo01'));
    const ca = authority.certificatePem;
    const listener = tls.createServer({ ca, cert: server.certificatePem, key: server.keyPem, requestCert: true }, (socket) => {
      const { subject } = socket.getPeerCertificate();
      socket.end(JSON.stringify({ authorized: socket.authorized, subject }));
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as { port: number };
    const socket = tls.connect({ host: '127.0.0.1', port, ca, cert: client.certificatePem, key: client.keyPem });
    const seen = JSON.parse(Buffer.concat(await socket.toArray()).toString()) as unknown;
    listener.close();
    assert.deepEqual(seen, { authorized: true, subject: { O: 'demo01:tenant-admins', OU: 'demo01', CN: 'demo01:admin' } });
  });
});

describe('tenantSubject', () => {
  it('puts the tenant before every name', async () => {
    const authority = await createAuthority({ commonName: 'test-ca' });
    const { certificatePem } = await issueTenantCertificate(authority, {
      tenantId: 'demo01',
      user: 'oidc:jane',
      groups: ['masters', 'b'],
    });
    const subject = new X509Certificate(certificatePem).subject.split('\n').reverse().join(',');
    assert.deepEqual(parseSubject(subject), {
      commonName: 'demo01:oidc:jane',
      organizations: ['demo01:masters', 'demo01:b'],
      organizationalUnits: ['demo01'],
    });
  });

  it('says which certificate of which tenant it is, in no more than 64 characters', async () => {
    const authority = await createAuthority({ commonName: 'test-ca' });
    const tenantUid = randomUUID();
    const user = { ...tenantAdmin('demo01'), tenantUid };
    const issuedAt = Date.now();
    const { certificatePem, number, notAfter } = await issueTenantCertificate(authority, user, { issuedAt, validityMs: 90_000 });
    const serial = /^serialNumber=(.*)$/m.exec(new X509Certificate(certificatePem).subject)?.[1] ?? '';
    const { expiresAt, ...parsed } = parseSerialNumber(serial)!;
    assert.deepEqual(parsed, { tenantUid, number, issuedAt });
    assert.ok(Math.abs(expiresAt - notAfter.getTime()) <= 2000, serial);
    const longest = newCertificateNumber({ issuedAt: Date.UTC(2100, 0, 1), expiresAt: Date.UTC(2200, 0, 1) });
    assert.ok(serialNumberOf(tenantUid, longest).length <= 64);
    assert.ok(Math.abs(notAfter.getTime() - Date.now() - 90_000) < 10_000, notAfter.toISOString());
  });

  it('refuses what cannot be a tenant, and names that a certificate cannot have', () => {
    for (const tenantId of ['system', 'kubezo', 'demo1', 'demo011', 'DEMO01', '-emo01', '']) {
      assert.throws(() => tenantSubject({ tenantId, user: 'a', groups: [] }), /cannot be a tenant/, tenantId);
    }
    for (const name of ['', ' a', 'jäne', 'a\nb', 'system:masters', 'a'.repeat(247)]) {
      assert.throws(() => tenantSubject({ tenantId: 'demo01', user: name, groups: [] }), /cannot be named/, name);
      assert.throws(() => tenantSubject({ tenantId: 'demo01', user: 'a', groups: [name] }), /cannot be named/, name);
    }
  });
});
