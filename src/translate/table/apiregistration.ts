import { hidden } from './make-row.ts';
import type { ResourceRow } from './row.ts';

export const apiregistrationRows: readonly ResourceRow[] = [
  // Every cluster has the kind, and clients look for it.
  hidden(
    { group: 'apiregistration.k8s.io', versions: ['v1'] },
    'apiservices',
    'APIService',
    'Cluster',
    'aggregated APIs belong to the platform',
  ),
];
