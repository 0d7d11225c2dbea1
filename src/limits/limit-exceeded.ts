import { KubeError } from '../errors.ts';
import type { EffectiveLimits } from './effective-limits.ts';

/** Which limit a request met. */
export type LimitName = 'inflight' | 'longRunning' | 'rate';

/** 429, with the headers that tell where the tenant stands. */
export class LimitExceeded extends KubeError {
  readonly limit: LimitName;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** For how long the same client's requests of the same kind may be refused without asking again; 0: not at all. */
  readonly holdMs: number;

  constructor(limit: LimitName, message: string, waitMs: number, headers: LimitExceeded['headers']) {
    super('TooManyRequests', message, { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) });
    this.limit = limit;
    this.headers = headers;
    this.holdMs = holdOf(limit, waitMs);
  }
}

/** A limit that is raised counts after this at the latest. */
const LONGEST_HOLD_MS = 1000;
/** What is in flight may end at any time; so short a pause of refusals is little beside any request, and bounds what a flood of them costs. */
const INFLIGHT_HOLD_MS = 2;

/** No token comes before its time. A watch that is one too many says nothing about other requests. */
function holdOf(limit: LimitName, waitMs: number): number {
  if (limit === 'rate') return Math.min(LONGEST_HOLD_MS, Math.floor(waitMs));
  return limit === 'inflight' ? INFLIGHT_HOLD_MS : 0;
}

const WORDS: Readonly<Record<LimitName, (limits: EffectiveLimits) => string>> = {
  inflight: (limits) => `it may have ${limits.maxRequestsInflight} in flight at a time (maxRequestsInflight)`,
  longRunning: (limits) =>
    `it may have ${limits.maxLongRunning} watches, followed logs and sessions with containers open at a time (maxLongRunning)`,
  // There is none any more where it was taken away meanwhile.
  rate: ({ rate }) =>
    rate ? `it may make ${rate.requestsPerSecond} a second (requestsPerSecond), and ${rate.burst} at once (burst)` : 'it had a rate',
};

/** Says which limit it was, and what it is. @param waitMs when to ask again */
export function exceeded(limit: LimitName, limits: EffectiveLimits, waitMs: number, headers: LimitExceeded['headers']): LimitExceeded {
  const message = `Too many requests of this cluster, please try again later: ${WORDS[limit](limits)}`;
  return new LimitExceeded(limit, message, waitMs, headers);
}
