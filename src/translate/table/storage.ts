import { hidden, refused } from './make-row.ts';
import type { ResourceRow } from './row.ts';

const STORAGE = { group: 'storage.k8s.io', versions: ['v1'] } as const;
const DRIVERS = 'storage drivers belong to the platform';

export const storageRows: readonly ResourceRow[] = [
  hidden(STORAGE, 'storageclasses', 'StorageClass'),
  hidden(STORAGE, 'volumeattributesclasses', 'VolumeAttributesClass'),
  refused(STORAGE, 'volumeattachments', 'VolumeAttachment', DRIVERS),
  refused(STORAGE, 'csidrivers', 'CSIDriver', DRIVERS),
  refused(STORAGE, 'csinodes', 'CSINode', DRIVERS),
  refused(STORAGE, 'csistoragecapacities', 'CSIStorageCapacity', DRIVERS, 'Namespaced'),
];
