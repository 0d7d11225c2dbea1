import { join } from 'node:path';
import { applyObjects } from '../kube/apply-objects.ts';
import { answersWith, KubeClient } from '../kube/kube-client.ts';
import { type Cluster, renderKubeconfig } from '../kube/kubeconfig.ts';
import type { CertificateFiles } from '../pki/ensure-certificate.ts';
import type { LaunchContext } from '../stack/launch-context.ts';
import type { UpstreamAccess } from '../stack/upstream-access.ts';
import { choosePort } from '../state/choose-port.ts';
import { writeSecretFile } from '../state/write-secret-file.ts';
import { CONTROL_PLANE, findControlPlane } from '../tools/find-control-plane.ts';
import { apiserverArgs } from './apiserver-args.ts';
import { controllerManagerArgs } from './controller-manager-args.ts';
import { GATEWAY_RBAC } from './gateway-rbac.ts';
import { startEtcd } from './start-etcd.ts';
import { ensureUpstreamPki, type UpstreamPki } from './upstream-pki.ts';

/** Starts a stock Kubernetes on loopback, its state in the state folder. Tenants are kept in the same etcd, under keys of their own. */
export async function startEmbeddedCluster(context: LaunchContext): Promise<Omit<UpstreamAccess, 'others'>> {
  const { home, choices, steps, signal, supervisor } = context;
  const binaries = await steps.one('Kubernetes', (progress) => findControlPlane(CONTROL_PLANE, progress, signal));
  const pki = await ensureUpstreamPki(join(home.upstreamDir, 'pki'));
  const etcdUrl = await steps.one('etcd', () => startEtcd(context, binaries.etcd, join(home.upstreamDir, 'etcd')));
  const port = await choosePort(choices, 'upstream');
  const server = `https://127.0.0.1:${port}`;
  const clusterAs = ({ certificatePem, keyPem }: CertificateFiles): Cluster => ({
    server,
    ca: pki.ca.certificatePem,
    clientCert: certificatePem,
    clientKey: keyPem,
  });
  const controllerManagerKubeconfig = join(home.upstreamDir, 'controller-manager.kubeconfig');
  writeSecretFile(home.upstreamKubeconfig, renderKubeconfig(clusterAs(pki.admin), 'upstream'));
  writeSecretFile(home.gatewayKubeconfig, renderKubeconfig(clusterAs(pki.gateway), 'upstream'));
  writeSecretFile(controllerManagerKubeconfig, renderKubeconfig(clusterAs(pki.controllerManager), 'upstream'));

  const admin = new KubeClient(clusterAs(pki.admin));
  try {
    await steps.one('kube-apiserver', async () => {
      const args = apiserverArgs({
        port,
        etcdUrl,
        pki,
        tracingConfigFile: writeTracingConfig(context),
        audit: context.options.upstreamAudit,
      });
      await supervisor.start(
        { name: 'kube-apiserver', command: binaries['kube-apiserver'], args, ready: () => answersWith(admin, '/readyz') },
        signal,
      );
      await applyObjects(admin, GATEWAY_RBAC, signal);
    });
  } finally {
    admin.close();
  }
  await steps.one('kube-controller-manager', () =>
    supervisor.start(
      {
        name: 'kube-controller-manager',
        command: binaries['kube-controller-manager'],
        args: controllerManagerArgs(controllerManagerKubeconfig, pki),
      },
      signal,
    ),
  );
  return {
    url: server,
    gatewayKubeconfig: home.gatewayKubeconfig,
    controllerKubeconfig: home.upstreamKubeconfig,
    etcdUrl,
    envoy: envoyUpstream(port, pki),
  };
}

/** kube-apiserver's TracingConfiguration: it joins the traces of others, and begins none. */
function writeTracingConfig({ home, tracing }: LaunchContext): string | undefined {
  if (tracing?.otlpGrpc === undefined) return undefined;
  const file = join(home.upstreamDir, 'tracing.json');
  const config = {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'TracingConfiguration',
    endpoint: tracing.otlpGrpc,
    samplingRatePerMillion: 0,
  };
  writeSecretFile(file, JSON.stringify(config));
  return file;
}

function envoyUpstream(port: number, { ca, gateway }: UpstreamPki): UpstreamAccess['envoy'] {
  return { host: '127.0.0.1', port, caFile: ca.certFile, clientCertFile: gateway.certFile, clientKeyFile: gateway.keyFile };
}
