import { X509Certificate } from 'node:crypto';
import { readKubeconfig } from '../../certs/kubeconfig.ts';
import { KUBECONFIG_ANNOTATION, type Tenant } from '../../tenants/tenant.ts';

/** When the certificate of a tenant's admin ends: as the status has it, else as the kubeconfig that it carries says. */
export function certificateEnd({ metadata, status }: Tenant): Date | undefined {
  const stated = (status as { credentials?: { notAfter?: string } } | undefined)?.credentials?.notAfter;
  if (stated !== undefined && !Number.isNaN(Date.parse(stated))) return new Date(stated);
  const kubeconfig = readKubeconfig(Buffer.from(metadata.annotations?.[KUBECONFIG_ANNOTATION] ?? '', 'base64').toString());
  try {
    return kubeconfig && new X509Certificate(kubeconfig.certPem).validToDate;
  } catch {
    // Somebody wrote the annotation by hand.
    return undefined;
  }
}
