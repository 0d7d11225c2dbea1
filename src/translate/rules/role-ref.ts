/** rbac/v1 RoleRef: a ClusterRole's name is prefixed, a Role's is not. */
import { KubeError } from '../../errors.ts';
import { toTenantName, toUpstreamName } from '../../names/prefix.ts';
import { captureObject, textOf } from './capture-object.ts';

/**
 * What has no kind can only be a patch that upstream refuses anyway (the field is immutable) or the second of two members
 * of one name, which Go would merge with the first; so it is translated as if it were a ClusterRole: never a name upstream's own.
 *
 * @throws KubeError BadRequest for a ClusterRole without a name, which could be merged with a name of the platform's
 */
export const roleRefToUpstream = captureObject((roleRef, { tenantId }) => {
  const kind = textOf(roleRef, 'kind');
  const role = textOf(roleRef, 'name');
  if (kind === 'Role') return roleRef;
  if (role === undefined) {
    if (kind === undefined) return roleRef;
    throw new KubeError('BadRequest', 'roleRef: kind and name must be given together');
  }
  return { ...roleRef, name: toUpstreamName(tenantId, role) };
});

export const roleRefToTenant = captureObject(
  (roleRef, { tenantId }) => {
    const role = textOf(roleRef, 'name');
    return role !== undefined && textOf(roleRef, 'kind') !== 'Role' ? { ...roleRef, name: toTenantName(tenantId, role) } : roleRef;
  },
  { unlessHolding: 'prefix' },
);
