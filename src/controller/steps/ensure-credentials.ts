import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Authority } from '../../certs/authority.ts';
import { readCertificateNumber } from '../../certs/certificate-number.ts';
import { readKubeconfig, renderKubeconfig } from '../../certs/kubeconfig.ts';
import { readAuthority } from '../../certs/read-authority.ts';
import { renewalOf } from '../../certs/renewal.ts';
import { issueTenantCertificate, TENANT_ADMIN_USER, TENANT_CERTIFICATE_VALIDITY_MS, tenantAdmin } from '../../certs/tenant-certificate.ts';
import { isRevoked, issueTimeFor } from '../../tenants/revocations.ts';
import { KUBECONFIG_ANNOTATION, type Tenant } from '../../tenants/tenant.ts';
import { publishKubeconfig } from '../kubeconfig-file.ts';
import type { CredentialSettings, Outcome, Step, StepContext } from './step.ts';

/** A timer that is longer might not come; looking again costs nothing. */
const LONGEST_REST_MS = 3_600_000;
const SHORTEST_REST_MS = 500;
/** As long as the admin is locked out. */
const LOCKED_OUT_POLL_MS = 10_000;

/** A kubeconfig that works, and until when it need not be looked at. */
interface Credentials {
  readonly kubeconfig: string;
  readonly notAfter: Date;
  readonly number: string | undefined;
  /** Milliseconds of the epoch. */
  readonly renewAt: number;
}

/** The Tenant carries a kubeconfig that works, and so does the file, where one is wanted. */
export const ensureCredentials: Step = {
  name: 'ensure-credentials',
  condition: 'CredentialsReady',
  async run({ tenant, credentials: settings }: StepContext): Promise<Outcome> {
    const servingCa = await readFile(settings.servingCaFile, 'utf8');
    const authority = await readAuthority(settings);
    const present = Buffer.from(tenant.metadata.annotations?.[KUBECONFIG_ANNOTATION] ?? '', 'base64').toString();
    const usable = readUsable(present, tenant, settings, servingCa, authority.certificatePem);
    const { kubeconfig, notAfter, number, renewAt } = usable ?? (await issue(tenant, settings, servingCa, authority)) ?? {};
    if (kubeconfig === undefined) {
      const message = 'all certificates of the tenant’s admin are revoked for some time to come';
      return { state: 'waiting', reason: 'Revoked', message, retryAfterMs: LOCKED_OUT_POLL_MS };
    }
    if (settings.kubeconfigDir) await publishKubeconfig(settings.kubeconfigDir, tenant.metadata.name, kubeconfig);
    return {
      state: 'done',
      annotations: { [KUBECONFIG_ANNOTATION]: Buffer.from(kubeconfig).toString('base64') },
      status: {
        credentials: { notAfter: notAfter!.toISOString().replace(/\.\d+/, ''), ...(number !== undefined && { certificate: number }) },
      },
      againAfterMs: Math.min(LONGEST_REST_MS, Math.max(SHORTEST_REST_MS, renewAt! - Date.now())),
    };
  },
};

/** Undefined when it has to be made anew: because it ends soon, is revoked, or is of another gateway, CA or tenant. */
function readUsable(
  kubeconfig: string,
  tenant: Tenant,
  settings: CredentialSettings,
  servingCa: string,
  clientCa: string,
): Credentials | undefined {
  const parts = readKubeconfig(kubeconfig);
  if (!parts || parts.server !== settings.gatewayUrl || parts.caPem !== servingCa) return undefined;
  try {
    const certificate = new X509Certificate(parts.certPem);
    if (!certificate.verify(new X509Certificate(clientCa).publicKey)) return undefined;
    const { tenantUid, number, issuedAt } = readCertificateNumber(certificate) ?? { number: undefined, issuedAt: 0 };
    const { uid } = tenant.metadata;
    // A tenant before this one may have left its kubeconfig in somebody's manifest.
    if (uid !== undefined && tenantUid !== uid) return undefined;
    if (isRevoked(tenant, { user: TENANT_ADMIN_USER, ...(number !== undefined && { number }), issuedAt })) return undefined;
    const renewAt = renewalOf(
      issuedAt || certificate.validFromDate.getTime(),
      certificate.validToDate.getTime(),
      settings.certificates?.renewBeforeSeconds,
    );
    return Date.now() < renewAt ? { kubeconfig, notAfter: certificate.validToDate, number, renewAt } : undefined;
  } catch {
    // Not a certificate: somebody has edited the annotation.
    return undefined;
  }
}

/** Undefined while nobody may have such a certificate. */
async function issue(
  tenant: Tenant,
  settings: CredentialSettings,
  servingCa: string,
  authority: Authority,
): Promise<Credentials | undefined> {
  const { name: tenantId, uid } = tenant.metadata;
  const issuedAt = issueTimeFor(tenant, TENANT_ADMIN_USER, Date.now());
  if (issuedAt === undefined) return undefined;
  const admin = tenantAdmin(tenantId, uid);
  const validityMs = settings.certificates ? settings.certificates.validitySeconds * 1000 : TENANT_CERTIFICATE_VALIDITY_MS;
  const { certificatePem, keyPem, notAfter, number } = await issueTenantCertificate(authority, admin, { validityMs, issuedAt });
  if (notAfter.getTime() <= Date.now()) throw new Error('the CA that signs tenants’ certificates is not valid any more');
  const kubeconfig = renderKubeconfig({
    server: settings.gatewayUrl,
    caPem: servingCa,
    clusterName: tenantId,
    // Kubeconfigs are merged by name, and every tenant has an admin.
    user: `${tenantId}-${admin.user}`,
    certPem: certificatePem,
    keyPem,
  });
  return { kubeconfig, notAfter, number, renewAt: renewalOf(issuedAt, notAfter.getTime(), settings.certificates?.renewBeforeSeconds) };
}
