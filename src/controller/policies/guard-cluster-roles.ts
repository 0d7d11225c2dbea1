import { TENANT_LABEL } from '../../tenants/tenant.ts';
import { validatingPolicy } from './policy.ts';

const LABEL = JSON.stringify(TENANT_LABEL);

/**
 * Upstream's controller copies the rules of ClusterRoles into others by label, over the whole cluster. A tenant's role carries
 * labels of the tenant alone, so no other role collects it; and it collects roles with the tenant's label alone.
 */
export const guardClusterRoles = validatingPolicy({
  name: 'kubezoo-guard-cluster-roles',
  rules: [{ apiGroups: ['rbac.authorization.k8s.io'], apiVersions: ['*'], resources: ['clusterroles'], operations: ['CREATE', 'UPDATE'] }],
  validations: [
    {
      // Another tenant's would make it a part of that tenant's roles.
      expression: `!has(object.metadata.labels) || !(${LABEL} in object.metadata.labels) || object.metadata.labels[${LABEL}] == variables.tenantId`,
      message: 'labels under kubezoo.io/ are set by the platform',
    },
    {
      // The last part of a key is the tenant's: demo01-app, rbac.authorization.k8s.io/demo01-aggregate-to-view.
      expression: `!has(object.metadata.labels) || object.metadata.labels.all(key, key == ${LABEL} || (key.contains("/") ? key.contains("/" + variables.prefix) : key.startsWith(variables.prefix)))`,
      message: 'a label of this ClusterRole could make it a part of a role of the platform',
    },
    {
      expression: `!has(object.aggregationRule) || !has(object.aggregationRule.clusterRoleSelectors) || object.aggregationRule.clusterRoleSelectors.all(selector,
        has(selector.matchLabels) && ${LABEL} in selector.matchLabels && selector.matchLabels[${LABEL}] == variables.tenantId)`,
      message: 'this aggregationRule would collect rules from outside of your cluster',
    },
  ],
});
