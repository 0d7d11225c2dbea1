import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateRequest, readCertificateRequest } from '../../../src/certs/certificate-request.ts';

const SUBJECT = [
  { oid: '2.5.4.10', value: 'dev' },
  { oid: '2.5.4.10', value: 'ops' },
  { oid: '2.5.4.3', value: 'jane' },
];
const broken = (pem: string, change: (der: Buffer) => void): string => {
  const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
  change(der);
  return `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
};

describe('certificate requests', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kubezoo-csr-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** As OpenSSL makes it. */
  function openssl(...args: string[]): string {
    const out = join(folder, 'out.csr');
    const subject = ['-subj', '/O=dev/O=ops/CN=jane'];
    execFileSync('openssl', ['req', '-new', '-nodes', '-keyout', join(folder, 'key'), '-out', out, ...subject, ...args], {
      stdio: 'ignore',
    });
    return readFileSync(out, 'utf8');
  }

  it('says who and which key, in a request of its own', async () => {
    const { requestPem } = await createCertificateRequest(SUBJECT);
    const { subject, publicKey } = readCertificateRequest(requestPem);
    assert.deepEqual(subject, SUBJECT);
    assert.equal(publicKey.asymmetricKeyType, 'ec');
  });

  it('makes what OpenSSL verifies', async () => {
    const { requestPem } = await createCertificateRequest(SUBJECT);
    const said = execFileSync('openssl', ['req', '-noout', '-verify', '-subject', '-nameopt', 'RFC2253'], {
      input: requestPem,
      stdio: 'pipe',
    });
    assert.match(said.toString(), /CN=jane,O=ops,O=dev/);
  });

  const kinds: Record<string, string[]> = {
    'RSA of 2048 bits': ['-newkey', 'rsa:2048'],
    'P-384 and SHA-384': ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp384r1', '-sha384'],
    'P-521 and SHA-512, with extensions': [
      ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp521r1', '-sha512'],
      ...['-addext', 'subjectAltName=DNS:a.example'],
    ],
  };
  for (const [kind, args] of Object.entries(kinds)) {
    it(`reads OpenSSL's: ${kind}`, () => assert.deepEqual(readCertificateRequest(openssl(...args)).subject, SUBJECT));
  }

  it('refuses keys and signatures that are too weak, or that Envoy would not take', () => {
    assert.throws(() => readCertificateRequest(openssl('-newkey', 'rsa:1024')), /its key is neither/);
    assert.throws(() => readCertificateRequest(openssl('-newkey', 'ed25519')), /its key is neither/);
    assert.throws(() => readCertificateRequest(openssl('-newkey', 'rsa:2048', '-sha1')), /not signed by ECDSA or RSA with SHA-2/);
  });

  it('refuses what its sender has not signed', async () => {
    const { requestPem } = await createCertificateRequest(SUBJECT);
    const at = (der: Buffer) => der.indexOf('jane');
    assert.throws(() => readCertificateRequest(broken(requestPem, (der) => der.write('joan', at(der)))), /signature/);
    assert.throws(() => readCertificateRequest(broken(requestPem, (der) => der.writeUInt8(der.at(-1)! ^ 1, der.length - 1))), /signature/);
  });

  it('refuses what is no request', async () => {
    const { requestPem, keyPem } = await createCertificateRequest(SUBJECT);
    for (const text of ['', 'x', keyPem, requestPem + requestPem, requestPem.replaceAll('CERTIFICATE REQUEST', 'CERTIFICATE')]) {
      assert.throws(() => readCertificateRequest(text), /PEM block/);
    }
    assert.throws(() => readCertificateRequest(broken(requestPem, (der) => der.writeUInt8(0x31, 0))), /certificate request/);
    assert.throws(() => readCertificateRequest(broken('MAA=', () => {})), /certificate request/);
  });
});
