import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readKubeconfig } from '../../certs/kubeconfig.ts';
import type { Home } from '../../launch/state/home.ts';
import { KUBECONFIG_ANNOTATION, type Tenant } from '../../tenants/tenant.ts';
import { connectTenantApi } from '../tenant/tenant-api.ts';

/** Ids of tenants whose kubeconfig was not signed by the CA in force. Throws a CommandError when the Tenant API does not answer. */
export async function tenantsOfOtherCas(home: Home): Promise<string[]> {
  const { publicKey } = new X509Certificate(readFileSync(join(home.pkiDir, 'ca.crt')));
  const api = connectTenantApi({ home: home.root });
  try {
    const { items } = (await api.request('GET', undefined)) as { items: Tenant[] };
    return items.filter((tenant) => !isSignedBy(tenant, publicKey)).map(({ metadata }) => metadata.name);
  } finally {
    api.close();
  }
}

/** A tenant that is being removed gets no other kubeconfig. */
function isSignedBy({ metadata }: Tenant, publicKey: X509Certificate['publicKey']): boolean {
  if (metadata.deletionTimestamp !== undefined) return true;
  const kubeconfig = readKubeconfig(Buffer.from(metadata.annotations?.[KUBECONFIG_ANNOTATION] ?? '', 'base64').toString());
  return kubeconfig !== undefined && new X509Certificate(kubeconfig.certPem).verify(publicKey);
}
