/**
 * storagemigration.k8s.io: the GroupResource whose stored objects are to be written anew, all over the cluster. A tenant can
 * mean its own custom resources only, so every group it names is one of its own upstream: that of a built-in kind names
 * nothing there, and nothing is migrated.
 */
import { toTenantName, toUpstreamName } from '../../names/prefix.ts';
import { captureObject } from './capture-object.ts';

/** Core's group has no name. A group of custom resources has a dot in it, so that nothing else is called so. */
const CORE = 'core';

export const migratedResourceToUpstream = captureObject((resource, { tenantId }) => {
  const { group = '' } = resource;
  return typeof group === 'string' ? { ...resource, group: toUpstreamName(tenantId, group || CORE) } : resource;
});

export const migratedResourceToTenant = captureObject((resource, { tenantId }) => {
  const { group } = resource;
  if (typeof group !== 'string') return resource;
  const shown = toTenantName(tenantId, group);
  return { ...resource, group: shown === CORE ? '' : shown };
});
