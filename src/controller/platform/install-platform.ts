import { discover } from '../../upstream/discover.ts';
import type { UpstreamClient } from '../../upstream/upstream-client.ts';
import { isUpstreamError, upstreamErrorFrom } from '../../upstream/upstream-error.ts';
import { CONFINE_POLICY_NAME } from '../policies/confine.ts';
import { IN_CLUSTER_POLICY_NAMES, type InClusterAddress } from '../policies/in-cluster.ts';
import { platformObjects } from './platform-objects.ts';

/**
 * Applies the platform's objects; idempotent. `mutatingVersion`: in which upstream serves MutatingAdmissionPolicy, if it
 * does. An apiserver takes about a second to heed a new policy: see isConfinementEnforced. Throws UpstreamError.
 * What belongs to `inCluster` is taken away where there is none any more.
 */
export async function applyPlatform(
  upstream: UpstreamClient,
  mutatingVersion: string | undefined,
  inCluster?: InClusterAddress,
): Promise<void> {
  for (const { path, object } of platformObjects(mutatingVersion, inCluster)) await upstream.apply(path, object);
  if (inCluster || mutatingVersion === undefined) return;
  const group = `/apis/admissionregistration.k8s.io/${mutatingVersion}`;
  for (const name of IN_CLUSTER_POLICY_NAMES) {
    for (const resource of ['mutatingadmissionpolicybindings', 'mutatingadmissionpolicies']) {
      await upstream.delete(`${group}/${resource}/${name}`).catch((thrown: unknown) => {
        if (!isUpstreamError(thrown, 'NotFound')) throw thrown;
      });
    }
  }
}

/** v1 or v1beta1, undefined for none: an alpha one is not to be relied on. Throws UpstreamError. */
export async function mutatingPolicyVersion(upstream: UpstreamClient): Promise<string | undefined> {
  const { resources } = await discover(upstream);
  const served = resources.find(({ resource }) => resource === 'mutatingadmissionpolicies')?.version;
  return served === 'v1' || served === 'v1beta1' ? served : undefined;
}

/**
 * Whether upstream refuses what the policies forbid: that they exist does not say that they work. Tries a write as a
 * tenant's user whom nothing else would stop, as a dry run: it leaves nothing behind. Undefined when upstream does not let this client impersonate.
 */
export async function isConfinementEnforced(upstream: UpstreamClient): Promise<boolean | undefined> {
  const { status, body } = await upstream.request({
    method: 'POST',
    path: '/api/v1/namespaces',
    query: { dryRun: 'All' },
    headers: {
      'content-type': 'application/json',
      'impersonate-user': 'kubezoo:probe0:probe',
      'impersonate-group': 'system:masters',
    },
    body: JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kubezoo-confinement-probe' } }),
  });
  if (status === 201) return false;
  const error = upstreamErrorFrom(status, body);
  if (status === 403 && error.message.includes(CONFINE_POLICY_NAME)) return true;
  if (status === 403 && error.message.includes('impersonate')) return undefined;
  throw error;
}
