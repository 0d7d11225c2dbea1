import type { StatusCause } from '../errors.ts';
import type { TenantSpec } from '../tenants/tenant.ts';
import { invalidValue, required } from './invalid.ts';

/** Of the reason of a suspension, in UTF-16 code units. */
const MAX_REASON = 512;

/** What is wrong with a spec that has the form of the schema. */
export function problemsOfSpec({ revocations = [], suspension }: TenantSpec): StatusCause[] {
  const ofRevocations = revocations.flatMap(({ before, certificate }, index) => {
    if (before !== undefined || certificate !== undefined) return [];
    return [required(`spec.revocations[${index}].before`, 'a time, or the number of one certificate')];
  });
  return [...ofRevocations, ...problemsOfReason(suspension?.reason)];
}

/** It stands in the message of every refusal. */
function problemsOfReason(reason: string | undefined): StatusCause[] {
  if (reason === undefined || (reason.length <= MAX_REASON && !/\p{Cc}/u.test(reason))) return [];
  return [invalidValue('spec.suspension.reason', reason, `must be one line of at most ${MAX_REASON} characters`)];
}

/** What a change may not do to the spec. */
export function problemsOfSpecChange(old: TenantSpec, changed: TenantSpec): StatusCause[] {
  if (changed.upstream === old.upstream) return [];
  return [invalidValue('spec.upstream', changed.upstream, 'field is immutable: a tenant does not move to another cluster')];
}
