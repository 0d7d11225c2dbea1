import { namespaced, STATUS } from './make-row.ts';
import type { ResourceRow } from './row.ts';
import { podTemplate, workload } from './types.ts';

const BATCH = { group: 'batch', versions: ['v1'] } as const;

export const batchRows: readonly ResourceRow[] = [
  namespaced(BATCH, 'jobs', 'Job', { fields: workload, subresources: { status: STATUS } }),
  namespaced(BATCH, 'cronjobs', 'CronJob', {
    fields: {
      'spec.jobTemplate': { metadata: 'templateMetadata', 'spec.template': podTemplate },
      'status.active[].namespace': 'namespace',
    },
    subresources: { status: STATUS },
  }),
];
