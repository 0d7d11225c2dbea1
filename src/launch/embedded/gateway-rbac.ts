import { GATEWAY_USER } from './upstream-pki.ts';

const NAME = 'kubezoo:gateway';

/**
 * All that the gateway may do upstream in its own name: act for others, ask who somebody is and what he may, and list and watch,
 * for the watches that tenants share and the classes that the platform shares. It writes nothing as itself.
 */
export const GATEWAY_RBAC = [
  {
    path: `/apis/rbac.authorization.k8s.io/v1/clusterroles/${NAME}`,
    object: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: NAME },
      rules: [
        { apiGroups: [''], resources: ['users', 'groups', 'serviceaccounts'], verbs: ['impersonate'] },
        // RBAC has no pattern for one resource's subresources, and each key of an extra field is one: so all of the group, with this verb alone.
        { apiGroups: ['authentication.k8s.io'], resources: ['*'], verbs: ['impersonate'] },
        { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews', 'selfsubjectreviews'], verbs: ['create'] },
        { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
        // What tenants watch in all their namespaces is watched once, for all of them.
        { apiGroups: ['*'], resources: ['*'], verbs: ['list', 'watch'] },
        { nonResourceURLs: ['/version', '/readyz', '/openapi', '/openapi/*', '/api', '/api/*', '/apis', '/apis/*'], verbs: ['get'] },
      ],
    },
  },
  {
    path: `/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${NAME}`,
    object: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: NAME },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: NAME },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: GATEWAY_USER }],
    },
  },
] as const;
