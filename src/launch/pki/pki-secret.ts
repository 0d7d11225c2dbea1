/** The gateway's keys in a Secret, made and renewed from inside of the cluster: what `initGatewayPki` does with a folder. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeObject, UpstreamClient } from '../../upstream/upstream-client.ts';
import { isUpstreamError } from '../../upstream/upstream-error.ts';
import { readKubeconfig, renderKubeconfig } from '../kube/kubeconfig.ts';
import { LaunchError } from '../launch-error.ts';
import { type GatewayPkiChoice, initGatewayPki } from './init-pki.ts';
import { readKeyFolder, replaceKeys } from './key-folder.ts';

export interface PkiSecretChoice extends Pick<GatewayPkiChoice, 'gatewayHosts' | 'bridgeHosts' | 'gatewayUrl'> {
  readonly namespace: string;
  readonly name: string;
  /** PEM file of the CA that signed what clients are shown, where that is not in the Secret. */
  readonly servingCaFile?: string | undefined;
}

type Secret = KubeObject & { readonly data?: Readonly<Record<string, string>> };

/** What certificates out in the world are verified by: once it is there, nothing here replaces it. */
const AUTHORITIES = ['ca.crt', 'ca.key', 'serving-ca.crt', 'serving-ca.key'];
/** Somebody else writes it, too: another Job, or an upgrade that overlaps with a renewal. */
const ATTEMPTS = 5;

/**
 * Makes what is missing in the Secret, and renews what ends soon or is for other hosts.
 *
 * @returns names of the files that were written; none: all was there
 * @throws LaunchError when a CA that was there is not whole, UpstreamError
 */
export async function keepPkiSecret(client: UpstreamClient, choice: PkiSecretChoice): Promise<string[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await keepOnce(client, choice);
    } catch (thrown) {
      if (attempt === ATTEMPTS || !isUpstreamError(thrown, 'Conflict', 'AlreadyExists')) throw thrown;
    }
  }
}

async function keepOnce(client: UpstreamClient, choice: PkiSecretChoice): Promise<string[]> {
  const { namespace, name } = choice;
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  const present = await client.get<Secret>(`${path}/${name}`).catch((thrown: unknown) => {
    if (isUpstreamError(thrown, 'NotFound')) return undefined;
    throw thrown;
  });
  const before = new Map(Object.entries(present?.data ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]));
  const half = before.size > 0 ? AUTHORITIES.filter((file) => !before.has(file)) : [];
  if (half.length > 0) {
    throw new LaunchError(
      `The Secret ${namespace}/${name} has keys, but no ${half.join(', ')}.`,
      'Put back what is missing, or name another Secret: a new CA would lock out all whom the old one let in.',
    );
  }
  const after = await madeOf(before, choice);
  const changed = [...after].filter(([file, text]) => before.get(file) !== text);
  if (changed.length === 0) return [];
  const data = Object.fromEntries(changed.map(([file, text]) => [file, Buffer.from(text).toString('base64')]));
  if (present) {
    await client.patch(`${path}/${name}`, { metadata: { resourceVersion: present.metadata.resourceVersion }, data });
  } else {
    await client.create(path, { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type: 'Opaque', data });
  }
  return changed.map(([file]) => file).sort();
}

async function madeOf(before: ReadonlyMap<string, string>, choice: PkiSecretChoice): Promise<Map<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'kubezoo-pki-'));
  try {
    replaceKeys(folder, Object.fromEntries(before));
    const operatorKubeconfig = join(folder, 'operator.kubeconfig');
    await initGatewayPki({ ...choice, folder, operatorKubeconfig });
    const after = readKeyFolder(folder);
    if (choice.servingCaFile !== undefined) {
      const ca = readFileSync(choice.servingCaFile, 'utf8');
      after.set('operator.kubeconfig', renderKubeconfig({ ...readKubeconfig(operatorKubeconfig), ca }, 'operator'));
    }
    return after;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
