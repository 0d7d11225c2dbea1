import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { InflightLimiter } from '../limits/inflight.ts';

/** What a thread of the sidecar counts of its exchanges, under the names that /metrics shows. */
export interface ExchangeMetrics {
  readonly registry: Registry;
  onDone(record: { tenantId: string | undefined; verb: string; code: number; seconds: number }): void;
  onLimited(tenantId: string): void;
  onInternalError(): void;
}

/** What only one thread may tell. */
export function registerProcessMetrics(registry: Registry, inflight: InflightLimiter): void {
  collectDefaultMetrics({ register: registry, prefix: 'kubezoo_' });
  new Gauge({
    name: 'kubezoo_requests_inflight',
    help: 'Requests that count against a limit and are being worked on, for the tenants that have any',
    labelNames: ['tenant'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [tenant, count] of inflight.counts()) this.set({ tenant }, count);
    },
  });
}

/** Tenants are no label, except of what is limited by tenant: their number is not bounded. */
export function createExchangeMetrics(): ExchangeMetrics {
  const registry = new Registry();
  const requests = new Histogram({
    name: 'kubezoo_request_duration_seconds',
    help: 'Exchanges from their first message to their end, watches included',
    labelNames: ['verb', 'code'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600],
    registers: [registry],
  });
  const limited = new Counter({
    name: 'kubezoo_limited_requests_total',
    help: 'Requests that were answered 429',
    registers: [registry],
  });
  const errors = new Counter({
    name: 'kubezoo_internal_errors_total',
    help: 'Exchanges that failed for a reason that is no mistake of the client',
    registers: [registry],
  });
  return {
    registry,
    onDone: ({ verb, code, seconds }) => requests.observe({ verb, code }, seconds),
    onLimited: () => limited.inc(),
    onInternalError: () => errors.inc(),
  };
}
