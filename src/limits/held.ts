import type { LimitName } from './limit-exceeded.ts';

/** Set by Envoy alone (refuse_early in envoy/envoy.yaml): what it has refused of the same client since the sidecar told it to. */
export const HELD_HEADER = 'x-kubezoo-held';

export interface HeldRefusals {
  readonly limit: LimitName;
  readonly count: number;
}

/** @returns undefined where there is nothing, or nothing of that form */
export function readHeld(header: string | undefined): HeldRefusals | undefined {
  const [, limit, count] = /^(inflight|longRunning|rate);(\d{1,9})$/.exec(header ?? '') ?? [];
  return limit === undefined ? undefined : { limit: limit as LimitName, count: Number(count) };
}
