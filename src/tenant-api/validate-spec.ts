import { lifeOfNumber } from '../certs/certificate-number.ts';
import type { StatusCause } from '../errors.ts';
import type { Revocation, TenantSpec } from '../tenants/tenant.ts';
import { invalidValue, required } from './invalid.ts';

/** Each is looked at with every request of the tenant's; revoking all that a user has takes one. */
const MAX_REVOCATIONS = 1000;

/** What is wrong with a spec that has the form of the schema. */
export function problemsOfSpec({ revocations = [] }: TenantSpec): StatusCause[] {
  const causes = revocations.flatMap((revocation, index) => problemsOfRevocation(revocation, `spec.revocations[${index}]`));
  if (revocations.length <= MAX_REVOCATIONS) return causes;
  const message = `Too many: ${revocations.length}: must have at most ${MAX_REVOCATIONS} items`;
  return [{ reason: 'FieldValueTooMany', message, field: 'spec.revocations' }, ...causes];
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

/** What a change may not do to the spec. */
export function problemsOfSpecChange(old: TenantSpec, changed: TenantSpec): StatusCause[] {
  if (changed.upstream === old.upstream) return [];
  return [invalidValue('spec.upstream', changed.upstream, 'field is immutable: a tenant does not move to another cluster')];
}
