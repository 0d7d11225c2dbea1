import { TENANT_ADMINS_GROUP, toUpstreamIdentity } from '../../names/identity.ts';
import type { KubeObject, UpstreamClient } from '../../upstream/upstream-client.ts';
import { isUpstreamError } from '../../upstream/upstream-error.ts';
import { TENANT_CLUSTER_ROLE } from '../platform/platform-objects.ts';
import { MANAGED_BY } from '../policies/policy.ts';
import { DONE, type Outcome, type Step } from './step.ts';

export const CLUSTER_ROLE_BINDINGS = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';

export const PLATFORM_NOT_INSTALLED: Outcome = {
  state: 'waiting',
  reason: 'PlatformNotInstalled',
  message: 'the policies that confine tenants are not in force upstream yet',
  retryAfterMs: 1_000,
};

/**
 * The tenant's admins may do everything, upstream's policies standing guard over where. Not before those are there.
 * Reviews of oneself need nothing more: the gateway asserts system:authenticated, which Kubernetes binds to system:basic-user.
 */
export const grantAccess: Step = {
  name: 'grant-access',
  condition: 'AccessReady',
  async run({ tenantId, upstream, platformInstalled }): Promise<Outcome> {
    if (!platformInstalled()) return PLATFORM_NOT_INSTALLED;
    // Begins with `kubezoo:`, not with `<id>-`: it collides with no name that a tenant gives.
    const name = toUpstreamIdentity(tenantId, TENANT_ADMINS_GROUP);
    await applyBinding(upstream, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name, labels: MANAGED_BY },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: TENANT_CLUSTER_ROLE },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name }],
    });
    return DONE;
  },
};

/** Applies it, in the place of another of its name if need be. Throws UpstreamError. */
export async function applyBinding(upstream: UpstreamClient, binding: KubeObject & Record<string, unknown>): Promise<KubeObject> {
  const path = `${CLUSTER_ROLE_BINDINGS}/${binding.metadata.name}`;
  try {
    return await upstream.apply(path, binding);
  } catch (thrown) {
    // A roleRef cannot be changed: somebody has put another binding there.
    if (!isUpstreamError(thrown, 'Invalid')) throw thrown;
    await upstream.delete(path);
    return await upstream.apply(path, binding);
  }
}
