import { refused } from './make-row.ts';
import type { ResourceRow } from './row.ts';

export const apiextensionsRows: readonly ResourceRow[] = [
  refused(
    { group: 'apiextensions.k8s.io', versions: ['v1'] },
    'customresourcedefinitions',
    'CustomResourceDefinition',
    'custom resource definitions are not offered yet',
  ),
];
