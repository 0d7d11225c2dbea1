import type { Fields } from './row.ts';

const secretRef: Fields = { 'secretRef.namespace': 'namespace' };

/** core/v1 PersistentVolumeSpec: the claim it is for, and the secrets with which nodes and controllers mount it. */
export const persistentVolumeSpec: Fields = {
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
