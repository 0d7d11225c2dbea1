import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type AuthorityFiles, ensureAuthority } from '../pki/ensure-authority.ts';
import { type CertificateFiles, ensureCertificate } from '../pki/ensure-certificate.ts';
import { writeSecretFile } from '../state/write-secret-file.ts';

/** Organization of the operator's certificate. */
export const OPERATOR_GROUP = 'kubezoo:operators';

/** Keys of the gateway's side: a CA that upstream knows nothing of, so that no certificate it signs is worth anything there. */
export interface GatewayPki {
  readonly ca: AuthorityFiles;
  readonly serving: CertificateFiles;
  readonly operator: CertificateFiles;
  readonly bridge: CertificateFiles;
  /** Of the admission bridge's URLs. */
  readonly proofKeyFile: string;
  /** Seals the places at which lists go on. */
  readonly cursorKeyFile: string;
}

export async function ensureGatewayPki(folder: string): Promise<GatewayPki> {
  const ca = await ensureAuthority(folder, 'kubezoo-tenants');
  const [serving, operator, bridge] = await Promise.all([
    ensureCertificate(ca, folder, 'serving', {
      commonName: 'kubezoo-gateway',
      dnsNames: ['localhost'],
      ipAddresses: ['127.0.0.1'],
      server: true,
    }),
    ensureCertificate(ca, folder, 'operator', { commonName: 'operator', organizations: [OPERATOR_GROUP] }),
    ensureCertificate(ca, folder, 'admission-bridge', { commonName: 'kubezoo-admission-bridge', ipAddresses: ['127.0.0.1'], server: true }),
  ]);
  const proofKeyFile = ensureSecret(join(folder, 'admission-bridge.proof'));
  const cursorKeyFile = ensureSecret(join(folder, 'list-cursors.key'));
  return { ca, serving, operator, bridge, proofKeyFile, cursorKeyFile };
}

/** Random bytes that stay the same. Returns the file. */
function ensureSecret(file: string): string {
  if (!existsSync(file)) writeSecretFile(file, randomBytes(32).toString('hex'));
  return file;
}
