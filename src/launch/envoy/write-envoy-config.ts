/** Envoy's files, made of the configuration that sidecar and controller read: for an Envoy that nobody here starts. */

import { join, resolve } from 'node:path';
import { type Config, upstreamsOf } from '../../config/config.ts';
import { type EnvoyFiles, type EnvoyUpstream, renderEnvoyConfig } from '../../gateway/envoy-config.ts';
import { readKubeconfig } from '../kube/kubeconfig.ts';
import { LaunchError } from '../launch-error.ts';
import { writeSecretFile } from '../state/write-secret-file.ts';
import { writeUpstreamKeys } from './upstream-keys.ts';

/**
 * Writes `envoy.yaml` into `folder`, and what it names that is not in files yet: how each upstream is known, and how it knows the gateway, out of
 * the gateway's kubeconfigs. Once more, it changes what has changed; keys are in force at once, the rest when Envoy is started anew.
 *
 * @returns path of the bootstrap file
 * @throws LaunchError when something is missing
 */
export function writeEnvoyConfig(config: Config, folder: string): string {
  const out = resolve(folder);
  const [first, ...others] = upstreamsOf(config).map(({ name, gatewayKubeconfig }, index) => ({
    name,
    upstream: writeUpstreamKeys(readKubeconfig(gatewayKubeconfig), join(out, index === 0 ? 'upstream' : `upstream-${name}`)),
  }));
  const otherUpstreams = Object.fromEntries(others.map(({ name, upstream }) => [name, upstream]));
  const files = renderFiles(config, join(out, 'secrets'), first!.upstream, otherUpstreams);
  for (const { path, text } of files.secrets) writeSecretFile(path, text);
  const bootstrap = join(out, 'envoy.yaml');
  writeSecretFile(bootstrap, files.bootstrap);
  return bootstrap;
}

function renderFiles(
  config: Config,
  secretsDir: string,
  upstream: EnvoyUpstream,
  otherUpstreams: Record<string, EnvoyUpstream>,
): EnvoyFiles {
  const { envoy, shutdown, tracing, oidc, workers } = config;
  if (!envoy)
    throw new LaunchError('The configuration has no `envoy` section.', 'It says where Envoy listens: see docs/config.schema.json.');
  const adminSocket = envoy.adminSocket ?? shutdown?.envoyAdminSocket;
  if (envoy.statsAddress !== undefined && adminSocket === undefined) {
    throw new LaunchError('`envoy.statsAddress` needs a socket to go through.', 'Set `envoy.adminSocket` or `shutdown.envoyAdminSocket`.');
  }
  const sidecarAddress = envoy.sidecarStats ? config.adminAddress : undefined;
  if (sidecarAddress?.endsWith(':0')) {
    throw new LaunchError('`envoy.sidecarStats` needs an address that is known.', 'Set `adminAddress` to a port of your choice.');
  }
  return renderEnvoyConfig({
    listenAddress: envoy.listenAddress,
    listenPort: envoy.listenPort,
    servingCertFile: resolve(envoy.servingCertFile),
    servingKeyFile: resolve(envoy.servingKeyFile),
    clientCaFile: resolve(envoy.trustedClientsFile ?? config.clientCaFile),
    secretsDir,
    extProcSocket: resolve(config.extProcSocket),
    localSocket: resolve(config.localSocket),
    workers,
    upstream,
    otherUpstreams,
    tracing: tracing && { otlpHttp: tracing.endpoint, sampleRatio: tracing.sampleRatio },
    oidc,
    ...(adminSocket !== undefined && { adminSocket: resolve(adminSocket) }),
    stats:
      envoy.statsAddress === undefined ? undefined : { address: envoy.statsAddress, adminSocket: resolve(adminSocket!), sidecarAddress },
  });
}
