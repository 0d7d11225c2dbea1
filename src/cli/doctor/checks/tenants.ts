import type { Tenant } from '../../../tenants/tenant.ts';
import { type Check, type Finding, ok, someOf, warning } from '../check.ts';

const SLOW_MS = 5 * 60_000;

export const tenants: Check = {
  name: 'tenants',
  title: 'tenants',
  about: 'no tenant is unready, or being deleted, for more than five minutes',
  run: async (context) => judgeTenants(await context.tenants(), Date.now()),
};

export function judgeTenants(all: readonly Tenant[], nowMs: number): Finding[] {
  const isOld = (timestamp: string | undefined) => timestamp !== undefined && nowMs - Date.parse(timestamp) > SLOW_MS;
  const stuck = all.filter(({ metadata }) => isOld(metadata.deletionTimestamp));
  const unready = all.filter(
    ({ metadata, status }) => !metadata.deletionTimestamp && status?.phase !== 'Ready' && isOld(lastChange(metadata, status)),
  );
  const findings: Finding[] = [];
  if (stuck.length > 0)
    findings.push(warning(`being deleted for long: ${describe(stuck)}`, 'kubezoo tenant get ID -o yaml says what is left'));
  if (unready.length > 0) findings.push(warning(`not ready for long: ${describe(unready)}`, 'kubezoo tenant get ID -o yaml says why'));
  const counts = `${all.length} ${all.length === 1 ? 'tenant' : 'tenants'}`;
  return findings.length > 0 ? findings : [ok(`${counts}, none stuck`)];
}

function lastChange(metadata: Tenant['metadata'], status: Tenant['status']): string | undefined {
  return status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? metadata.creationTimestamp;
}

function describe(list: readonly Tenant[]): string {
  return someOf(
    list.map(({ metadata, status }) => {
      const reason = status?.conditions?.find(({ type }) => type === 'Ready')?.reason;
      return reason ? `${metadata.name} (${reason})` : metadata.name;
    }),
  );
}
