/** Types that stand inside many kinds, each written once. */
import type { Fields } from './row.ts';

/** metav1.Condition and its many kin. */
export const conditions: Fields = { 'conditions[].message': 'text' };

/** Where a claim's class stood before it had a field, and what the volume controller writes down of it. */
export const claimAnnotations: Fields = {
  'metadata.annotations["volume.beta.kubernetes.io/storage-class"]': 'storageClass',
  'metadata.annotations["volume.beta.kubernetes.io/storage-provisioner"]': 'provisioner',
  'metadata.annotations["volume.kubernetes.io/storage-provisioner"]': 'provisioner',
};

/** core/v1 PersistentVolumeClaimSpec. */
export const claimSpec: Fields = {
  volumeName: 'volumeName',
  'dataSource.apiGroup': 'apiGroup',
  'dataSourceRef.apiGroup': 'apiGroup',
  storageClassName: 'storageClass',
  volumeAttributesClassName: 'volumeAttributesClass',
  'dataSourceRef.namespace': 'namespace',
};

/** core/v1 PersistentVolumeClaimStatus. */
export const claimStatus: Fields = {
  ...conditions,
  currentVolumeAttributesClassName: 'volumeAttributesClass',
  'modifyVolumeStatus.targetVolumeAttributesClassName': 'volumeAttributesClass',
};

/** core/v1 PersistentVolumeClaimTemplate, and the claims inside a StatefulSet. */
export const claimTemplate: Fields = { metadata: 'templateMetadata', ...claimAnnotations, spec: claimSpec };

const podAffinityTerm: Fields = {
  'namespaces[]': 'namespace',
  namespaceSelector: 'namespaceSelector',
};

/** core/v1 PodAffinity and PodAntiAffinity. */
const podAffinity: Fields = {
  'requiredDuringSchedulingIgnoredDuringExecution[]': podAffinityTerm,
  'preferredDuringSchedulingIgnoredDuringExecution[].podAffinityTerm': podAffinityTerm,
};

/** core/v1 ResourceRequirements: devices can be asked for by class. */
const resources: Fields = { requests: 'resourceKeys', limits: 'resourceKeys' };

/** core/v1 PodSpec. Secrets, ConfigMaps, claims and ServiceAccounts are local to the namespace. */
export const podSpec: Fields = {
  priorityClassName: 'priorityClass',
  runtimeClassName: 'runtimeClass',
  'volumes[].csi.driver': 'csiDriver',
  'volumes[].projected.sources[].clusterTrustBundle.name': 'clusterName',
  'volumes[].projected.sources[].clusterTrustBundle.signerName': 'trustedSigner',
  'volumes[].projected.sources[].podCertificate.signerName': 'signer',
  resources,
  'initContainers[].resources': resources,
  'containers[].resources': resources,
  'affinity.podAffinity': podAffinity,
  'affinity.podAntiAffinity': podAffinity,
  'volumes[].ephemeral.volumeClaimTemplate': claimTemplate,
};

/** core/v1 PodTemplateSpec. */
export const podTemplate: Fields = { metadata: 'templateMetadata', spec: podSpec };

const containerStatus: Fields = { 'state.waiting.message': 'text', allocatedResources: 'resourceKeys', resources };

/** core/v1 PodStatus. What a container said when it ended is the tenant's own text. */
export const podStatus: Fields = {
  ...conditions,
  message: 'text',
  allocatedResources: 'resourceKeys',
  resources,
  'extendedResourceClaimStatus.requestMappings[].resourceName': 'resourceName',
  'initContainerStatuses[]': containerStatus,
  'containerStatuses[]': containerStatus,
  'ephemeralContainerStatuses[]': containerStatus,
};

/** core/v1 EndpointAddress, discovery.k8s.io Endpoint: they refer to Pods, whose names stay. */
export const endpoint: Fields = { 'targetRef.namespace': 'namespace', 'targetRef.apiVersion': 'apiVersion' };

/** Label selectors of a workload are about its own namespace: nothing in them to translate. */
export const workload: Fields = { 'spec.template': podTemplate, status: conditions };
