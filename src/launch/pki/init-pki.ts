/** The keys of a gateway that is started by others, as a container or a pod: what `npm start` makes on the way. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GATEWAY_RBAC } from '../embedded/gateway-rbac.ts';
import { ensureUpstreamPki } from '../embedded/upstream-pki.ts';
import { applyObjects } from '../kube/apply-objects.ts';
import { answersWith, KubeClient } from '../kube/kube-client.ts';
import { readKubeconfig, renderKubeconfig } from '../kube/kubeconfig.ts';
import { LaunchError } from '../launch-error.ts';
import { BRIDGE, ensureGatewayPki, SERVING } from '../stack/gateway-pki.ts';
import { writeSecretFile } from '../state/write-secret-file.ts';
import { waitUntil } from '../wait-until.ts';
import type { CertificateFiles } from './ensure-certificate.ts';
import type { Hosts } from './hosts.ts';
import { readKeyFolder, updateKeys } from './key-folder.ts';

export interface GatewayPkiChoice {
  readonly folder: string;
  /** Where clients find the gateway. */
  readonly gatewayHosts: Hosts;
  /** Where upstream finds the admission bridge; undefined: on loopback. */
  readonly bridgeHosts?: Hosts | undefined;
  /** As it stands in the operator's kubeconfig. */
  readonly gatewayUrl: string;
  readonly operatorKubeconfig: string;
  /** Gets what Envoy needs and nothing else: not the key of the tenants' CA. */
  readonly envoyFolder?: string | undefined;
}

const FOR_ENVOY = ['serving.crt', 'serving.key', 'trusted-clients.crt'];

/** Makes what is missing, and leaves what is there unless it ends soon or is for other hosts. */
export async function initGatewayPki(choice: GatewayPkiChoice): Promise<void> {
  const { folder, gatewayHosts, bridgeHosts, gatewayUrl, operatorKubeconfig, envoyFolder } = choice;
  const { servingCa, operator } = await ensureGatewayPki(folder, {
    serving: { ...SERVING, ...gatewayHosts },
    ...(bridgeHosts && { bridge: { ...BRIDGE, ...bridgeHosts } }),
  });
  writeIfNew(operatorKubeconfig, kubeconfigOf(gatewayUrl, servingCa.certificatePem, operator, 'operator'));
  if (envoyFolder === undefined) return;
  const all = readKeyFolder(folder);
  updateKeys(envoyFolder, Object.fromEntries(FOR_ENVOY.map((name) => [name, all.get(name)!])));
}

export interface UpstreamPkiChoice {
  readonly folder: string;
  readonly serverHosts: Hosts;
  readonly serverUrl: string;
  readonly kubeconfigDir: string;
  /** A further kubeconfig of the admin's. */
  readonly forPeople?: { readonly file: string; readonly url: string } | undefined;
}

/** Keys of a whole small cluster, and kubeconfigs of those who work there: `admin`, `gateway`, `controller-manager`. */
export async function initUpstreamPki({ folder, serverHosts, serverUrl, kubeconfigDir, forPeople }: UpstreamPkiChoice): Promise<void> {
  const { ca, admin, gateway, controllerManager } = await ensureUpstreamPki(folder, serverHosts);
  for (const [name, certificate] of Object.entries({ admin, gateway, 'controller-manager': controllerManager })) {
    writeIfNew(join(kubeconfigDir, `${name}.kubeconfig`), kubeconfigOf(serverUrl, ca.certificatePem, certificate, 'upstream'));
  }
  if (forPeople) writeIfNew(forPeople.file, kubeconfigOf(forPeople.url, ca.certificatePem, admin, 'upstream'));
}

/** Waits until the cluster answers, and gives the gateway's user there what it needs. @param kubeconfig a cluster admin's */
export async function grantGateway(kubeconfig: string, timeoutMs: number): Promise<void> {
  const client = new KubeClient(readKubeconfig(kubeconfig));
  try {
    await waitUntil(`${client.server} to answer`, () => answersWith(client, '/readyz'), { timeoutMs }).catch((cause: unknown) => {
      throw new LaunchError(
        `${client.server} does not answer within ${timeoutMs / 1000} s.`,
        `Does kubectl --kubeconfig ${kubeconfig} work?`,
        { cause },
      );
    });
    await applyObjects(client, GATEWAY_RBAC);
  } finally {
    client.close();
  }
}

function kubeconfigOf(
  server: string,
  ca: string,
  { certificatePem: clientCert, keyPem: clientKey }: CertificateFiles,
  name: string,
): string {
  return renderKubeconfig({ server, ca, clientCert, clientKey }, name);
}

function writeIfNew(file: string, text: string): void {
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeSecretFile(file, text);
}
