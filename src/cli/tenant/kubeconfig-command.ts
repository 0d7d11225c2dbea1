import type { Command } from 'commander';
import { createCertificateRequest } from '../../certs/certificate-request.ts';
import { readKubeconfig, renderKubeconfig } from '../../certs/kubeconfig.ts';
import { writeSecretFile } from '../../launch/state/write-secret-file.ts';
import { TENANT_API_VERSION } from '../../tenants/tenant.ts';
import { examples } from '../examples.ts';
import { adminKubeconfig } from './admin-kubeconfig.ts';
import { CommandError } from './command-error.ts';
import { parseDuration } from './parse-duration.ts';
import { runTenantAction } from './run-tenant-action.ts';
import type { TenantApi } from './tenant-api.ts';
import { type OperatorFlags, tenantSubcommand } from './tenant-subcommand.ts';

interface KubeconfigFlags extends OperatorFlags {
  user?: string;
  group: string[];
  /** Seconds. */
  validity?: number;
  output?: string;
}

/** A TenantCertificate, as far as it is read here. */
interface MadeCertificate {
  readonly status: { readonly certificate: string; readonly number: string; readonly notAfter: string };
}

export function kubeconfigCommand(): Command {
  const command = tenantSubcommand('kubeconfig', "print the kubeconfig of a tenant's admin, or make one for another of its users")
    .argument('<id>', "the tenant's id")
    .option('--user <name>', 'a user of the tenant, who may do what its admin grants to him and his groups')
    .option('--group <name>', 'a group of that user; may be given several times', collect, [])
    .option('--validity <duration>', 'how long it is to work: 24h, 90m, 7d (default: as long as the platform allows)', parseDuration)
    .option('-o, --output <file>', 'write it there, for you alone to read, and not on stdout')
    .action((id: string, flags: KubeconfigFlags) => runTenantAction(flags, (api) => writeKubeconfig(api, id, flags)));
  return examples(command, [
    ["the admin's", 'kubezoo tenant kubeconfig acme01 > acme01.kubeconfig'],
    [
      'one for jane, of the group dev, for a day',
      'kubezoo tenant kubeconfig acme01 --user jane --group dev --validity 24h -o jane.kubeconfig',
    ],
  ]);
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

async function writeKubeconfig(api: TenantApi, id: string, { user, group, validity, output }: KubeconfigFlags): Promise<void> {
  if (user === undefined && (group.length > 0 || validity !== undefined)) {
    throw new CommandError("error: --group and --validity are about a user: name one with --user (the admin's kubeconfig is made already)");
  }
  const admins = await adminKubeconfig(api, id);
  const text = user === undefined ? admins : await kubeconfigFor(api, id, admins, { user, groups: group, validity });
  if (output === undefined) process.stdout.write(text);
  else save(output, text);
}

function save(file: string, text: string): void {
  try {
    writeSecretFile(file, text);
  } catch (cause) {
    throw new CommandError(`error: ${file} cannot be written: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

/** The key is made here and stays here. What it is for goes to stderr, so that stdout is the kubeconfig and nothing else. */
async function kubeconfigFor(
  api: TenantApi,
  id: string,
  admins: string,
  { user, groups, validity }: { user: string; groups: readonly string[]; validity: number | undefined },
): Promise<string> {
  const gateway = readKubeconfig(admins);
  if (!gateway) throw new CommandError(`error: the kubeconfig of tenant "${id}" is none that kubezoo has made`);
  const { requestPem, keyPem } = await createCertificateRequest([{ oid: '2.5.4.3', value: 'kubezoo' }]);
  const request = Buffer.from(requestPem).toString('base64');
  const spec = { request, user, groups, ...(validity !== undefined && { expirationSeconds: validity }) };
  const body = { apiVersion: TENANT_API_VERSION, kind: 'TenantCertificate', spec };
  const { status } = (await api.request('POST', id, { subresource: 'certificates', body })) as MadeCertificate;
  console.error(`certificate ${status.number} for user ${JSON.stringify(user)}, valid until ${status.notAfter}`);
  const { server, caPem, clusterName } = gateway;
  const certPem = Buffer.from(status.certificate, 'base64').toString();
  // Kubeconfigs are merged by name.
  return renderKubeconfig({ server, caPem, clusterName, contextName: `${user}@${id}`, user: `${id}-${user}`, certPem, keyPem });
}
