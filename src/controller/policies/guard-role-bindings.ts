import { validatingPolicy } from './policy.ts';

/** Whatever a tenant grants, it grants to names that only the gateway gives out: a real user, group or ServiceAccount stays without. */
export const guardRoleBindings = validatingPolicy({
  name: 'kubezoo-guard-role-bindings',
  rules: [
    {
      apiGroups: ['rbac.authorization.k8s.io'],
      apiVersions: ['*'],
      resources: ['clusterrolebindings', 'rolebindings'],
      operations: ['CREATE', 'UPDATE'],
    },
  ],
  validations: [
    {
      expression:
        '!has(object.subjects) || object.subjects.all(s, s.kind in ["User", "Group"] && s.name.startsWith(variables.identityPrefix))',
      message: 'a subject is outside of your cluster',
    },
  ],
});
