import type { Config } from '../../config/config.ts';
import type { Home } from '../state/home.ts';
import { writeSecretFile } from '../state/write-secret-file.ts';
import { type GatewayPki, OPERATOR_GROUP } from './gateway-pki.ts';
import type { UpstreamAccess } from './upstream-access.ts';

export interface GatewayAddresses {
  readonly gatewayUrl: string;
  readonly adminPort: number;
  readonly extProcSocket: string;
  readonly localSocket: string;
}

/** Writes the configuration of sidecar and controller. */
export function writeConfig(home: Home, pki: GatewayPki, upstream: UpstreamAccess, addresses: GatewayAddresses): void {
  const config: Config = {
    extProcSocket: addresses.extProcSocket,
    localSocket: addresses.localSocket,
    adminAddress: `127.0.0.1:${addresses.adminPort}`,
    gatewayKubeconfig: upstream.gatewayKubeconfig,
    controllerKubeconfig: upstream.controllerKubeconfig,
    gatewayUrl: addresses.gatewayUrl,
    servingCaFile: pki.ca.certFile,
    clientCaFile: pki.ca.certFile,
    clientCaKeyFile: pki.ca.keyFile,
    etcdEndpoints: [upstream.etcdUrl],
    etcdPrefix: '/kubezoo/',
    operatorGroup: OPERATOR_GROUP,
    kubeconfigDir: home.tenantsDir,
    sharedResources: [],
    logLevel: 'info',
  };
  writeSecretFile(home.config, `${JSON.stringify(config, null, 2)}\n`);
}
