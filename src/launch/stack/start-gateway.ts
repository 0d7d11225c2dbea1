import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderEnvoyConfig } from '../../gateway/envoy-config.ts';
import { answersWith, KubeClient } from '../kube/kube-client.ts';
import { renderKubeconfig } from '../kube/kubeconfig.ts';
import { checkGatewayPort, choosePort } from '../state/choose-port.ts';
import { socketFolder } from '../state/socket-folder.ts';
import { writeSecretFile } from '../state/write-secret-file.ts';
import type { ProcessSpec } from '../supervisor/process-spec.ts';
import { cacheDir } from '../tools/cache-dir.ts';
import { ENVOY_REMEDIES, envoyArgs } from './envoy-args.ts';
import { ensureGatewayPki } from './gateway-pki.ts';
import type { LaunchContext } from './launch-context.ts';
import { readOidcFile } from './read-oidc-file.ts';
import type { Step } from './steps.ts';
import type { UpstreamAccess } from './upstream-access.ts';
import { writeConfig } from './write-config.ts';

const CLI = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

/** URLs, as they are written to `endpoints.json`. */
export interface Endpoints {
  readonly gateway: string;
  readonly upstream: string;
  /** Health and metrics of the sidecar. */
  readonly admin: string;
  /** The controller's. */
  readonly controllerAdmin: string;
  /** Jaeger's page and query API, with `--tracing`. */
  readonly jaeger?: string;
}

/** Starts sidecar, controller and Envoy, and writes the operator's kubeconfig and `endpoints.json`. */
export async function startGateway(context: LaunchContext, upstream: UpstreamAccess, envoyBinary: string): Promise<Endpoints> {
  const { choices, gatewayPort, home, signal, steps, supervisor } = context;
  const workers = context.options.workers ?? 1;
  const oidc = context.options.oidcFile === undefined ? undefined : readOidcFile(context.options.oidcFile);
  const pki = await ensureGatewayPki(home.pkiDir);
  const adminPort = await choosePort(choices, 'admin');
  const controllerAdminPort = await choosePort(choices, 'controllerAdmin');
  const bridgePort = await choosePort(choices, 'bridge');
  const sockets = socketFolder(home);
  const gatewayUrl = `https://127.0.0.1:${gatewayPort}`;
  const extProcSocket = join(sockets, 'ext-proc.sock');
  const localSocket = join(sockets, 'local.sock');
  const operator = {
    server: gatewayUrl,
    ca: pki.servingCa.certificatePem,
    clientCert: pki.operator.certificatePem,
    clientKey: pki.operator.keyPem,
  };
  writeConfig(home, pki, upstream, {
    gatewayUrl,
    adminPort,
    controllerAdminPort,
    extProcSocket,
    localSocket,
    bridgePort,
    workers,
    tracing: context.tracing,
    webhooksOnLoopback: context.options.webhooksOnLoopback === true,
    oidc,
  });
  writeSecretFile(home.operatorKubeconfig, renderKubeconfig(operator, 'operator'));
  const envoy = renderEnvoyConfig({
    listenAddress: '127.0.0.1',
    listenPort: gatewayPort,
    servingCertFile: pki.serving.certFile,
    servingKeyFile: pki.serving.keyFile,
    clientCaFile: pki.trustedClientsFile,
    secretsDir: home.envoySecretsDir,
    extProcSocket,
    localSocket,
    workers,
    upstream: upstream.envoy,
    otherUpstreams: Object.fromEntries(Object.entries(upstream.others).map(([name, other]) => [name, other.envoy])),
    tracing: context.tracing,
    oidc,
    adminSocket: join(sockets, 'envoy.sock'),
  });
  for (const { path, text } of envoy.secrets) writeSecretFile(path, text);
  writeSecretFile(home.envoyConfig, envoy.bootstrap);

  const admin = `http://127.0.0.1:${adminPort}`;
  const controllerAdmin = `http://127.0.0.1:${controllerAdminPort}`;
  await checkGatewayPort(gatewayPort);
  const client = new KubeClient(operator);
  const start = (spec: ProcessSpec): Step<void> => ({
    title: spec.name,
    run: (_, givenUp) => supervisor.start(spec, AbortSignal.any([signal, givenUp])),
  });
  try {
    await steps.all([
      start({ ...ownProcess('sidecar', home.config), ready: () => saysYes(`${admin}/readyz`) }),
      start({ ...ownProcess('controller', home.config), ready: () => saysYes(`${controllerAdmin}/livez`) }),
      // Answered by the sidecar behind Envoy: both are there.
      start({
        ...{ name: 'envoy', command: envoyBinary, args: envoyArgs(home.envoyConfig), remedies: ENVOY_REMEDIES },
        ready: () => answersWith(client, '/readyz'),
      }),
    ]);
  } finally {
    client.close();
  }
  const jaeger = context.tracing?.jaeger;
  const endpoints = { gateway: gatewayUrl, upstream: upstream.url, admin, controllerAdmin, ...(jaeger && { jaeger }) };
  writeSecretFile(home.endpoints, `${JSON.stringify(endpoints, null, 2)}\n`);
  return endpoints;
}

function ownProcess(name: 'sidecar' | 'controller', configFile: string): ProcessSpec {
  return {
    name,
    command: process.execPath,
    args: [CLI, name, '--config', configFile],
    env: { NODE_COMPILE_CACHE: join(cacheDir(), 'compiled') },
  };
}

async function saysYes(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(2000) }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.ok;
    },
    () => false,
  );
}
