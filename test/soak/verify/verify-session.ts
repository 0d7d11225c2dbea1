import type { Observer, SeenEvent, Session, Sighting } from '../observation.ts';
import type { UpstreamRecord } from './own-record.ts';
import type { Problem, ProblemKind } from './problem.ts';
import { nameOf } from './problem.ts';

/** What a verifier has to know of the tenants beside the record. */
export interface Ownership {
  /** The signature of a tenant's writers. */
  markOf(tenantId: string): string;
  /** What no name in a tenant's hands begins with. */
  readonly forbidden: string;
  /** Whose change had this revision: the upstream key of it. */
  upstreamKeyAt(revision: number): string | undefined;
}

/** A watch that began behind a revision. */
export type PlainSession = Session & { readonly from: number };

/** The last revision that the watch has spoken for. */
export function lastRevision({ from, entries }: PlainSession): number {
  return entries.reduce((last, { revision }) => Math.max(last, revision), from);
}

/** Compares a watch with the tenant's own record: exactly the changes in (begin, last revision], in order, each once. */
export function verifySession(record: UpstreamRecord, ownership: Ownership, session: PlainSession): Problem[] {
  const { observer, from, entries } = session;
  const problems: Problem[] = [];
  const add = (kind: ProblemKind, text: string) =>
    problems.push({ kind, text: `${nameOf(observer)}: watch from ${from}: ${kind}: ${text}` });
  const last = lastRevision(session);
  if (from < record.from || last > record.through) {
    add('unverifiable', `(${from}, ${last}] is not within (${record.from}, ${record.through}]`);
    return problems;
  }
  const happened = new Map(
    record.changes.filter(({ revision }) => revision > from && revision <= last).map((change) => [change.revision, change]),
  );
  const seen = new Set<number>();
  let reached = from;
  for (const entry of entries) {
    const { revision } = entry;
    if (entry.type === 'BOOKMARK') {
      if (revision < reached) add('order', `a bookmark at ${revision} behind ${reached}`);
      reached = Math.max(reached, revision);
      continue;
    }
    const text = describe(entry);
    const foreign = foreignness(ownership, observer, entry);
    const change = happened.get(revision);
    if (foreign) add('foreign', `${text}: ${foreign}`);
    else if (seen.has(revision)) add('doubled', text);
    else if (!change) {
      const upstreamKey = ownership.upstreamKeyAt(revision);
      if (revision <= from) add('order', `${text}: not behind the begin`);
      else if (upstreamKey === undefined) add('untrue', `${text}: upstream has no such change`);
      else add('foreign', `${text}: that is ${upstreamKey}`);
    } else if (change.key !== entry.key || change.type !== entry.type) add('untrue', `${text}: it was ${describe(change)}`);
    else if (revision <= reached) add('order', `${text}: behind ${reached}`);
    seen.add(revision);
    reached = Math.max(reached, revision);
  }
  for (const change of happened.values()) if (!seen.has(change.revision)) add('missed', describe(change));
  return problems;
}

/** Why it is another's; undefined when nothing says so. */
export function foreignness(ownership: Ownership, { tenantId }: Observer, { key, owner }: Sighting): string | undefined {
  if (key.split('/').some((name) => name.startsWith(ownership.forbidden))) return "a name of upstream's";
  if (owner !== undefined && owner !== ownership.markOf(tenantId)) return `signed by ${owner}`;
  return undefined;
}

function describe({ type, key, revision }: Pick<SeenEvent, 'type' | 'key' | 'revision'>): string {
  return `${type} ${key} at ${revision}`;
}
