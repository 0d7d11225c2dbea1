import { namespaced, STATUS } from './make-row.ts';
import type { ResourceRow } from './row.ts';
import { conditions } from './types.ts';

/** What is scaled stands in the same namespace. v1 keeps what it has no field for in annotations, the conditions' texts among them. */
export const autoscalingRows: readonly ResourceRow[] = [
  namespaced({ group: 'autoscaling', versions: ['v1', 'v2'] }, 'horizontalpodautoscalers', 'HorizontalPodAutoscaler', {
    fields: { status: conditions, 'metadata.annotations["autoscaling.alpha.kubernetes.io/conditions"]': 'text' },
    subresources: { status: STATUS },
  }),
];
