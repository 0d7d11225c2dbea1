import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { TENANT_REQUESTS } from '../../telemetry/bounded-metrics.ts';
import { type CacheMetrics, createCacheMetrics } from '../../telemetry/cache-metrics.ts';
import type { ExchangeRecord } from '../exchange-record.ts';
import { EXCHANGE_KINDS, type ExchangeKind, exchangeKindOf } from './exchange-kind.ts';
import { codeLabel, resourceLabel } from './labels.ts';

/** What a thread of the sidecar counts of its exchanges, under the names that /metrics shows. */
export interface ExchangeMetrics {
  readonly registry: Registry;
  readonly caches: CacheMetrics;
  onDone(record: ExchangeRecord): void;
  onInternalError(): void;
  /** The tenants could not be read. */
  onStoreError(): void;
  /** There is no such tenant any more. */
  forgetTenant(tenantId: string): void;
  /** @param openKinds one for each exchange that is open at the moment */
  showOpen(openKinds: () => Iterable<ExchangeKind>): void;
}

/** Phases by the names that traces have. Others have no series: what a record holds must not make labels. */
const PHASES = ['identify', 'limit', 'admit and address', 'translate request', 'translate response'] as const;

const REQUEST_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];
const STREAM_BUCKETS = [1, 10, 60, 300, 900, 1800, 3600, 14_400];
const PHASE_BUCKETS = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5];

export function createExchangeMetrics(): ExchangeMetrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'kubezoo_requests_total',
    help: 'Exchanges that are over, long-running ones included',
    labelNames: ['verb', 'resource', 'route', 'code'],
    registers,
  });
  const durations = new Histogram({
    name: 'kubezoo_request_duration_seconds',
    help: 'Requests from their first message to their end, without long-running ones',
    labelNames: ['verb', 'code'],
    buckets: REQUEST_BUCKETS,
    registers,
  });
  const streams = new Histogram({
    name: 'kubezoo_stream_duration_seconds',
    help: 'Watches, followed logs and sessions with containers from their beginning to their end',
    labelNames: ['kind'],
    buckets: STREAM_BUCKETS,
    registers,
  });
  const ends = new Counter({
    name: 'kubezoo_exchanges_ended_total',
    help: 'How exchanges ended: whole, refused by the gateway, cut by it, or left by the client',
    labelNames: ['kind', 'end'],
    registers,
  });
  const refusals = new Counter({
    name: 'kubezoo_refused_requests_total',
    help: 'Requests that the gateway itself refused, by the reason of the Status',
    labelNames: ['reason'],
    registers,
  });
  const tenants = new Counter({
    name: TENANT_REQUESTS,
    help: 'Exchanges of the busiest tenants, and of all others together',
    labelNames: ['tenant'],
    registers,
  });
  const phases = new Histogram({
    name: 'kubezoo_phase_duration_seconds',
    help: 'What a request spends in each phase of the sidecar; answers that are streams have no sample of their translation',
    labelNames: ['phase'],
    buckets: PHASE_BUCKETS,
    registers,
  });
  const bytes = new Counter({
    name: 'kubezoo_translated_bytes_total',
    help: 'Bytes of bodies that were translated, as they came',
    labelNames: ['direction'],
    registers,
  });
  const translationErrors = new Counter({
    name: 'kubezoo_translation_errors_total',
    help: 'Bodies that could not be translated for a reason that is no mistake of the client',
    labelNames: ['direction'],
    registers,
  });
  const internalErrors = new Counter({
    name: 'kubezoo_internal_errors_total',
    help: 'Exchanges that failed for a reason that is no mistake of the client',
    registers,
  });
  const storeErrors = new Counter({
    name: 'kubezoo_store_errors_total',
    help: 'Times that tenants could not be read from etcd, and that it was tried again',
    registers,
  });
  for (const direction of ['request', 'response']) {
    bytes.inc({ direction }, 0);
    translationErrors.inc({ direction }, 0);
  }
  refusals.inc({ reason: 'TooManyRequests' }, 0);
  for (const phase of PHASES) phases.zero({ phase });
  const counts = new Map<string, number>();

  return {
    registry,
    caches: createCacheMetrics(registry),
    onDone(record) {
      const { verb, route, seconds, tenantId, end, refusal } = record;
      const kind = exchangeKindOf(record.request, record.target);
      const code = codeLabel(record.code);
      requests.inc({ verb, resource: resourceLabel(record.request), route: route ?? 'none', code });
      if (kind === 'request') durations.observe({ verb, code }, seconds);
      else streams.observe({ kind }, seconds);
      ends.inc({ kind, end });
      if (refusal) refusals.inc({ reason: refusal.reason });
      if (tenantId !== undefined) tenants.inc({ tenant: tenantId });
      for (const phase of PHASES) {
        const spent = record.phases.get(phase);
        // Of a stream it is the sum over its whole life.
        if (spent !== undefined && (kind === 'request' || phase !== 'translate response')) phases.observe({ phase }, spent);
      }
      if (record.requestBytes > 0) bytes.inc({ direction: 'request' }, record.requestBytes);
      if (record.responseBytes > 0) bytes.inc({ direction: 'response' }, record.responseBytes);
      if (record.untranslated) translationErrors.inc({ direction: record.untranslated });
    },
    onInternalError: () => internalErrors.inc(),
    onStoreError: () => storeErrors.inc(),
    forgetTenant: (tenantId) => tenants.remove({ tenant: tenantId }),
    showOpen(openKinds) {
      new Gauge({
        name: 'kubezoo_exchanges_open',
        help: 'Exchanges that are under way',
        labelNames: ['kind'],
        registers,
        collect() {
          for (const kind of EXCHANGE_KINDS) counts.set(kind, 0);
          for (const kind of openKinds()) counts.set(kind, counts.get(kind)! + 1);
          for (const [kind, count] of counts) this.set({ kind }, count);
        },
      });
    },
  };
}
