import type { Command } from 'commander';
import { TENANT_API_VERSION } from '../../tenants/tenant.ts';
import { runTenantAction } from './run-tenant-action.ts';
import { qualifiedName, type TenantApi } from './tenant-api.ts';

interface RevokeFlags {
  home: string;
  user?: string;
  certificate?: string;
}

export function revokeCommand(command: Command): Command {
  return command
    .option('--user <name>', 'those of one user alone')
    .option('--certificate <number>', 'one certificate alone, by the number that was told when it was made')
    .action((id: string, flags: RevokeFlags) => runTenantAction(flags.home, (api) => revoke(api, id, flags)));
}

async function revoke(api: TenantApi, id: string, { user, certificate }: RevokeFlags): Promise<void> {
  const spec = { ...(user !== undefined && { user }), ...(certificate !== undefined && { certificate }) };
  const body = { apiVersion: TENANT_API_VERSION, kind: 'TenantRevocation', spec };
  await api.request('POST', id, { subresource: 'revocations', body });
  const what =
    certificate !== undefined
      ? `certificate ${certificate}`
      : user === undefined
        ? 'all certificates'
        : `all certificates of ${JSON.stringify(user)}`;
  console.log(`${qualifiedName(id)}: ${what} revoked`);
}
