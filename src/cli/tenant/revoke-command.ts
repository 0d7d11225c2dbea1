import type { Command } from 'commander';
import { TENANT_API_VERSION } from '../../tenants/tenant.ts';
import { examples } from '../examples.ts';
import { runTenantAction } from './run-tenant-action.ts';
import { qualifiedName, type TenantApi } from './tenant-api.ts';
import { type OperatorFlags, tenantSubcommand } from './tenant-subcommand.ts';

interface RevokeFlags extends OperatorFlags {
  user?: string;
  certificate?: string;
}

export function revokeCommand(): Command {
  const command = tenantSubcommand('revoke', 'make credentials of a tenant worthless: all, those of one user, or one certificate')
    .argument('<id>', "the tenant's id")
    .option('--user <name>', 'those of one user alone')
    .option('--certificate <number>', 'one certificate alone, by the number that was told when it was made')
    .action((id: string, flags: RevokeFlags) => runTenantAction(flags, (api) => revoke(api, id, flags)));
  return examples(command, [
    ['all of them; the admin gets a new kubeconfig at once', 'kubezoo tenant revoke acme01'],
    ['those of one user', 'kubezoo tenant revoke acme01 --user jane'],
  ]);
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
