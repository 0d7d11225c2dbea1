import { TENANT_LABEL } from '../../tenants/tenant.ts';
import { type Expression, mutatingPolicy, type PlatformObject, type ResourceRule, validatingPolicy } from './policy.ts';

const NAME = 'kubezoo-tenant-label';

/** An object's labels can be written through its sub-resources, too. */
const CLUSTER_SCOPED_WRITES: readonly ResourceRule[] = [
  { apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'], operations: ['CREATE', 'UPDATE'], scope: 'Cluster' },
];

/** Custom resources: all of such a group is one tenant's. Another's are refused by the confining policy. */
const NOT_OWN_GROUP: Expression = {
  name: 'not-own-group',
  expression: '!request.resource.group.matches("^[a-z0-9][a-z0-9-]{4}[a-z0-9]-")',
};

/** What stands under a path of an object and is no object of that kind has no labels of its own. */
const HAS_METADATA: Expression = { name: 'has-metadata', expression: 'object != null && has(object.metadata)' };

/**
 * Every cluster-scoped object that a tenant's user writes carries the tenant's label, whatever was sent: set by the first
 * policy, and demanded by the second, for the case that something took it off again. Namespaces are selected by it, and a
 * collection is deleted by it. `version`: of MutatingAdmissionPolicy.
 */
export function tenantLabelPolicies(version: string): PlatformObject[] {
  const label = JSON.stringify(TENANT_LABEL);
  const conditions = [HAS_METADATA, NOT_OWN_GROUP];
  return [
    ...mutatingPolicy({
      version,
      name: NAME,
      rules: CLUSTER_SCOPED_WRITES,
      conditions,
      mutation: { applyConfiguration: `Object{metadata: Object.metadata{labels: {${label}: variables.tenantId}}}` },
    }),
    ...validatingPolicy({
      name: NAME,
      rules: CLUSTER_SCOPED_WRITES,
      conditions,
      validations: [
        {
          expression: `has(object.metadata.labels) && ${label} in object.metadata.labels && object.metadata.labels[${label}] == variables.tenantId`,
          message: 'labels under kubezoo.io/ are set by the platform',
        },
      ],
    }),
  ];
}
