import { classKind, clusterScoped, namespaced, refused, STATUS } from './make-row.ts';
import type { ResourceRow } from './row.ts';

const STORAGE = { group: 'storage.k8s.io', versions: ['v1'] } as const;
const ATTACHING = 'volumes are attached to nodes by the platform';

export const storageRows: readonly ResourceRow[] = [
  classKind(STORAGE, 'storageclasses', 'StorageClass', {
    fields: {
      provisioner: 'provisioner',
      'parameters["csi.storage.k8s.io/provisioner-secret-namespace"]': 'secretNamespace',
      'parameters["csi.storage.k8s.io/controller-publish-secret-namespace"]': 'secretNamespace',
      'parameters["csi.storage.k8s.io/node-stage-secret-namespace"]': 'secretNamespace',
      'parameters["csi.storage.k8s.io/node-publish-secret-namespace"]': 'secretNamespace',
      'parameters["csi.storage.k8s.io/controller-expand-secret-namespace"]': 'secretNamespace',
      'parameters["csi.storage.k8s.io/node-expand-secret-namespace"]': 'secretNamespace',
      'metadata.annotations["storageclass.kubernetes.io/is-default-class"]': 'clusterDefault',
      'metadata.annotations["storageclass.beta.kubernetes.io/is-default-class"]': 'clusterDefault',
    },
    cells: { 1: 'csiDriver' },
  }),
  classKind(STORAGE, 'volumeattributesclasses', 'VolumeAttributesClass', {
    fields: { driverName: 'csiDriver' },
    cells: { 1: 'csiDriver' },
  }),
  // Its name is the driver's, so a tenant's is the object of a driver that nobody else has.
  classKind(STORAGE, 'csidrivers', 'CSIDriver', { nameFormat: 'driver' }),
  // Of a node that does not exist, with drivers that nobody else has.
  clusterScoped(STORAGE, 'csinodes', 'CSINode', { fields: { 'spec.drivers[].name': 'clusterName' }, subresources: { status: STATUS } }),
  // The scheduler believes what stands here of a class, so it is never of a shared one.
  namespaced(STORAGE, 'csistoragecapacities', 'CSIStorageCapacity', { fields: { storageClassName: 'clusterName' } }),
  refused(STORAGE, 'volumeattachments', 'VolumeAttachment', ATTACHING),
];
