import { namespaced, STATUS } from './make-row.ts';
import type { Fields, ResourceRow } from './row.ts';
import { conditions } from './types.ts';

/** autoscaling/v2 MetricSpec and MetricStatus: an object of the same namespace that is measured. */
const measured: Fields = { 'object.describedObject.apiVersion': 'apiVersion' };

/**
 * What is scaled stands in the same namespace. v1 keeps what it has no field for in annotations, the conditions' texts among
 * them.
 */
export const autoscalingRows: readonly ResourceRow[] = [
  namespaced({ group: 'autoscaling', versions: ['v1', 'v2'] }, 'horizontalpodautoscalers', 'HorizontalPodAutoscaler', {
    fields: {
      'spec.scaleTargetRef.apiVersion': 'apiVersion',
      'spec.metrics[]': measured,
      'status.currentMetrics[]': measured,
      status: conditions,
      'metadata.annotations["autoscaling.alpha.kubernetes.io/conditions"]': 'text',
      'metadata.annotations["autoscaling.alpha.kubernetes.io/metrics"]': 'metricsAnnotation',
      'metadata.annotations["autoscaling.alpha.kubernetes.io/current-metrics"]': 'metricsAnnotation',
    },
    subresources: { status: STATUS },
  }),
];
