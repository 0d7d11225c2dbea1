import { KUBECONFIG_ANNOTATION, type Tenant } from '../../tenants/tenant.ts';
import { CommandError } from './command-error.ts';
import type { TenantApi } from './tenant-api.ts';

export async function printKubeconfig(api: TenantApi, id: string): Promise<void> {
  const { metadata, status } = (await api.request('GET', id)) as Tenant;
  const encoded = metadata.annotations?.[KUBECONFIG_ANNOTATION];
  if (!encoded) throw new CommandError(`error: tenant "${id}" has no kubeconfig yet (it is ${status?.phase ?? 'Pending'})`);
  process.stdout.write(Buffer.from(encoded, 'base64'));
}
