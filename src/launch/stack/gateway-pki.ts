import { type AuthorityFiles, ensureAuthority } from '../pki/ensure-authority.ts';
import { type CertificateFiles, ensureCertificate } from '../pki/ensure-certificate.ts';

/** Organization of the operator's certificate. */
export const OPERATOR_GROUP = 'kubezoo:operators';

/** Keys of the gateway's side: a CA that upstream knows nothing of, so that no certificate it signs is worth anything there. */
export interface GatewayPki {
  readonly ca: AuthorityFiles;
  readonly serving: CertificateFiles;
  readonly operator: CertificateFiles;
}

export async function ensureGatewayPki(folder: string): Promise<GatewayPki> {
  const ca = await ensureAuthority(folder, 'kubezoo-tenants');
  const [serving, operator] = await Promise.all([
    ensureCertificate(ca, folder, 'serving', {
      commonName: 'kubezoo-gateway',
      dnsNames: ['localhost'],
      ipAddresses: ['127.0.0.1'],
      server: true,
    }),
    ensureCertificate(ca, folder, 'operator', { commonName: 'operator', organizations: [OPERATOR_GROUP] }),
  ]);
  return { ca, serving, operator };
}
