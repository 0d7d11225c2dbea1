import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { readKubeconfig, renderKubeconfig } from '../../certs/kubeconfig.ts';
import { issueTenantCertificate, tenantAdmin } from '../../certs/tenant-certificate.ts';
import { KUBECONFIG_ANNOTATION } from '../../tenants/tenant.ts';
import { publishKubeconfig } from '../kubeconfig-file.ts';
import type { CredentialSettings, Outcome, Step, StepContext } from './step.ts';

/** A certificate is renewed when less than this is left of it. */
const RENEW_BEFORE_MS = 60 * 86_400_000;

/** The Tenant carries a kubeconfig that works, and so does the file, where one is wanted. */
export const ensureCredentials: Step = {
  name: 'ensure-credentials',
  condition: 'CredentialsReady',
  async run({ tenant, tenantId, credentials }: StepContext): Promise<Outcome> {
    const servingCa = await readFile(credentials.servingCaFile, 'utf8');
    const authority = {
      certificatePem: await readFile(credentials.clientCaFile, 'utf8'),
      keyPem: await readFile(credentials.clientCaKeyFile, 'utf8'),
    };
    const present = Buffer.from(tenant.metadata.annotations?.[KUBECONFIG_ANNOTATION] ?? '', 'base64').toString();
    const { uid } = tenant.metadata;
    const usable = isUsable(present, credentials, servingCa, authority.certificatePem, uid);
    const kubeconfig = usable ? present : await issue(tenantId, uid, credentials, servingCa, authority);
    if (credentials.kubeconfigDir) await publishKubeconfig(credentials.kubeconfigDir, tenantId, kubeconfig);
    return { state: 'done', annotations: { [KUBECONFIG_ANNOTATION]: Buffer.from(kubeconfig).toString('base64') } };
  },
};

function isUsable(
  kubeconfig: string,
  { gatewayUrl }: CredentialSettings,
  servingCa: string,
  clientCa: string,
  tenantUid: string | undefined,
): boolean {
  const parts = readKubeconfig(kubeconfig);
  if (!parts || parts.server !== gatewayUrl || parts.caPem !== servingCa) return false;
  try {
    const certificate = new X509Certificate(parts.certPem);
    // One line an attribute; a tenant before this one may have left its kubeconfig in somebody's manifest.
    if (tenantUid !== undefined && !certificate.subject.split('\n').includes(`serialNumber=${tenantUid}`)) return false;
    return certificate.verify(new X509Certificate(clientCa).publicKey) && certificate.validToDate.getTime() - Date.now() > RENEW_BEFORE_MS;
  } catch {
    // Not a certificate: somebody has edited the annotation.
    return false;
  }
}

async function issue(
  tenantId: string,
  tenantUid: string | undefined,
  { gatewayUrl }: CredentialSettings,
  servingCa: string,
  authority: { certificatePem: string; keyPem: string },
): Promise<string> {
  const admin = tenantAdmin(tenantId, tenantUid);
  const { certificatePem, keyPem } = await issueTenantCertificate(authority, admin);
  return renderKubeconfig({
    server: gatewayUrl,
    caPem: servingCa,
    clusterName: tenantId,
    // Kubeconfigs are merged by name, and every tenant has an admin.
    user: `${tenantId}-${admin.user}`,
    certPem: certificatePem,
    keyPem,
  });
}
