/** Types that stand inside many kinds, each written once. */
import type { Fields } from './row.ts';

/** metav1.Condition and its many kin. */
export const conditions: Fields = { 'conditions[].message': 'text' };

/** core/v1 PersistentVolumeClaimSpec. Classes are the platform's and keep their names. */
export const claimSpec: Fields = {
  volumeName: 'volumeName',
  'dataSource.apiGroup': 'apiGroup',
  'dataSourceRef.apiGroup': 'apiGroup',
  'dataSourceRef.namespace': 'namespace',
};

/** core/v1 PersistentVolumeClaimTemplate, and the claims inside a StatefulSet. */
export const claimTemplate: Fields = { metadata: 'templateMetadata', spec: claimSpec };

const podAffinityTerm: Fields = {
  'namespaces[]': 'namespace',
  namespaceSelector: 'namespaceSelector',
};

/** core/v1 PodAffinity and PodAntiAffinity. */
const podAffinity: Fields = {
  'requiredDuringSchedulingIgnoredDuringExecution[]': podAffinityTerm,
  'preferredDuringSchedulingIgnoredDuringExecution[].podAffinityTerm': podAffinityTerm,
};

/** core/v1 PodSpec. Secrets, ConfigMaps, claims and ServiceAccounts are local to the namespace; classes are the platform's. */
export const podSpec: Fields = {
  'affinity.podAffinity': podAffinity,
  'affinity.podAntiAffinity': podAffinity,
  'volumes[].ephemeral.volumeClaimTemplate': claimTemplate,
};

/** core/v1 PodTemplateSpec. */
export const podTemplate: Fields = { metadata: 'templateMetadata', spec: podSpec };

const containerStatus: Fields = { 'state.waiting.message': 'text' };

/** core/v1 PodStatus. What a container said when it ended is the tenant's own text. */
export const podStatus: Fields = {
  ...conditions,
  message: 'text',
  'initContainerStatuses[]': containerStatus,
  'containerStatuses[]': containerStatus,
  'ephemeralContainerStatuses[]': containerStatus,
};

/** core/v1 EndpointAddress, discovery.k8s.io Endpoint: they refer to Pods, whose names stay. */
export const endpoint: Fields = { 'targetRef.namespace': 'namespace', 'targetRef.apiVersion': 'apiVersion' };

/** Label selectors of a workload are about its own namespace: nothing in them to translate. */
export const workload: Fields = { 'spec.template': podTemplate, status: conditions };
