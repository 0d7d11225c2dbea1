import { X509Certificate } from 'node:crypto';
import { readCertificateNumber } from '../../certs/certificate-number.ts';
import { readKubeconfig } from '../../certs/kubeconfig.ts';
import { TENANT_ADMIN_USER } from '../../certs/tenant-certificate.ts';
import { waitUntil } from '../../launch/wait-until.ts';
import { isRevoked } from '../../tenants/revocations.ts';
import { KUBECONFIG_ANNOTATION, type Tenant } from '../../tenants/tenant.ts';
import { CommandError } from './command-error.ts';
import type { TenantApi } from './tenant-api.ts';

/** The controller makes a new one as soon as it sees that the old one is revoked. */
const RENEWAL_MS = 30_000;

/** The admin's kubeconfig as the Tenant carries it: one that is not revoked. Throws CommandError when there is none (yet). */
export async function adminKubeconfig(api: TenantApi, id: string): Promise<string> {
  const read = async () => {
    const tenant = (await api.request('GET', id)) as Tenant;
    const encoded = tenant.metadata.annotations?.[KUBECONFIG_ANNOTATION];
    if (!encoded) throw new CommandError(`error: tenant "${id}" has no kubeconfig yet (it is ${tenant.status?.phase ?? 'Pending'})`);
    const text = Buffer.from(encoded, 'base64').toString();
    return isOutOfDate(tenant, text) ? undefined : text;
  };
  try {
    return await waitUntil('the new kubeconfig', read, { timeoutMs: RENEWAL_MS, intervalMs: 200 });
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`error: the kubeconfig of tenant "${id}" is revoked, and there is no new one yet`, { cause: error });
  }
}

function isOutOfDate(tenant: Tenant, kubeconfig: string): boolean {
  const parts = readKubeconfig(kubeconfig);
  // Somebody's own: for the controller to replace.
  if (!parts) return false;
  const { number, issuedAt } = readCertificateNumber(new X509Certificate(parts.certPem)) ?? { number: undefined, issuedAt: 0 };
  return isRevoked(tenant, { user: TENANT_ADMIN_USER, ...(number !== undefined && { number }), issuedAt });
}
