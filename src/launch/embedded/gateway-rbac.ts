import { GATEWAY_RULES, rulesOf } from '../../upstream/platform-rules.ts';
import { GATEWAY_USER } from './upstream-pki.ts';

const NAME = 'kubezoo:gateway';

/** All that the gateway may do upstream in its own name. */
export const GATEWAY_RBAC = [
  {
    path: `/apis/rbac.authorization.k8s.io/v1/clusterroles/${NAME}`,
    object: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: NAME },
      rules: rulesOf(GATEWAY_RULES),
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
