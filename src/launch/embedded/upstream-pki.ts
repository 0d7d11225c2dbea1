import { generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type AuthorityFiles, ensureAuthority } from '../pki/ensure-authority.ts';
import { type CertificateFiles, ensureCertificate } from '../pki/ensure-certificate.ts';
import type { Hosts } from '../pki/hosts.ts';
import { replaceKeys } from '../pki/key-folder.ts';

/** User name of the gateway's own identity upstream. */
export const GATEWAY_USER = 'kubezoo-gateway';

/**
 * kube-apiserver lets only members of this group and of system:masters say to which trace a request belongs
 * (k8s.io/apiserver/pkg/endpoints/filters/traces.go). It may read /metrics and health besides.
 */
const MONITORING_GROUP = 'system:monitoring';

/** With whose certificates the controller and the gateway work upstream, by the names of their files. */
export const UPSTREAM_CLIENTS = {
  admin: { commonName: 'admin', organizations: ['system:masters'] },
  gateway: { commonName: GATEWAY_USER, organizations: [MONITORING_GROUP] },
} as const;

/** Keys of the embedded cluster. */
export interface UpstreamPki {
  readonly ca: AuthorityFiles;
  readonly apiserver: CertificateFiles;
  readonly admin: CertificateFiles;
  readonly controllerManager: CertificateFiles;
  readonly gateway: CertificateFiles;
  /** Files of the key pair that signs ServiceAccount tokens. */
  readonly tokenKeyFile: string;
  readonly tokenPublicKeyFile: string;
}

/** Makes what is missing in `folder` and renews what ends soon. @param hosts names and addresses of the apiserver beside its own */
export async function ensureUpstreamPki(folder: string, hosts: Hosts = { dnsNames: [], ipAddresses: [] }): Promise<UpstreamPki> {
  const ca = await ensureAuthority(folder, 'kubezoo-embedded-cluster');
  const tokenKeyFile = join(folder, 'sa.key');
  const tokenPublicKeyFile = join(folder, 'sa.pub');
  if (!existsSync(tokenKeyFile)) {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    replaceKeys(folder, {
      'sa.pub': publicKey.export({ type: 'spki', format: 'pem' }) as string,
      'sa.key': privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    });
  }
  const [apiserver, admin, controllerManager, gateway] = await Promise.all([
    ensureCertificate(ca, folder, 'apiserver', {
      commonName: 'kube-apiserver',
      dnsNames: ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', ...hosts.dnsNames],
      ipAddresses: ['127.0.0.1', ...hosts.ipAddresses],
      server: true,
    }),
    ensureCertificate(ca, folder, 'admin', UPSTREAM_CLIENTS.admin),
    ensureCertificate(ca, folder, 'controller-manager', { commonName: 'system:kube-controller-manager' }),
    ensureCertificate(ca, folder, 'gateway', UPSTREAM_CLIENTS.gateway),
  ]);
  return { ca, apiserver, admin, controllerManager, gateway, tokenKeyFile, tokenPublicKeyFile };
}
