import { validatingPolicy } from './policy.ts';

/** A migration writes every object of a resource anew, all over the cluster. */
export const guardMigrations = validatingPolicy({
  name: 'kubezoo-guard-migrations',
  rules: [{ apiGroups: ['storagemigration.k8s.io'], apiVersions: ['*'], resources: ['*/*'], operations: ['CREATE', 'UPDATE'] }],
  validations: [
    {
      expression: 'has(object.spec.resource.group) && object.spec.resource.group.startsWith(variables.prefix)',
      message: 'the resource is outside of your cluster',
    },
  ],
});
