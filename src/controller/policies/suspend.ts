import { type PlatformObject, withBinding } from './policy.ts';

export const SUSPEND_POLICY_NAME = 'kubezoo-suspend';

/** An expression may have 100,000 characters, and an id takes nine of them. */
const IDS_OF_A_VALIDATION = 10_000;

/** Whose user it is: one that the gateway asserts, or a ServiceAccount of the tenant's that comes without the gateway; '' for all others. */
const TENANT_OF_USER = `request.userInfo.username.matches("^kubezoo:[^:]{6}:") ? request.userInfo.username.substring(8, 14)
  : request.userInfo.username.matches("^system:serviceaccount:[^:]{6}-") ? request.userInfo.username.substring(22, 28) : ""`;

/**
 * The second line behind the gateway: users of these tenants write nothing and connect to nothing, whichever way they come. What
 * controllers and kubelets do in their stead goes on. Reads never reach admission.
 *
 * One policy for all: upstream asks each policy there is at every write, whoever's, and a look into a list of constants costs the same
 * however long it is. No parameters: without their object a policy either lets all through or refuses all, the platform's own
 * writes included. See docs/decisions/0030.
 */
export function suspendPolicy(tenantIds: readonly string[]): PlatformObject[] {
  const parts = Array.from({ length: Math.ceil(tenantIds.length / IDS_OF_A_VALIDATION) }, (_, index) =>
    tenantIds.slice(index * IDS_OF_A_VALIDATION, (index + 1) * IDS_OF_A_VALIDATION),
  );
  return withBinding('ValidatingAdmissionPolicy', 'v1', SUSPEND_POLICY_NAME, {
    failurePolicy: 'Fail',
    matchConstraints: { resourceRules: [{ apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'], operations: ['*'] }] },
    matchConditions: [{ name: 'tenant-user', expression: `(${TENANT_OF_USER}) != ""` }],
    variables: [{ name: 'tenantId', expression: TENANT_OF_USER }],
    validations: parts.map((ids) => ({
      expression: `!(variables.tenantId in ${JSON.stringify(ids)})`,
      message: 'the tenant is suspended',
      reason: 'Forbidden',
    })),
  });
}
