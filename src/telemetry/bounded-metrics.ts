/** What /metrics shows of what all threads count: each tenant is counted, the busiest are told. */
import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue, type Registry } from 'prom-client';
import type { MetricsSource } from './admin-server.ts';
import { TopTenants } from './top-tenants.ts';

/** The one metric that counts all tenants. */
export const TENANT_REQUESTS = 'kubezoo_tenant_requests_total';

/**
 * @param collect all threads' numbers together
 * @param tenants how many have a series of their own
 */
export function boundedMetrics(collect: () => Promise<Registry>, tenants: number): MetricsSource {
  const top = new TopTenants(tenants);
  return {
    contentType: AggregatorRegistry.PROMETHEUS_CONTENT_TYPE,
    async metrics() {
      const registry = await collect();
      const metrics = (await registry.getMetricsAsJSON()) as MetricObjectWithValues<MetricValue<string>>[];
      const bounded = metrics.map((metric) =>
        metric.name === TENANT_REQUESTS ? { ...metric, values: boundValues(top, metric.values) } : metric,
      );
      return await AggregatorRegistry.aggregate([bounded]).metrics();
    },
  };
}

function boundValues(top: TopTenants, values: readonly MetricValue<string>[]): MetricValue<string>[] {
  const counts = new Map(values.map(({ labels, value }) => [String(labels.tenant), value]));
  return [...top.look(counts)].map(([tenant, value]) => ({ labels: { tenant }, value }));
}
