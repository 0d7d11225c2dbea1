import type { StatusCause } from '../errors.ts';
import { problemsOfHard } from '../quota/keys.ts';
import type { TenantSpec } from '../tenants/tenant.ts';
import { invalidValue, required } from './invalid.ts';

/** What is wrong with a spec that has the form of the schema. */
export function problemsOfSpec({ revocations = [], quota }: TenantSpec): StatusCause[] {
  const ofQuota = problemsOfHard(quota?.hard ?? {}, 'spec.quota.hard');
  const ofRevocations = revocations.flatMap(({ before, certificate }, index) => {
    if (before !== undefined || certificate !== undefined) return [];
    return [required(`spec.revocations[${index}].before`, 'a time, or the number of one certificate')];
  });
  return [...ofQuota, ...ofRevocations];
}

/** What a change may not do to the spec. */
export function problemsOfSpecChange(old: TenantSpec, changed: TenantSpec): StatusCause[] {
  if (changed.upstream === old.upstream) return [];
  return [invalidValue('spec.upstream', changed.upstream, 'field is immutable: a tenant does not move to another cluster')];
}
