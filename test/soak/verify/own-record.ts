import type { ChangeType } from '../observation.ts';

export interface RecordedChange {
  readonly type: ChangeType;
  readonly key: string;
  readonly revision: number;
}

/** All that happened to one resource behind revision `from` up to `through`, in order. Keys are upstream's, or a tenant's in its part. */
export interface UpstreamRecord {
  readonly from: number;
  readonly through: number;
  /** What there was at `from`: keys with their revisions. */
  readonly initial: ReadonlyMap<string, number>;
  readonly changes: readonly RecordedChange[];
}

/** A tenant's part of the record, in its own names. Made by the prefix alone, and not with the code that is on trial. */
export function ownRecord(record: UpstreamRecord, tenantId: string): UpstreamRecord {
  const prefix = `${tenantId}-`;
  const own = (key: string) => key.slice(prefix.length);
  return {
    from: record.from,
    through: record.through,
    initial: new Map([...record.initial].filter(([key]) => key.startsWith(prefix)).map(([key, revision]) => [own(key), revision])),
    changes: record.changes.filter(({ key }) => key.startsWith(prefix)).map((change) => ({ ...change, key: own(change.key) })),
  };
}

/** Keys with their revisions, as they were at `revision`. */
export function stateAt({ initial, changes }: UpstreamRecord, revision: number): Map<string, number> {
  const state = new Map(initial);
  for (const change of changes) {
    if (change.revision > revision) break;
    if (change.type === 'DELETED') state.delete(change.key);
    else state.set(change.key, change.revision);
  }
  return state;
}
