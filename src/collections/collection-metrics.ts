import { Counter, Gauge, type Registry } from 'prom-client';
import type { Hub, HubMetrics } from './watch/hub.ts';

/** What lists and shared watches count. */
export interface CollectionMetrics extends HubMetrics {
  onList(): void;
  onListBytes(count: number): void;
  /** A list was not read, one of too many. */
  onStalled(): void;
}

/** @param hubsOf one for each upstream cluster */
export function createCollectionMetrics(registry: Registry, hubsOf: () => readonly Hub[]): CollectionMetrics {
  const registers = [registry];
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers });
  const lists = counter('kubezoo_collection_lists_total', 'Lists over all namespaces of a tenant, or of a cluster-scoped kind');
  const listBytes = counter('kubezoo_collection_upstream_bytes_total', 'Bytes that were read from upstream to make such lists');
  const stalled = counter('kubezoo_collection_stalled_total', 'Lists that were cut because too many of their tenant’s were not read');
  const hubBytes = counter('kubezoo_hub_upstream_bytes_total', 'Bytes that shared watches have read from upstream');
  const catchUps = counter(
    'kubezoo_hub_catch_ups_total',
    'Shared watches begun for a client that starts further back than the one there was',
  );
  const drops = counter('kubezoo_hub_drops_total', 'Clients that lost their watch because they were too slow');
  const resumes = counter('kubezoo_hub_resumes_total', 'Shared watches that upstream broke, and that were begun again where they ended');
  const gauge = (name: string, help: string, read: (hub: Hub) => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(hubsOf().reduce((total, hub) => total + read(hub), 0));
      },
    });
  };
  const sum = (hub: Hub, of: (stream: ReturnType<Hub['streams']> extends Generator<infer S> ? S : never) => number): number =>
    [...hub.streams()].reduce((total, stream) => total + of(stream), 0);
  gauge('kubezoo_hub_streams', 'Watches upstream that are shared', (hub) => sum(hub, () => 1));
  gauge('kubezoo_hub_tenants', 'Tenants on shared watches, counted once for each', (hub) => sum(hub, (stream) => stream.tenants));
  gauge('kubezoo_hub_clients', 'Clients on shared watches', (hub) => sum(hub, (stream) => [...stream.subscribers()].length));
  gauge('kubezoo_hub_ring_events', 'Events that are kept for clients that come back or are slow', (hub) => sum(hub, ({ log }) => log.size));
  gauge('kubezoo_hub_ring_bytes', 'Their bytes', (hub) => sum(hub, ({ log }) => log.bytes));
  return {
    onList: () => lists.inc(),
    onListBytes: (count) => listBytes.inc(count),
    onStalled: () => stalled.inc(),
    onHubBytes: (count) => hubBytes.inc(count),
    onCatchUp: () => catchUps.inc(),
    onDrop: () => drops.inc(),
    onResume: () => resumes.inc(),
  };
}
