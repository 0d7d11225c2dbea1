/** Fields that are called like a name of something, and hold none that is spelled in another way upstream. By their last two steps. */
export interface Untranslated {
  readonly fields: readonly string[];
  readonly reason: string;
}

export const UNTRANSLATED_FIELDS: readonly Untranslated[] = [
  {
    reason: 'names an object in the same namespace',
    fields: [
      'cephfs.secretRef',
      'cinder.secretRef',
      'csi.nodePublishSecretRef',
      'envFrom[].configMapRef',
      'envFrom[].secretRef',
      'flexVolume.secretRef',
      'iscsi.secretRef',
      'rbd.secretRef',
      'scaleIO.secretRef',
      'storageos.secretRef',
      'valueFrom.configMapKeyRef',
      'valueFrom.secretKeyRef',
    ],
  },
  {
    reason: 'names a field, a file or a volume of the same pod',
    fields: [
      'fieldRef.apiVersion',
      'fileKeyRef.volumeName',
      'items[].fieldRef',
      'items[].resourceFieldRef',
      'valueFrom.fieldRef',
      'valueFrom.fileKeyRef',
      'valueFrom.resourceFieldRef',
    ],
  },
  {
    reason: 'always of a kind of core/v1, or of the object’s own version',
    fields: [
      'active[].apiVersion',
      'claimRef.apiVersion',
      'secretRef.apiVersion',
      'secrets[].apiVersion',
      'volumeClaimTemplates[].apiVersion',
    ],
  },
  {
    reason: 'a selector of objects within the namespace, or by labels that tenants write themselves within what is theirs',
    fields: [
      'clusterTrustBundle.labelSelector',
      'from[].podSelector',
      'matchConstraints.objectSelector',
      'matchResources.objectSelector',
      'metric.selector',
      'paramRef.selector',
      'podAffinityTerm.labelSelector',
      'requiredDuringSchedulingIgnoredDuringExecution[].labelSelector',
      'spec.manualSelector',
      'spec.podSelector',
      'spec.selector',
      'to[].podSelector',
      'topologySpreadConstraints[].labelSelector',
      'webhooks[].objectSelector',
    ],
  },
  {
    reason: 'nodes and their labels are the platform’s, and have the same names on both sides',
    fields: [
      'addresses[].nodeName',
      'allocation.nodeSelector',
      'endpoints[].nodeName',
      'notReadyAddresses[].nodeName',
      'preferredDuringSchedulingIgnoredDuringExecution[].preference',
      'spec.nodeName',
      'spec.nodeSelector',
    ],
  },
  { reason: 'placing pods by a RuntimeClass is refused: guard-classes.ts', fields: ['scheduling.nodeSelector'] },
  {
    reason: 'devices are the platform’s: which ones were allocated, by which drivers, and settings that only such a driver gets to see',
    fields: ['devices[].driver', 'exactly.selectors', 'firstAvailable[].selectors', 'opaque.driver', 'results[].driver'],
  },
  { reason: 'a plugin on the node, in the pod or in a volume that the tenant makes', fields: ['flexVolume.driver'] },
  {
    reason: 'a user, group or volume inside a storage system',
    fields: [
      'cephfs.user',
      'quobyte.group',
      'quobyte.user',
      'quobyte.volume',
      'rbd.user',
      'scaleIO.volumeName',
      'storageos.volumeName',
      'storageos.volumeNamespace',
    ],
  },
  {
    reason: 'a user of the operating system, or of SELinux',
    fields: [
      'clusterTrustBundle.user',
      'containerStatuses[].user',
      'ephemeralContainerStatuses[].user',
      'initContainerStatuses[].user',
      'items[].user',
      'podCertificate.user',
      'seLinuxOptions.user',
      'serviceAccountToken.user',
    ],
  },
  { reason: 'a process namespace', fields: ['spec.shareProcessNamespace'] },
  { reason: 'an image in a registry', fields: ['image.imageRef', 'image.reference'] },
  {
    reason: 'a place in a schema, or in an expression of the same object',
    fields: ['expressionWarnings[].fieldRef', 'openAPIV3Schema.$ref'],
  },
  {
    reason: 'the sidecar answers this review itself, with the tenant’s names',
    fields: ['status.user', 'user.groups', 'user.username'],
  },
];
