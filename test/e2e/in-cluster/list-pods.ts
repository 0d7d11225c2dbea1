/** A program in a tenant's pod: it finds its cluster as client-node does in any, below the folder of its first argument, and prints what it is told. */
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';

const config = new KubeConfig();
config.loadFromCluster(process.argv[2]);
const namespace = config.getContextObject(config.getCurrentContext())!.namespace!;
const core = config.makeApiClient(CoreV1Api);
const pods = await core.listNamespacedPod({ namespace });
const foreign = await core.listNamespacedPod({ namespace: process.argv[3]! }).then(
  ({ items }) => items.length,
  (error: { code?: number }) => error.code,
);
console.log(JSON.stringify({ namespace, pods: pods.items.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`), foreign }));
