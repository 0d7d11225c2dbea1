import { TENANT_LABEL } from '../../tenants/tenant.ts';
import { mutatingPolicy, type PlatformObject, type ResourceRule, validatingPolicy } from './policy.ts';

const NAME = 'kubezoo-tenant-label';

/** A namespace's labels can be written through each of the three. */
const NAMESPACE_WRITES: readonly ResourceRule[] = [
  {
    apiGroups: [''],
    apiVersions: ['v1'],
    resources: ['namespaces', 'namespaces/status', 'namespaces/finalize'],
    operations: ['CREATE', 'UPDATE'],
  },
];

/**
 * Every namespace that a tenant's user writes carries the tenant's label, whatever was sent: set by the first policy,
 * and demanded by the second, for the case that something took it off again. `version`: of MutatingAdmissionPolicy.
 */
export function tenantLabelPolicies(version: string): PlatformObject[] {
  const label = JSON.stringify(TENANT_LABEL);
  return [
    ...mutatingPolicy(version, NAME, NAMESPACE_WRITES, `Object{metadata: Object.metadata{labels: {${label}: variables.tenantId}}}`),
    ...validatingPolicy({
      name: NAME,
      rules: NAMESPACE_WRITES,
      validations: [
        {
          expression: `has(object.metadata.labels) && ${label} in object.metadata.labels && object.metadata.labels[${label}] == variables.tenantId`,
          message: 'labels under kubezoo.io/ are set by the platform',
        },
      ],
    }),
  ];
}
