import { Counter, Gauge, type Registry } from 'prom-client';
import type { EffectiveLimits } from '../limits/effective-limits.ts';
import type { Limits, TenantUse } from '../limits/limits.ts';
import { OTHER_TENANTS } from './top-tenants.ts';

export interface LimitMetricsOptions {
  /** Undefined for a tenant that is gone. */
  readonly limitsOf?: (tenantId: string) => EffectiveLimits | undefined;
  /** Tenants that are named in the metrics, at most: those with the most refusals, then those with the most under way. */
  readonly named?: number;
}

/** See `metrics.tenants` of the configuration. */
const NAMED_TENANTS = 50;

/**
 * What tenants have under way and what they were refused, at this replica, read from the memory that its threads share: one registry of
 * a gateway shows it. Of a tenant that has nothing under way and was refused nothing there is no word; what those that are not named have under
 * way is shown in one.
 */
export function registerLimitMetrics(
  registry: Registry,
  limits: Limits,
  { limitsOf = () => undefined, named: limit = NAMED_TENANTS }: LimitMetricsOptions = {},
): void {
  let named: TenantUse[] = [];
  let others: readonly TenantUse[] = [];
  new Gauge({
    name: 'kubezoo_requests_inflight',
    help: 'Requests that count against a limit and are being worked on, for the tenants that have any',
    labelNames: ['tenant'],
    registers: [registry],
    collect() {
      // Metrics are collected in the order in which they were registered: this is the first.
      ({ named, others } = namedUses(limits, limit));
      this.reset();
      for (const { tenantId, inflight } of named) if (inflight > 0) this.set({ tenant: tenantId }, inflight);
      if (others.length > 0) this.set({ tenant: OTHER_TENANTS }, sum(others, 'inflight'));
    },
  });
  new Gauge({
    name: 'kubezoo_long_running_requests',
    help: 'Watches, followed logs and sessions with containers that are open, for the tenants that have any',
    labelNames: ['tenant'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { tenantId, longRunning } of named) if (longRunning > 0) this.set({ tenant: tenantId }, longRunning);
      if (others.length > 0) this.set({ tenant: OTHER_TENANTS }, sum(others, 'longRunning'));
    },
  });
  new Counter({
    name: 'kubezoo_limited_requests_total',
    help: 'Requests that were answered 429, by the limit that they met, for the tenants that were refused most',
    labelNames: ['tenant', 'limit'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { tenantId, refused } of named) {
        for (const [limit, count] of Object.entries(refused)) if (count > 0) this.inc({ tenant: tenantId, limit }, count);
      }
    },
  });
  new Gauge({
    name: 'kubezoo_tenant_limit',
    help: 'What a tenant may ask of all replicas together',
    labelNames: ['tenant', 'limit'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { tenantId } of named) {
        const effective = limitsOf(tenantId);
        if (!effective) continue;
        this.set({ tenant: tenantId, limit: 'inflight' }, effective.maxRequestsInflight);
        this.set({ tenant: tenantId, limit: 'longRunning' }, effective.maxLongRunning);
        if (effective.rate) this.set({ tenant: tenantId, limit: 'rate' }, effective.rate.requestsPerSecond);
      }
    },
  });
  new Gauge({
    name: 'kubezoo_limit_replicas',
    help: 'Replicas among which limits are divided; several values while they agree, 0 before they have',
    registers: [registry],
    collect() {
      this.set(Math.max(0, ...limits.divisions.map(({ count }) => count)));
    },
  });
  new Counter({
    name: 'kubezoo_uncounted_requests_total',
    help: 'Requests that were answered 503, as there was no room to count another tenant',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(limits.unslotted);
    },
  });
}

function namedUses(limits: Limits, limit: number): { named: TenantUse[]; others: readonly TenantUse[] } {
  const refusals = ({ refused }: TenantUse) => refused.inflight + refused.longRunning + refused.rate;
  const underWay = ({ inflight, longRunning }: TenantUse) => inflight + longRunning;
  const uses = limits.uses().filter((use) => underWay(use) > 0 || refusals(use) > 0);
  if (uses.length <= limit) return { named: uses, others: [] };
  uses.sort((one, other) => refusals(other) - refusals(one) || underWay(other) - underWay(one));
  return { named: uses.slice(0, limit), others: uses.slice(limit) };
}

function sum(uses: readonly TenantUse[], key: 'inflight' | 'longRunning'): number {
  return uses.reduce((total, use) => total + use[key], 0);
}
