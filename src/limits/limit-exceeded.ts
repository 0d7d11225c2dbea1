import { KubeError } from '../errors.ts';
import type { EffectiveLimits } from './effective-limits.ts';

/** Which limit a request met. */
export type LimitName = 'inflight' | 'longRunning' | 'rate';

/** 429, with the headers that tell where the tenant stands. */
export class LimitExceeded extends KubeError {
  readonly limit: LimitName;
  readonly headers: readonly (readonly [name: string, value: string])[];

  /** @param retryAfterSeconds a whole number, 1 at least */
  constructor(limit: LimitName, message: string, retryAfterSeconds: number, headers: LimitExceeded['headers']) {
    super('TooManyRequests', message, { retryAfterSeconds });
    this.limit = limit;
    this.headers = headers;
  }
}

const WORDS: Readonly<Record<LimitName, (limits: EffectiveLimits) => string>> = {
  inflight: (limits) => `it may have ${limits.maxRequestsInflight} in flight at a time (maxRequestsInflight)`,
  longRunning: (limits) =>
    `it may have ${limits.maxLongRunning} watches, followed logs and sessions with containers open at a time (maxLongRunning)`,
  rate: ({ rate }) => `it may make ${rate!.requestsPerSecond} a second (requestsPerSecond), and ${rate!.burst} at once (burst)`,
};

/** Says which limit it was, and what it is. */
export function exceeded(limit: LimitName, limits: EffectiveLimits, seconds: number, headers: LimitExceeded['headers']): LimitExceeded {
  const message = `Too many requests of this cluster, please try again later: ${WORDS[limit](limits)}`;
  return new LimitExceeded(limit, message, seconds, headers);
}
