import { validatingPolicy } from './policy.ts';

const BETA_CLASS = '"volume.beta.kubernetes.io/storage-class"';

export const guardVolumes = validatingPolicy({
  name: 'kubezoo-guard-volumes',
  rules: [{ apiGroups: [''], apiVersions: ['*'], resources: ['persistentvolumes'], operations: ['CREATE', 'UPDATE'] }],
  variables: [
    {
      // As k8s.io/component-helpers/storage/volume.GetPersistentVolumeClass reads it.
      name: 'storageClass',
      expression: `has(object.metadata.annotations) && ${BETA_CLASS} in object.metadata.annotations ? object.metadata.annotations[${BETA_CLASS}]
        : has(object.spec.storageClassName) ? object.spec.storageClassName : ""`,
    },
  ],
  validations: [
    {
      // Upstream binds a claim to any volume of its class that fits, whoever's: without a class, or with a shared one, another tenant's
      // claim would get this volume, and what is written there. What is going away may lose its finalizers.
      expression: `has(object.metadata.deletionTimestamp) || variables.storageClass.startsWith(variables.prefix)
        || has(object.spec.claimRef) && has(object.spec.claimRef.name) && object.spec.claimRef.name != ""
          && has(object.spec.claimRef.namespace) && object.spec.claimRef.namespace.startsWith(variables.prefix)`,
      message: 'a PersistentVolume needs a storageClassName of your own, or the claimRef of the claim that it is for',
    },
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
