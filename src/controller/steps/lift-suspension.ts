import { DONE, type Outcome, type Step } from './step.ts';

/** Upstream's list of the suspended does not name the tenant: the next of that id is another. */
export const liftSuspension: Step = {
  name: 'lift-suspension',
  condition: 'CleanedUp',
  async run({ suspendedUpstream }): Promise<Outcome> {
    if (!suspendedUpstream) return DONE;
    return { state: 'waiting', reason: 'StillSuspended', message: 'waiting for upstream to forget the suspension', retryAfterMs: 500 };
  },
};
