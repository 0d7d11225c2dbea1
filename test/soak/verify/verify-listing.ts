import type { Listing } from '../observation.ts';
import { stateAt, type UpstreamRecord } from './own-record.ts';
import { nameOf, type Problem, type ProblemKind } from './problem.ts';
import { foreignness, type Ownership } from './verify-session.ts';

/** Compares a list with the tenant's own record: exactly what there was at the list's revision. */
export function verifyListing(record: UpstreamRecord, ownership: Ownership, { observer, revision, items }: Listing): Problem[] {
  const problems: Problem[] = [];
  const add = (kind: ProblemKind, text: string) =>
    problems.push({ kind, text: `${nameOf(observer)}: list at ${revision}: ${kind}: ${text}` });
  if (revision < record.from || revision > record.through) {
    add('unverifiable', `the record is (${record.from}, ${record.through}]`);
    return problems;
  }
  const state = stateAt(record, revision);
  const seen = new Set<string>();
  for (const item of items) {
    const foreign = foreignness(ownership, observer, item);
    const there = state.get(item.key);
    if (foreign) add('foreign', `${item.key} at ${item.revision}: ${foreign}`);
    else if (seen.has(item.key)) add('doubled', item.key);
    else if (there !== item.revision) {
      const upstreamKey = ownership.upstreamKeyAt(item.revision);
      add('untrue', `${item.key} at ${item.revision}: upstream had ${there ?? 'none'}; that revision is ${upstreamKey ?? 'unknown'}`);
    }
    seen.add(item.key);
  }
  for (const [key, there] of state) if (!seen.has(key)) add('missed', `${key} at ${there}`);
  return problems;
}
