import { refused } from './make-row.ts';
import type { ResourceRow } from './row.ts';

export const apiregistrationRows: readonly ResourceRow[] = [
  refused({ group: 'apiregistration.k8s.io', versions: ['v1'] }, 'apiservices', 'APIService', 'aggregated APIs belong to the platform'),
];
