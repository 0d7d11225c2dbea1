import { randomBytes, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type AuthorityFiles, ensureAuthority } from '../pki/ensure-authority.ts';
import { type CertificateFiles, type CertificateSubject, ensureCertificate } from '../pki/ensure-certificate.ts';
import { readKeyFolder, replaceKeys } from '../pki/key-folder.ts';

/** Organization of the operator's certificate. */
export const OPERATOR_GROUP = 'kubezoo:operators';

/** The gateway's own certificates, by the names of their files. */
export const SERVING = { commonName: 'kubezoo-gateway', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'], server: true };
export const BRIDGE = { commonName: 'kubezoo-admission-bridge', ipAddresses: ['127.0.0.1'], server: true };
export const OPERATOR = { commonName: 'operator', organizations: [OPERATOR_GROUP] };

/** Keys of the gateway's side: CAs that upstream knows nothing of, so that no certificate they sign is worth anything there. */
export interface GatewayPki {
  /** Signs clients' certificates. */
  readonly clientCa: AuthorityFiles;
  /** PEM file of the CAs whose clients are let in: more than one while the CA is being replaced. */
  readonly trustedClientsFile: string;
  /** Signs the certificates that the gateway shows. */
  readonly servingCa: AuthorityFiles;
  readonly serving: CertificateFiles;
  readonly operator: CertificateFiles;
  readonly bridge: CertificateFiles;
  /** Of the admission bridge's URLs. */
  readonly proofKeyFile: string;
  /** Seals the places at which lists go on. */
  readonly cursorKeyFile: string;
}

/** For whom the certificates of servers are: this machine, unless said otherwise. */
export interface GatewayServers {
  readonly serving?: CertificateSubject;
  readonly bridge?: CertificateSubject;
}

/** Makes what is missing in `folder`, and renews what ends soon or is for other hosts; the rest stays. */
export async function ensureGatewayPki(folder: string, servers: GatewayServers = {}): Promise<GatewayPki> {
  const clientCa = await ensureAuthority(folder, 'kubezoo-tenants');
  keepServingCa(folder, clientCa);
  const servingCa = await ensureAuthority(folder, 'kubezoo-gateway', 'serving-ca');
  const trustedClientsFile = join(folder, 'trusted-clients.crt');
  const trusted = readKeyFolder(folder).get('trusted-clients.crt') ?? '';
  if (!trusted.includes(clientCa.certificatePem)) replaceKeys(folder, { 'trusted-clients.crt': clientCa.certificatePem + trusted });
  const [serving, operator, bridge] = await Promise.all([
    ensureCertificate(servingCa, folder, 'serving', servers.serving ?? SERVING),
    ensureCertificate(clientCa, folder, 'operator', OPERATOR),
    ensureCertificate(servingCa, folder, 'admission-bridge', servers.bridge ?? BRIDGE),
  ]);
  const proofKeyFile = ensureSecret(folder, 'admission-bridge.proof');
  const cursorKeyFile = ensureSecret(folder, 'list-cursors.key');
  return { clientCa, trustedClientsFile, servingCa, serving, operator, bridge, proofKeyFile, cursorKeyFile };
}

/** Once there was one CA for both sides: clients everywhere know the gateway by it, so it goes on signing what the gateway shows. */
function keepServingCa(folder: string, { certificatePem, keyPem }: AuthorityFiles): void {
  const serving = readKeyFolder(folder).get('serving.crt');
  if (serving === undefined || existsSync(join(folder, 'serving-ca.crt'))) return;
  if (!new X509Certificate(serving).verify(new X509Certificate(certificatePem).publicKey)) return;
  replaceKeys(folder, { 'serving-ca.crt': certificatePem, 'serving-ca.key': keyPem });
}

/** Random bytes that stay the same. Returns the file. */
function ensureSecret(folder: string, name: string): string {
  const file = join(folder, name);
  if (!existsSync(file)) replaceKeys(folder, { [name]: randomBytes(32).toString('hex') });
  return file;
}
