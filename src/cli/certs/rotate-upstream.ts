import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UPSTREAM_CLIENTS } from '../../launch/embedded/upstream-pki.ts';
import { givenKeys } from '../../launch/envoy/upstream-keys.ts';
import { type Cluster, readKubeconfig, renderKubeconfig } from '../../launch/kube/kubeconfig.ts';
import { ensureAuthority } from '../../launch/pki/ensure-authority.ts';
import { renewedKeys } from '../../launch/pki/ensure-certificate.ts';
import { replaceKeys } from '../../launch/pki/key-folder.ts';
import { type Home, homeAt, otherUpstreamDir } from '../../launch/state/home.ts';
import { writeSecretFile } from '../../launch/state/write-secret-file.ts';
import { CommandError } from '../tenant/command-error.ts';
import { withKeysLocked } from './with-keys-locked.ts';

export interface UpstreamChoice {
  /** Name of a cluster beside the first; undefined: the first. */
  readonly upstream?: string | undefined;
  readonly kubeconfig?: string | undefined;
}

/**
 * New client certificates for upstream. The embedded cluster's CA signs them; of a cluster that was given they come in a kubeconfig. The former
 * ones stay good until they end: connections under way go on with them.
 */
export async function rotateUpstream(folder: string, { upstream: name, kubeconfig: kubeconfigFile }: UpstreamChoice): Promise<void> {
  const home = homeAt(folder);
  await withKeysLocked(home, async () => {
    const upstreamDir = name === undefined ? home.upstreamDir : otherUpstreamDir(home, name);
    if (!existsSync(upstreamDir)) throw new CommandError(`error: there is no cluster of the name ${name}`);
    const isEmbedded = existsSync(join(upstreamDir, 'pki', 'ca.key'));
    if (isEmbedded && kubeconfigFile) throw new CommandError('error: the embedded cluster has its own CA: --kubeconfig is not for it');
    if (isEmbedded) await rotateEmbedded(home);
    else rotateGiven(upstreamDir, name === undefined ? home.upstreamKubeconfig : join(upstreamDir, 'upstream.kubeconfig'), kubeconfigFile);
    console.log('upstream credential replaced; new connections use it within two seconds, all others within ten minutes');
  });
}

async function rotateEmbedded(home: Home): Promise<void> {
  const folder = join(home.upstreamDir, 'pki');
  const authority = await ensureAuthority(folder, 'kubezoo-embedded-cluster');
  const admin = await renewedKeys(authority, 'admin', UPSTREAM_CLIENTS.admin);
  const gateway = await renewedKeys(authority, 'gateway', UPSTREAM_CLIENTS.gateway);
  replaceKeys(folder, { ...admin, ...gateway });
  const { server } = readKubeconfig(home.upstreamKubeconfig);
  const write = (file: string, clientCert: string, clientKey: string) =>
    writeSecretFile(file, renderKubeconfig({ server, ca: authority.certificatePem, clientCert, clientKey }, 'upstream'));
  write(home.upstreamKubeconfig, admin['admin.crt']!, admin['admin.key']!);
  write(home.gatewayKubeconfig, gateway['gateway.crt']!, gateway['gateway.key']!);
}

function rotateGiven(upstreamDir: string, presentFile: string, kubeconfigFile: string | undefined): void {
  if (!kubeconfigFile) throw new CommandError('error: this cluster was given: --kubeconfig has to name a file with its new credential');
  const before = readKubeconfig(presentFile);
  const after = readKubeconfig(kubeconfigFile);
  if (after.server !== before.server) throw new CommandError(`error: ${kubeconfigFile} is of ${after.server}, not of ${before.server}`);
  if (hasCertificate(after) !== hasCertificate(before))
    throw new CommandError('error: from a certificate to a token or back takes a new start: npm start with the new kubeconfig');
  replaceKeys(join(upstreamDir, 'pki'), givenKeys(after));
  writeSecretFile(presentFile, renderKubeconfig(after, 'upstream'));
}

function hasCertificate({ clientCert, clientKey }: Cluster): boolean {
  return clientCert !== undefined && clientKey !== undefined;
}
