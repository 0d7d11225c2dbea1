import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startEtcd } from '../embedded/start-etcd.ts';
import { writeUpstreamKeys } from '../envoy/upstream-keys.ts';
import { KubeClient } from '../kube/kube-client.ts';
import { type Cluster, readKubeconfig, renderKubeconfig } from '../kube/kubeconfig.ts';
import { LaunchError } from '../launch-error.ts';
import type { LaunchContext } from '../stack/launch-context.ts';
import type { OtherUpstream, UpstreamAccess } from '../stack/upstream-access.ts';
import { otherUpstreamDir } from '../state/home.ts';
import { writeSecretFile } from '../state/write-secret-file.ts';
import { findControlPlane } from '../tools/find-control-plane.ts';

/** Uses the cluster of a kubeconfig, for gateway and controller alike, with an etcd of its own for the tenants. */
export async function useGivenCluster(context: LaunchContext, kubeconfigFile: string): Promise<Omit<UpstreamAccess, 'others'>> {
  const { home, steps, signal } = context;
  const { envoy, cluster } = await adopt(context, kubeconfigFile, home.upstreamKubeconfig, home.upstreamDir);
  const { etcd } = await steps.one('etcd for the tenants', (progress) => findControlPlane(['etcd'], progress, signal));
  const etcdUrl = await steps.one('etcd', () => startEtcd(context, etcd, join(home.root, 'etcd')));
  return {
    url: cluster.server,
    gatewayKubeconfig: home.upstreamKubeconfig,
    controllerKubeconfig: home.upstreamKubeconfig,
    etcdUrl,
    envoy,
  };
}

/** A cluster beside the first one, in which tenants may live that name it. */
export async function useOtherCluster(context: LaunchContext, name: string, kubeconfigFile: string): Promise<OtherUpstream> {
  const folder = otherUpstreamDir(context.home, name);
  const kubeconfig = join(folder, 'upstream.kubeconfig');
  const { envoy } = await adopt(context, kubeconfigFile, kubeconfig, folder);
  return { gatewayKubeconfig: kubeconfig, controllerKubeconfig: kubeconfig, envoy };
}

/** Writes what is needed of a kubeconfig into the state folder, once it is seen to be good. */
async function adopt({ steps, signal }: LaunchContext, givenFile: string, kubeconfigFile: string, folder: string) {
  const cluster = readKubeconfig(givenFile);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeSecretFile(kubeconfigFile, renderKubeconfig(cluster, 'upstream'));
  await steps.one(`Cluster ${cluster.server}`, () => assertAdmin(cluster, givenFile, signal));
  return { cluster, envoy: writeUpstreamKeys(cluster, join(folder, 'pki')) };
}

/** The gateway impersonates users and the controller gives them roles: upstream lets only somebody who may do all do that. */
async function assertAdmin(cluster: Cluster, file: string, signal: AbortSignal): Promise<void> {
  const client = new KubeClient(cluster);
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { group: '*', resource: '*', verb: '*' } },
  };
  try {
    const { status, body } = await client.request('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      body: review,
      signal,
    });
    if (status === 201 && (JSON.parse(body) as { status?: { allowed?: boolean } }).status?.allowed) return;
    throw new LaunchError(
      status === 201 ? `The user of ${file} is not a cluster admin.` : `${cluster.server} answers ${status}: ${body.trim()}`,
      'A kubeconfig of a cluster admin is needed.',
    );
  } catch (error) {
    if (error instanceof LaunchError || signal.aborted) throw error;
    throw new LaunchError(
      `The cluster of ${file} cannot be reached: ${error instanceof Error ? error.message : error}`,
      `Does kubectl --kubeconfig ${file} version work?`,
      { cause: error },
    );
  } finally {
    client.close();
  }
}
