import { refused } from './make-row.ts';
import type { ResourceRow } from './row.ts';

export const storagemigrationRows: readonly ResourceRow[] = [
  refused(
    { group: 'storagemigration.k8s.io', versions: ['v1'] },
    'storageversionmigrations',
    'StorageVersionMigration',
    'stored versions belong to the platform',
  ),
];
