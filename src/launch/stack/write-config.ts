import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import type { OidcConfig } from '../../config/settings/oidc.ts';
import { DEFAULT_FINALIZER_GRACE_SECONDS } from '../../config/settings/tenants.ts';
import type { Home } from '../state/home.ts';
import { writeSecretFile } from '../state/write-secret-file.ts';
import type { TracingTarget } from '../tracing/start-tracing.ts';
import { type GatewayPki, OPERATOR_GROUP } from './gateway-pki.ts';
import type { UpstreamAccess } from './upstream-access.ts';

export interface GatewayAddresses {
  readonly gatewayUrl: string;
  readonly adminPort: number;
  readonly controllerAdminPort: number;
  readonly extProcSocket: string;
  readonly localSocket: string;
  readonly bridgePort: number;
  readonly workers: number;
  readonly tracing: TracingTarget | undefined;
  /** Webhooks are called on loopback: there is no network of pods. */
  readonly webhooksOnLoopback: boolean;
  readonly oidc: OidcConfig | undefined;
}

/** Writes the configuration of sidecar and controller. */
export function writeConfig(home: Home, pki: GatewayPki, upstream: UpstreamAccess, addresses: GatewayAddresses): void {
  const config: Config = {
    extProcSocket: addresses.extProcSocket,
    localSocket: addresses.localSocket,
    adminAddress: `127.0.0.1:${addresses.adminPort}`,
    controllerAdminAddress: `127.0.0.1:${addresses.controllerAdminPort}`,
    gatewayKubeconfig: upstream.gatewayKubeconfig,
    controllerKubeconfig: upstream.controllerKubeconfig,
    upstreamName: 'default',
    otherUpstreams: Object.fromEntries(
      Object.entries(upstream.others).map(([name, { gatewayKubeconfig, controllerKubeconfig }]) => [
        name,
        { gatewayKubeconfig, controllerKubeconfig },
      ]),
    ),
    workers: addresses.workers,
    ...(addresses.tracing && {
      tracing: {
        endpoint: addresses.tracing.otlpHttp,
        sampleRatio: addresses.tracing.sampleRatio,
        ...(addresses.tracing.jaeger && { jaegerUrl: addresses.tracing.jaeger }),
      },
    }),
    gatewayUrl: addresses.gatewayUrl,
    certificates: { validitySeconds: 365 * 86_400 },
    servingCaFile: pki.servingCa.certFile,
    servingCertFile: pki.serving.certFile,
    clientCaFile: pki.clientCa.certFile,
    clientCaKeyFile: pki.clientCa.keyFile,
    etcdEndpoints: [upstream.etcdUrl],
    etcdPrefix: '/kubezoo/',
    operatorGroup: OPERATOR_GROUP,
    kubeconfigDir: home.tenantsDir,
    cursorKeyFile: pki.cursorKeyFile,
    sharedResources: [],
    defaultCaps: {},
    // Upstream has to reach it: with a cluster elsewhere, this is for the operator to set.
    admissionBridge: {
      host: '127.0.0.1',
      port: addresses.bridgePort,
      url: `https://127.0.0.1:${addresses.bridgePort}`,
      certFile: pki.bridge.certFile,
      keyFile: pki.bridge.keyFile,
      caFile: pki.servingCa.certFile,
      proofKeyFile: pki.proofKeyFile,
      maxTimeoutMs: 10_000,
      ...(addresses.webhooksOnLoopback && { dialInstead: '127.0.0.1' }),
    },
    operatorPage: { clients: 'Loopback' },
    requestLog: { requests: 'off', path: '-', maxSizeMiB: 100, maxFiles: 10 },
    audit: { path: join(home.logsDir, 'audit.log'), maxSizeMiB: 100, maxFiles: 3, level: 'Request' },
    removal: { finalizerGracePeriodSeconds: DEFAULT_FINALIZER_GRACE_SECONDS },
    ...(addresses.oidc && { oidc: addresses.oidc }),
    metrics: { tenants: 50 },
    logLevel: 'info',
  };
  writeSecretFile(home.config, `${JSON.stringify(config, null, 2)}\n`);
}
