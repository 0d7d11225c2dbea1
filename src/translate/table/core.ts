import { clusterScoped, hidden, namespaced, otherKind, refused, refusedSubresource, SCALE, STATUS, STREAM } from './make-row.ts';
import { persistentVolumeAnnotations, persistentVolumeSpec } from './persistent-volume.ts';
import type { ResourceRow } from './row.ts';
import { claimAnnotations, claimSpec, claimStatus, conditions, endpoint, podSpec, podStatus, podTemplate, workload } from './types.ts';

const CORE = { group: '', versions: ['v1'] } as const;

export const coreRows: readonly ResourceRow[] = [
  clusterScoped(CORE, 'namespaces', 'Namespace', {
    nameFormat: 'label',
    fields: { 'metadata.labels["kubernetes.io/metadata.name"]': 'namespace', status: conditions },
    subresources: {
      status: refusedSubresource('the status of a namespace is written by the platform'),
      finalize: refusedSubresource('namespaces are finalized by the platform'),
    },
  }),
  namespaced(CORE, 'pods', 'Pod', {
    fields: { spec: podSpec, status: podStatus },
    subresources: {
      status: STATUS,
      ephemeralcontainers: STATUS,
      resize: STATUS,
      eviction: otherKind('Eviction'),
      binding: refusedSubresource('pods are bound to nodes by the platform'),
      log: STREAM,
      exec: STREAM,
      attach: STREAM,
      portforward: STREAM,
      proxy: STREAM,
    },
  }),
  namespaced(CORE, 'services', 'Service', { fields: { status: conditions }, subresources: { status: STATUS, proxy: STREAM } }),
  namespaced(CORE, 'configmaps', 'ConfigMap'),
  namespaced(CORE, 'secrets', 'Secret', {
    fields: {
      'metadata.uid': 'secretUid',
      'metadata.annotations["kubernetes.io/service-account.name"]': 'tokenAccount',
      'data.namespace': 'tokenNamespace',
    },
  }),
  namespaced(CORE, 'serviceaccounts', 'ServiceAccount', {
    fields: { 'secrets[].namespace': 'namespace' },
    subresources: { token: otherKind('TokenRequest') },
  }),
  namespaced(CORE, 'endpoints', 'Endpoints', {
    fields: { 'subsets[].addresses[]': endpoint, 'subsets[].notReadyAddresses[]': endpoint },
  }),
  namespaced(CORE, 'events', 'Event', {
    fields: { involvedObject: 'eventReference', related: 'objectReference', message: 'text', reason: 'text' },
    cells: { 3: 'kindAndName', 6: 'text' },
  }),
  namespaced(CORE, 'persistentvolumeclaims', 'PersistentVolumeClaim', {
    fields: { ...claimAnnotations, spec: claimSpec, status: claimStatus },
    subresources: { status: STATUS },
    cells: { 2: 'name', 5: 'storageClass', 6: 'volumeAttributesClass' },
  }),
  clusterScoped(CORE, 'persistentvolumes', 'PersistentVolume', {
    fields: { ...persistentVolumeAnnotations, spec: persistentVolumeSpec, 'status.message': 'text' },
    subresources: { status: STATUS },
    cells: { 5: 'name', 6: 'storageClass', 7: 'volumeAttributesClass', 8: 'text' },
  }),
  namespaced(CORE, 'resourcequotas', 'ResourceQuota', {
    fields: {
      'spec.hard': 'quotaKeys',
      'status.hard': 'quotaKeys',
      'status.used': 'quotaKeys',
      'spec.scopeSelector.matchExpressions[]': 'quotaScope',
    },
    subresources: { status: STATUS },
    cells: { 1: 'text', 2: 'text' },
  }),
  namespaced(CORE, 'limitranges', 'LimitRange'),
  namespaced(CORE, 'replicationcontrollers', 'ReplicationController', { fields: workload, subresources: { status: STATUS, scale: SCALE } }),
  namespaced(CORE, 'podtemplates', 'PodTemplate', { fields: { template: podTemplate } }),
  refused(CORE, 'bindings', 'Binding', 'pods are bound to nodes by the platform', 'Namespaced'),
  hidden(CORE, 'nodes', 'Node'),
  hidden(CORE, 'componentstatuses', 'ComponentStatus'),
];
