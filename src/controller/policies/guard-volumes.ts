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
    {
      // A handle may be that of somebody else's volume.
      expression: '!has(object.spec.csi) || object.spec.csi.driver.startsWith(variables.prefix)',
      message: 'the driver is outside of your cluster',
    },
  ],
});
