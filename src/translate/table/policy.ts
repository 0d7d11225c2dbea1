import { namespaced, STATUS } from './make-row.ts';
import type { ResourceRow } from './row.ts';
import { conditions } from './types.ts';

export const policyRows: readonly ResourceRow[] = [
  namespaced({ group: 'policy', versions: ['v1'] }, 'poddisruptionbudgets', 'PodDisruptionBudget', {
    fields: { status: conditions },
    subresources: { status: STATUS },
  }),
];
