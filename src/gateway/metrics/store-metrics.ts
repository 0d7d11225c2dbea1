import { Gauge, type Registry } from 'prom-client';
import type { TenantSnapshot } from '../../tenants/snapshot.ts';

/** Of each thread, which follows the store by itself: the one that is furthest behind counts. */
export function registerStoreMetrics(registry: Registry, tenants: Pick<TenantSnapshot, 'heardAt'>): void {
  new Gauge({
    name: 'kubezoo_store_silence_seconds',
    help: 'How long nothing was heard of etcd, which tells of itself about once a second',
    registers: [registry],
    aggregator: 'max',
    collect() {
      this.set(Math.max(0, Date.now() - tenants.heardAt) / 1000);
    },
  });
}
