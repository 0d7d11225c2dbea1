import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthority } from '../../../src/certs/authority.ts';
import { renewedKeys } from '../../../src/launch/pki/ensure-certificate.ts';
import { ensureGatewayPki, SERVING } from '../../../src/launch/stack/gateway-pki.ts';
import { useTemporaryFolder } from './temporary-folder.ts';

describe('ensureGatewayPki', () => {
  const folder = useTemporaryFolder();
  const isSignedBy = (pem: string, ca: string) => new X509Certificate(pem).verify(new X509Certificate(ca).publicKey);

  it('has a CA for clients and another for servers, and stays the same', async () => {
    const first = await ensureGatewayPki(folder());
    assert.ok(isSignedBy(first.operator.certificatePem, first.clientCa.certificatePem));
    assert.ok(isSignedBy(first.serving.certificatePem, first.servingCa.certificatePem));
    assert.ok(isSignedBy(first.bridge.certificatePem, first.servingCa.certificatePem));
    assert.notEqual(first.clientCa.certificatePem, first.servingCa.certificatePem);
    assert.equal(readFileSync(first.trustedClientsFile, 'utf8'), first.clientCa.certificatePem);
    assert.deepEqual(await ensureGatewayPki(folder()), first);
  });
  it('keeps the one CA of an earlier installation, by which clients know the gateway', async () => {
    const old = await createAuthority({ commonName: 'kubezoo-tenants' });
    const files: Record<string, string> = {
      'ca.crt': old.certificatePem,
      'ca.key': old.keyPem,
      ...(await renewedKeys(old, 'serving', SERVING)),
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder(), name), text);
    const pki = await ensureGatewayPki(folder());
    assert.equal(pki.servingCa.certificatePem, old.certificatePem);
    assert.equal(pki.clientCa.certificatePem, old.certificatePem);
    assert.equal(pki.serving.certificatePem, files['serving.crt']);
  });
  it('trusts what it signs with, whatever stood in the bundle', async () => {
    const other = await createAuthority({ commonName: 'other' });
    const { clientCa, trustedClientsFile } = await ensureGatewayPki(folder());
    writeFileSync(trustedClientsFile, other.certificatePem);
    await ensureGatewayPki(folder());
    assert.equal(readFileSync(trustedClientsFile, 'utf8'), clientCa.certificatePem + other.certificatePem);
  });
});
