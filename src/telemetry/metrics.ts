import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/** What a thread of the sidecar counts of its exchanges, under the names that /metrics shows. */
export interface ExchangeMetrics {
  readonly registry: Registry;
  onDone(record: { readonly verb: string; readonly code: number; readonly seconds: number }): void;
  onInternalError(): void;
}

/** What only one thread may tell. */
export function registerProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry, prefix: 'kubezoo_' });
}

/** Tenants are no label, except of what is limited by tenant (limit-metrics.ts): their number is not bounded. */
export function createExchangeMetrics(): ExchangeMetrics {
  const registry = new Registry();
  const requests = new Histogram({
    name: 'kubezoo_request_duration_seconds',
    help: 'Exchanges from their first message to their end, watches included',
    labelNames: ['verb', 'code'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600],
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
    onInternalError: () => errors.inc(),
  };
}
