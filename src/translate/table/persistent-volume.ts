import type { Fields } from './row.ts';

const secretRef: Fields = { 'secretRef.namespace': 'namespace' };

/** What the binder and the provisioners write down. */
export const persistentVolumeAnnotations: Fields = {
  'metadata.annotations["pv.kubernetes.io/provisioned-by"]': 'provisioner',
  'metadata.annotations["volume.beta.kubernetes.io/storage-class"]': 'storageClass',
};

/**
 * core/v1 PersistentVolumeSpec: the claim it is for, and the secrets with which nodes and controllers mount it. Its driver is
 * never one of the platform's: a handle of another tenant's volume could be written here.
 */
export const persistentVolumeSpec: Fields = {
  storageClassName: 'storageClass',
  volumeAttributesClassName: 'volumeAttributesClass',
  'csi.driver': 'clusterName',
  'claimRef.namespace': 'namespace',
  'csi.controllerPublishSecretRef.namespace': 'namespace',
  'csi.nodeStageSecretRef.namespace': 'namespace',
  'csi.nodePublishSecretRef.namespace': 'namespace',
  'csi.controllerExpandSecretRef.namespace': 'namespace',
  'csi.nodeExpandSecretRef.namespace': 'namespace',
  'azureFile.secretNamespace': 'namespace',
  'glusterfs.endpointsNamespace': 'namespace',
  'storageos.secretRef.namespace': 'namespace',
  cephfs: secretRef,
  cinder: secretRef,
  flexVolume: secretRef,
  iscsi: secretRef,
  rbd: secretRef,
  scaleIO: secretRef,
};
