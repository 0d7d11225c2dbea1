import { validatingPolicy } from './policy.ts';

export const guardVolumes = validatingPolicy({
  name: 'kubezoo-guard-volumes',
  rules: [{ apiGroups: [''], apiVersions: ['*'], resources: ['persistentvolumes'], operations: ['CREATE', 'UPDATE'] }],
  validations: [
    {
      // What a pod may not mount by itself, it could mount through a claim.
      expression: '!has(object.spec.hostPath) && !has(object.spec.local)',
      message: 'PersistentVolumes on the disks of nodes (hostPath, local) are not available',
    },
  ],
});
