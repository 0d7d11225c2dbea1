import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';
import { issueCertificate } from '../../../src/certs/issue-certificate.ts';
import { ensureAuthority } from '../../../src/launch/pki/ensure-authority.ts';
import { ensureCertificate } from '../../../src/launch/pki/ensure-certificate.ts';
import { useTemporaryFolder } from './temporary-folder.ts';

const SUBJECT = { commonName: 'operator', organizations: ['kubezoo:operators'] };

describe('ensureCertificate', () => {
  const folder = useTemporaryFolder();

  it('issues once, for its owner alone', async () => {
    const ca = await ensureAuthority(folder(), 'test');
    const issued = await ensureCertificate(ca, folder(), 'operator', SUBJECT);
    assert.equal(new X509Certificate(issued.certificatePem).subject, 'O=kubezoo:operators\nCN=operator');
    assert.equal(statSync(issued.keyFile).mode & 0o777, 0o600);
    const again = await ensureCertificate(await ensureAuthority(folder(), 'test'), folder(), 'operator', SUBJECT);
    assert.equal(again.certificatePem, issued.certificatePem);
  });
  it('renews what ends soon', async () => {
    const ca = await ensureAuthority(folder(), 'test');
    const { certFile, keyFile } = await ensureCertificate(ca, folder(), 'operator', SUBJECT);
    const short = await issueCertificate(ca, { commonName: 'operator', client: true, days: 59 });
    writeFileSync(certFile, short.certificatePem);
    writeFileSync(keyFile, short.keyPem);
    const renewed = await ensureCertificate(ca, folder(), 'operator', SUBJECT);
    assert.ok(new X509Certificate(renewed.certificatePem).validToDate.getTime() > Date.now() + 300 * 86_400_000);
  });
  it('issues anew under another authority', async () => {
    const first = await ensureCertificate(await ensureAuthority(`${folder()}/1`, 'test'), folder(), 'operator', SUBJECT);
    const other = await ensureAuthority(`${folder()}/2`, 'test');
    const second = await ensureCertificate(other, folder(), 'operator', SUBJECT);
    assert.notEqual(second.certificatePem, first.certificatePem);
    assert.ok(new X509Certificate(second.certificatePem).verify(new X509Certificate(other.certificatePem).publicKey));
  });
});
