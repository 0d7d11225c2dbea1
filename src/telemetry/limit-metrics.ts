import { Counter, Gauge, type Registry } from 'prom-client';
import type { EffectiveLimits } from '../limits/effective-limits.ts';
import type { Limits, TenantUse } from '../limits/limits.ts';

/** Tenants that are named in the metrics, at most: those with the most refusals, then those with the most under way. */
const NAMED_TENANTS = 1000;

/**
 * What tenants have under way and what they were refused, at this replica, read from the memory that its threads share: one registry of
 * a gateway shows it. Of a tenant that has nothing under way and was refused nothing there is no word.
 *
 * @param limitsOf undefined for a tenant that is gone
 */
export function registerLimitMetrics(
  registry: Registry,
  limits: Limits,
  limitsOf: (tenantId: string) => EffectiveLimits | undefined = () => undefined,
): void {
  let named: TenantUse[] = [];
  new Gauge({
    name: 'kubezoo_requests_inflight',
    help: 'Requests that count against a limit and are being worked on, for the tenants that have any',
    labelNames: ['tenant'],
    registers: [registry],
    collect() {
      // Metrics are collected in the order in which they were registered: this is the first.
      named = namedUses(limits);
      this.reset();
      for (const { tenantId, inflight } of named) if (inflight > 0) this.set({ tenant: tenantId }, inflight);
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
    },
  });
  new Counter({
    name: 'kubezoo_limited_requests_total',
    help: 'Requests that were answered 429, by the limit that they met',
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

function namedUses(limits: Limits): TenantUse[] {
  const refusals = ({ refused }: TenantUse) => refused.inflight + refused.longRunning + refused.rate;
  const underWay = ({ inflight, longRunning }: TenantUse) => inflight + longRunning;
  const uses = limits.uses().filter((use) => underWay(use) > 0 || refusals(use) > 0);
  if (uses.length <= NAMED_TENANTS) return uses;
  return uses.sort((one, other) => refusals(other) - refusals(one) || underWay(other) - underWay(one)).slice(0, NAMED_TENANTS);
}
