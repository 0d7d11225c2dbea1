import { hidden, namespaced } from './make-row.ts';
import type { ResourceRow } from './row.ts';

const METRICS = { group: 'metrics.k8s.io', versions: ['v1beta1'] };

/** What metrics-server serves, where there is one: for `kubectl top` and autoscalers. */
export const metricsRows: readonly ResourceRow[] = [
  { ...namespaced(METRICS, 'pods', 'PodMetrics'), isAggregated: true },
  hidden(METRICS, 'nodes', 'NodeMetrics'),
];
