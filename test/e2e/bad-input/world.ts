import { type Cluster, readKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { sharedStack } from '../../helpers/shared-stack.ts';
import type { Stack } from '../../helpers/stack.ts';
import { NAMESPACE } from './bad-request.ts';
import type { RawRequest } from './send-request.ts';

export const TENANT = 'demo01';
/** What no answer may hold; the second list, where the question itself names the other tenant. */
export const OWN_SECRETS = [`${TENANT}-`, 'kubezoo:', 'kubezoo.io/'];
export const SECRETS = [...OWN_SECRETS, 'demo02'];

/** Good requests, whose answer tells whom the server sees. */
export const WHO_AM_I: RawRequest = {
  method: 'POST',
  path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
  body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
};
export const HERE: RawRequest = { path: `/api/v1/namespaces/${NAMESPACE}/configmaps/here` };

/** The same namespace, ConfigMap and ServiceAccount at the tenant and at upstream. */
export interface World {
  readonly stack: Stack;
  readonly tenant: Cluster;
  readonly upstream: Cluster;
  /** The gateway, without any credential. */
  readonly nobody: Cluster;
}

let world: Promise<World> | undefined;

/** Made once for all test files of a run; it ends with the shared stack. */
export function badInputWorld(): Promise<World> {
  world ??= makeWorld();
  return world;
}

async function makeWorld(): Promise<World> {
  const stack = await sharedStack();
  for (const as of [{ tenant: TENANT }, 'upstream'] as const) {
    await stack.mustKubectl(['create', 'namespace', NAMESPACE], as);
    await stack.mustKubectl(['create', 'configmap', 'here', '-n', NAMESPACE, '--from-literal=a=b'], as);
    await stack.mustKubectl(['create', 'serviceaccount', 'bot', '-n', NAMESPACE], as);
  }
  const tenant = readKubeconfig(stack.kubeconfig({ tenant: TENANT }));
  return {
    stack,
    tenant,
    upstream: readKubeconfig(stack.kubeconfig('upstream')),
    nobody: { server: tenant.server, ca: tenant.ca },
  };
}
