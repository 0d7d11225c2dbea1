import { clusterScoped, STATUS } from './make-row.ts';
import type { ResourceRow } from './row.ts';
import { conditions } from './types.ts';

export const apiextensionsRows: readonly ResourceRow[] = [
  clusterScoped({ group: 'apiextensions.k8s.io', versions: ['v1'] }, 'customresourcedefinitions', 'CustomResourceDefinition', {
    nameFormat: 'definition',
    labelled: true,
    fields: {
      'spec.group': 'definedGroup',
      'spec.conversion.webhook.clientConfig': 'clientConfig',
      status: conditions,
    },
    subresources: { status: STATUS },
    cells: { 4: 'name' },
  }),
];
