import { namespaced } from './make-row.ts';
import type { ResourceRow } from './row.ts';

export const coordinationRows: readonly ResourceRow[] = [namespaced({ group: 'coordination.k8s.io', versions: ['v1'] }, 'leases', 'Lease')];
