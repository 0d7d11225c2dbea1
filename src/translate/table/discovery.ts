import { namespaced } from './make-row.ts';
import type { ResourceRow } from './row.ts';
import { endpoint } from './types.ts';

export const discoveryRows: readonly ResourceRow[] = [
  namespaced({ group: 'discovery.k8s.io', versions: ['v1'] }, 'endpointslices', 'EndpointSlice', { fields: { 'endpoints[]': endpoint } }),
];
