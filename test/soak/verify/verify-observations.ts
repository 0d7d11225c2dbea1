import type { Listing, Observations } from '../observation.ts';
import type { UpstreamRecord } from './own-record.ts';
import { partSession } from './part-session.ts';
import { nameOf, type Problem } from './problem.ts';
import { verifyListing } from './verify-listing.ts';
import { lastRevision, type Ownership, type PlainSession, verifySession } from './verify-session.ts';

export interface ObserverVerdict {
  readonly problems: readonly Problem[];
  readonly lists: number;
  readonly watches: number;
  /** Changes since the observer's first list, and how many of them a watch has told; a later list stands for the others. */
  readonly changes: number;
  readonly told: number;
}

/** Compares all that an observer was told with the tenant's own record, which has come to its end. */
export function verifyObservations(record: UpstreamRecord, ownership: Ownership, observations: Observations): ObserverVerdict {
  const { observer } = observations;
  const listings: Listing[] = [...observations.listings];
  const watches: PlainSession[] = [];
  for (const session of observations.sessions) {
    const { listing, watch } = partSession(session);
    if (listing) listings.push(listing);
    if (watch) watches.push(watch);
  }
  const problems = [
    ...listings.flatMap((listing) => verifyListing(record, ownership, listing)),
    ...watches.flatMap((watch) => verifySession(record, ownership, watch)),
  ];
  const begun = Math.min(...listings.map(({ revision }) => revision));
  const told = new Set(watches.flatMap(({ entries }) => entries.filter(({ type }) => type !== 'BOOKMARK').map(({ revision }) => revision)));
  const since = record.changes.filter(({ revision }) => revision > begun);
  const reached = Math.max(...listings.map(({ revision }) => revision), ...watches.map(lastRevision));
  const end = record.changes.at(-1)?.revision ?? record.from;
  // Also for an observer that was told nothing at all: the greatest of no numbers is less than any.
  if (reached < end)
    problems.push({ kind: 'late', text: `${nameOf(observer)}: late: knows nothing behind ${reached}, the last change is ${end}` });
  return {
    problems,
    lists: listings.length,
    watches: watches.length,
    changes: since.length,
    told: since.filter(({ revision }) => told.has(revision)).length,
  };
}
