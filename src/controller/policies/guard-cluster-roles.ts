import { validatingPolicy } from './policy.ts';

/** Aggregation goes by labels over the whole cluster: it is refused until selectors and labels are translated. */
export const guardClusterRoles = validatingPolicy({
  name: 'kubezoo-guard-cluster-roles',
  rules: [{ apiGroups: ['rbac.authorization.k8s.io'], apiVersions: ['*'], resources: ['clusterroles'], operations: ['CREATE', 'UPDATE'] }],
  validations: [
    {
      expression: '!has(object.aggregationRule)',
      message: 'a ClusterRole with an aggregationRule is not available yet: write its rules out',
    },
    {
      expression:
        '!has(object.metadata.labels) || !object.metadata.labels.exists(key, key.startsWith("rbac.authorization.k8s.io/aggregate-to-"))',
      message: 'labels that begin with rbac.authorization.k8s.io/aggregate-to- are not available yet: ClusterRoles are not aggregated',
    },
  ],
});
