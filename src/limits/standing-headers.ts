/** Where a tenant stands, in the header fields of draft-ietf-httpapi-ratelimit-headers-10: a policy says what there is, RateLimit what is left. */
import type { EffectiveLimits } from './effective-limits.ts';

/** What is left of each limit, at this replica. */
export interface Standing {
  readonly isLongRunning: boolean;
  /** Of requests in flight, or of long-running ones. */
  readonly remaining: number;
  /** Of the bucket; undefined where the tenant's rate is not limited. */
  readonly bucket: { readonly tokens: number; readonly secondsUntilFull: number } | undefined;
}

export function standingHeaders(limits: EffectiveLimits, standing: Standing): [name: string, value: string][] {
  const { isLongRunning, remaining, bucket } = standing;
  const name = isLongRunning ? '"long-running"' : '"inflight"';
  const quota = isLongRunning ? limits.maxLongRunning : limits.maxRequestsInflight;
  const policies = [`${name};q=${quota};qu="concurrent-requests"`];
  const left = [`${name};r=${remaining}`];
  if (limits.rate && bucket) {
    const { requestsPerSecond, burst } = limits.rate;
    policies.push(`"rate";q=${burst};w=${Math.max(1, Math.ceil(burst / requestsPerSecond))}`);
    left.push(`"rate";r=${bucket.tokens};t=${bucket.secondsUntilFull}`);
  }
  return [
    ['ratelimit-policy', policies.join(', ')],
    ['ratelimit', left.join(', ')],
  ];
}
