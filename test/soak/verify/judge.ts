import { type AcknowledgedWrite, type Observations, RESOURCES, type Resource } from '../observation.ts';
import { ownRecord, type UpstreamRecord } from './own-record.ts';
import type { Problem } from './problem.ts';
import { verifyObservations } from './verify-observations.ts';
import type { Ownership } from './verify-session.ts';
import { verifyWrites } from './verify-writes.ts';

/**
 * Of the changes since an observer's first list, the part that watches must have told: else it is lists that were compared. client-go lists
 * anew after every watch that broke, and waits longer each time, so with faults in quick succession it misses much by its own choice.
 */
const LEAST_TOLD = 0.25;

export interface Evidence {
  readonly tenantIds: readonly string[];
  readonly records: Readonly<Record<Resource, UpstreamRecord>>;
  readonly observations: readonly Observations[];
  readonly acknowledged: readonly AcknowledgedWrite[];
  readonly markOf: (tenantId: string) => string;
  readonly forbidden: string;
}

export interface ClientFigures {
  lists: number;
  watches: number;
  changes: number;
  told: number;
}

export interface Verdict {
  readonly problems: readonly Problem[];
  /** By the kind of client. */
  readonly figures: ReadonlyMap<string, ClientFigures>;
}

/** Compares everything that the tenants were told with upstream's own record. */
export function judge({ tenantIds, records, observations, acknowledged, markOf, forbidden }: Evidence): Verdict {
  const problems: Problem[] = [];
  const figures = new Map<string, ClientFigures>();
  const seen = new Set<Observations>();
  for (const resource of RESOURCES) {
    const record = records[resource];
    const keys = new Map([
      ...[...record.initial].map(([key, revision]) => [revision, key] as const),
      ...record.changes.map(({ key, revision }) => [revision, key] as const),
    ]);
    const ownership: Ownership = { markOf, forbidden, upstreamKeyAt: (revision) => keys.get(revision) };
    for (const tenantId of tenantIds) {
      const own = ownRecord(record, tenantId);
      const isAbout = (about: { tenantId: string; resource: Resource }) => about.tenantId === tenantId && about.resource === resource;
      problems.push(...verifyWrites(own, acknowledged.filter(isAbout)));
      for (const observed of observations.filter(({ observer }) => isAbout(observer))) {
        seen.add(observed);
        const { problems: found, ...numbers } = verifyObservations(own, ownership, observed);
        problems.push(...found);
        addTo(figures, observed.observer.client, numbers);
      }
    }
  }
  if (seen.size < observations.length) problems.push({ kind: 'unverifiable', text: 'there are observers of no known tenant' });
  for (const [client, { changes, told }] of figures) {
    if (told < changes * LEAST_TOLD || told === 0) {
      problems.push({ kind: 'unverifiable', text: `${client}: watches told ${told} of ${changes} changes: too few to say anything` });
    }
  }
  return { problems, figures };
}

function addTo(figures: Map<string, ClientFigures>, client: string, { lists, watches, changes, told }: ClientFigures): void {
  const sum = figures.get(client) ?? { lists: 0, watches: 0, changes: 0, told: 0 };
  sum.lists += lists;
  sum.watches += watches;
  sum.changes += changes;
  sum.told += told;
  figures.set(client, sum);
}
