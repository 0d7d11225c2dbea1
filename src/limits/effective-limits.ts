import {
  BURST_ANNOTATION,
  MAX_INFLIGHT_ANNOTATION,
  MAX_LONG_RUNNING_ANNOTATION,
  REQUESTS_PER_SECOND_ANNOTATION,
  type Tenant,
  type TenantLimits,
} from '../tenants/tenant.ts';

/** What a tenant may ask of all gateways together. */
export interface EffectiveLimits {
  readonly maxRequestsInflight: number;
  /** Undefined: as many as it likes. */
  readonly rate: { readonly requestsPerSecond: number; readonly burst: number } | undefined;
  readonly maxLongRunning: number;
}

export const DEFAULT_LIMITS = {
  /** The apiserver's own default of --max-requests-inflight. */
  maxRequestsInflight: 400,
  /** Informers on a hundred kinds in each of a hundred controllers; what all tenants may hold in one Envoy is ten times that. */
  maxLongRunning: 10_000,
} as const;

const ANNOTATIONS: Readonly<Record<keyof TenantLimits, string>> = {
  maxRequestsInflight: MAX_INFLIGHT_ANNOTATION,
  requestsPerSecond: REQUESTS_PER_SECOND_ANNOTATION,
  burst: BURST_ANNOTATION,
  maxLongRunning: MAX_LONG_RUNNING_ANNOTATION,
};

/**
 * Limits field by field: the tenant's spec, then its annotations, then the configuration. A rate without a burst has one second's worth;
 * a burst without a rate limits nothing. The function remembers what it said of each tenant object; both that and the configuration
 * change by being replaced.
 */
export function createLimitsOf(configured: () => TenantLimits | undefined = () => undefined): (tenant: Tenant) => EffectiveLimits {
  let known = new WeakMap<Tenant, EffectiveLimits>();
  let knownBy = configured();
  return (tenant) => {
    const defaults = configured();
    if (defaults !== knownBy) known = new WeakMap();
    knownBy = defaults;
    const limits = known.get(tenant) ?? effectiveLimits(tenant, defaults ?? {});
    known.set(tenant, limits);
    return limits;
  };
}

export function effectiveLimits({ metadata, spec }: Tenant, configured: TenantLimits): EffectiveLimits {
  const field = (name: keyof TenantLimits): number | undefined =>
    spec?.limits?.[name] ?? numberIn(metadata.annotations?.[ANNOTATIONS[name]]) ?? configured[name];
  const requestsPerSecond = field('requestsPerSecond');
  return {
    maxRequestsInflight: field('maxRequestsInflight') ?? DEFAULT_LIMITS.maxRequestsInflight,
    rate: requestsPerSecond === undefined ? undefined : { requestsPerSecond, burst: field('burst') ?? requestsPerSecond },
    maxLongRunning: field('maxLongRunning') ?? DEFAULT_LIMITS.maxLongRunning,
  };
}

/** A value that is no positive integer counts as absent: the Tenant API refuses such. */
function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9][0-9]{0,6}$/.test(text) ? Math.min(Number(text), 1_000_000) : undefined;
}
