import { clusterScoped, STATUS } from './make-row.ts';
import type { ResourceRow } from './row.ts';
import { conditions } from './types.ts';

export const storagemigrationRows: readonly ResourceRow[] = [
  clusterScoped({ group: 'storagemigration.k8s.io', versions: ['v1'] }, 'storageversionmigrations', 'StorageVersionMigration', {
    fields: { 'spec.resource': 'migratedResource', status: conditions },
    subresources: { status: STATUS },
    cells: { 1: 'text' },
  }),
];
