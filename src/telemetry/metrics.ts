import { collectDefaultMetrics, type Registry } from 'prom-client';

/** Gauges that prom-client names as if they were counters; each has a namesake with a label `type` that says more. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];
const PREFIX = 'kubezoo_';

/** What only one thread may tell. */
export function registerProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry, prefix: PREFIX });
  for (const name of MISNAMED) registry.removeSingleMetric(PREFIX + name);
  // Else it would be left out where several registries are put together.
  const start = registry.getSingleMetric(`${PREFIX}process_start_time_seconds`) as unknown as { aggregator: string };
  start.aggregator = 'max';
}
