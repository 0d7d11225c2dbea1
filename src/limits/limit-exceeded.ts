import { KubeError } from '../errors.ts';

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
