import { confinePolicy } from '../policies/confine.ts';
import { guardClasses } from '../policies/guard-classes.ts';
import { guardClusterRoles } from '../policies/guard-cluster-roles.ts';
import { guardDefaultClasses } from '../policies/guard-default-classes.ts';
import { guardDevices } from '../policies/guard-devices.ts';
import { guardMigrations } from '../policies/guard-migrations.ts';
import { guardPlacement } from '../policies/guard-placement.ts';
import { guardQuota } from '../policies/guard-quota.ts';
import { guardReferences } from '../policies/guard-references.ts';
import { guardRoleBindings } from '../policies/guard-role-bindings.ts';
import { guardServices } from '../policies/guard-services.ts';
import { guardSigners } from '../policies/guard-signers.ts';
import { guardStorageClasses } from '../policies/guard-storage-classes.ts';
import { guardVolumes } from '../policies/guard-volumes.ts';
import { type InClusterAddress, inClusterPolicies } from '../policies/in-cluster.ts';
import { inertDeviceClasses } from '../policies/inert-device-classes.ts';
import { MANAGED_BY, type PlatformObject } from '../policies/policy.ts';
import { tenantLabelPolicies } from '../policies/tenant-label.ts';

/** What every tenant's admins may do; the gateway and the policies say where. No nonResourceURLs. */
export const TENANT_CLUSTER_ROLE = 'kubezoo:tenant';

const tenantClusterRole: PlatformObject = {
  path: `/apis/rbac.authorization.k8s.io/v1/clusterroles/${TENANT_CLUSTER_ROLE}`,
  object: {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: TENANT_CLUSTER_ROLE, labels: MANAGED_BY },
    rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
  },
};

/**
 * All that the platform keeps upstream for all tenants, policies before the rights that they confine.
 * `mutatingVersion`: in which upstream serves MutatingAdmissionPolicy, undefined if it does not. `inCluster`: where pods find the gateway.
 */
export function platformObjects(mutatingVersion: string | undefined, inCluster?: InClusterAddress): PlatformObject[] {
  return [
    ...guardClusterRoles,
    ...guardPlacement,
    ...guardReferences,
    ...guardRoleBindings,
    ...guardServices,
    ...guardVolumes,
    ...guardDefaultClasses,
    ...guardClasses,
    ...guardStorageClasses,
    ...guardDevices,
    ...guardSigners,
    ...guardMigrations,
    ...guardQuota,
    ...(mutatingVersion === undefined ? [] : [...tenantLabelPolicies(mutatingVersion), ...inertDeviceClasses(mutatingVersion)]),
    ...(mutatingVersion === undefined || !inCluster ? [] : inClusterPolicies(mutatingVersion, inCluster)),
    // The last of all: it is the one that is tried out (isConfinementEnforced), and upstream heeds them in the order in which they were written.
    ...confinePolicy,
    tenantClusterRole,
  ];
}
