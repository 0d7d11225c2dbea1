import { hidden } from './make-row.ts';
import type { ResourceRow } from './row.ts';

export const apiextensionsRows: readonly ResourceRow[] = [
  // Not refused: kubectl's validation lists them to learn of a kind that has no patch.
  hidden(
    { group: 'apiextensions.k8s.io', versions: ['v1'] },
    'customresourcedefinitions',
    'CustomResourceDefinition',
    'Cluster',
    'custom resource definitions are not offered yet',
  ),
];
