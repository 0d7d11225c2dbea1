import type { AcknowledgedWrite } from '../observation.ts';
import type { UpstreamRecord } from './own-record.ts';
import type { Problem } from './problem.ts';

/** Whether each write of a tenant that was acknowledged stands in its own record, under its name. */
export function verifyWrites(record: UpstreamRecord, writes: readonly AcknowledgedWrite[]): Problem[] {
  const keys = new Map([
    ...[...record.initial].map(([key, revision]) => [revision, key] as const),
    ...record.changes.map(({ key, revision }) => [revision, key] as const),
  ]);
  return writes
    .filter(({ key, revision }) => keys.get(revision) !== key)
    .map(({ tenantId, resource, key, revision }) => ({
      kind: 'missed',
      text: `${tenantId}, writer, ${resource}: ${key} was acknowledged at ${revision}; upstream has ${keys.get(revision) ?? 'nothing of the tenant'} there`,
    }));
}
