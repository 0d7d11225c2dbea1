import { join } from 'node:path';
import type { EnvoyUpstream } from '../../gateway/envoy-config.ts';
import type { Cluster } from '../kube/kubeconfig.ts';
import { updateKeys } from '../pki/key-folder.ts';

/** Writes what a kubeconfig says of keys into files, from which Envoy takes them; the same again leaves them alone. */
export function writeUpstreamKeys(cluster: Cluster, folder: string): EnvoyUpstream {
  const { hostname, port } = new URL(cluster.server);
  const { serverName, clientCert, clientKey } = cluster;
  updateKeys(folder, givenKeys(cluster));
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? 443 : Number(port),
    ...(serverName && { serverName }),
    caFile: join(folder, 'ca.crt'),
    ...(clientCert && clientKey && { clientCertFile: join(folder, 'gateway.crt'), clientKeyFile: join(folder, 'gateway.key') }),
  };
}

/** Under the names that an embedded cluster's files have. */
export function givenKeys({ ca, clientCert, clientKey }: Cluster): Record<string, string> {
  return { 'ca.crt': ca, ...(clientCert && clientKey && { 'gateway.crt': clientCert, 'gateway.key': clientKey }) };
}
