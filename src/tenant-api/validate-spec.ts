import { lifeOfNumber } from '../certs/certificate-number.ts';
import type { StatusCause } from '../errors.ts';
import { problemsOfHard } from '../quota/keys.ts';
import type { Revocation, TenantSpec } from '../tenants/tenant.ts';
import { invalidValue, required } from './invalid.ts';

/** Each is looked at with every request of the tenant's; revoking all that a user has takes one. */
const MAX_REVOCATIONS = 1000;
/** Of the reason of a suspension, in UTF-16 code units. */
const MAX_REASON = 512;

/** What is wrong with a spec that has the form of the schema. */
export function problemsOfSpec({ quota, revocations = [], suspension }: TenantSpec): StatusCause[] {
  const ofRevocations = revocations.flatMap((revocation, index) => problemsOfRevocation(revocation, `spec.revocations[${index}]`));
  const ofQuota = problemsOfHard(quota?.hard ?? {}, 'spec.quota.hard');
  return [...ofQuota, ...problemsOfCount(revocations.length), ...ofRevocations, ...problemsOfReason(suspension?.reason)];
}

function problemsOfCount(revocations: number): StatusCause[] {
  if (revocations <= MAX_REVOCATIONS) return [];
  const message = `Too many: ${revocations}: must have at most ${MAX_REVOCATIONS} items`;
  return [{ reason: 'FieldValueTooMany', message, field: 'spec.revocations' }];
}

/** @param path of the revocation, with which its fields are named */
export function problemsOfRevocation({ user, before, certificate }: Revocation, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (user === '') causes.push(invalidValue(`${path}.user`, user, 'must not be empty'));
  if (before === undefined && certificate === undefined) {
    causes.push(required(`${path}.before`, 'a time, or the number of one certificate'));
  }
  if (certificate !== undefined && lifeOfNumber(certificate) === undefined) {
    causes.push(invalidValue(`${path}.certificate`, certificate, "is not the number of a certificate (e.g. 'mk5x2c1b-irtb4-0a1b2c3d4e')"));
  }
  return causes;
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
