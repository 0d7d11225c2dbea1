import assert from 'node:assert/strict';
import { waitUntil } from '../../../../src/launch/wait-until.ts';
import { TENANT } from '../../isolation/parties.ts';
import { type Collection, tenantItem, upstreamSelector } from './collection.ts';
import type { Form } from './forms.ts';
import { type Change, type CollectionWatch, eventOf, openCollectionWatch } from './open-collection-watch.ts';
import { withQuery } from './read-list.ts';
import type { Stage } from './stage.ts';

export interface WatchedBoth {
  readonly tenant: CollectionWatch;
  readonly upstream: CollectionWatch;
  /** What upstream's watch has shown of the tenant's, under the tenant's names. */
  expected(): string[];
  /** Resolves when both have seen it; asserts that the tenant has then seen all and only what upstream has shown of its own, in that order. */
  assertAlikeAfter(type: string, key: string, choices?: { readonly ordered?: boolean }): Promise<void>;
  close(): void;
}

export interface BothQuery {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly upstreamFieldSelector?: string;
  readonly [parameter: string]: string | number | undefined;
}

/** The same watch as a tenant and as the cluster's admin, who sees everybody's. */
export async function watchBoth(
  { tenant, other, platform }: Stage,
  collection: Collection,
  { labelSelector, fieldSelector, upstreamFieldSelector = fieldSelector, ...query }: BothQuery,
  { form = 'JSON', tenantId = TENANT }: { form?: Form; tenantId?: string } = {},
): Promise<WatchedBoth> {
  const selector = labelSelector && upstreamSelector(collection, tenantId, labelSelector);
  const upstreamPath = withQuery(collection.upstreamPath(tenantId), {
    ...query,
    labelSelector: selector,
    fieldSelector: upstreamFieldSelector,
  });
  const path = withQuery(collection.path, { ...query, labelSelector, fieldSelector });
  const upstream = await openCollectionWatch(platform.cluster, upstreamPath, { form: 'PartialObjectMetadata' });
  const watch = await openCollectionWatch((tenantId === TENANT ? tenant : other).cluster, path, { form });
  const theirs = () =>
    upstream.changes().flatMap((event) => {
      const item = tenantItem(collection, tenantId, event);
      return item === undefined ? [] : [{ type: event.type, ...item }];
    });
  const expected = () => theirs().map(eventOf);
  return {
    tenant: watch,
    upstream,
    expected,
    assertAlikeAfter: async (type, key, { ordered = true } = {}) => {
      // What others do meanwhile may have come to one of them only.
      const upTo = <T extends Change>(changes: readonly T[]): T[] =>
        changes.slice(0, changes.findLastIndex((change) => change.type === type && change.key === key) + 1);
      const isThere = () => theirs().some((event) => event.type === type && event.key === key);
      await waitUntil(`${type} ${key} upstream`, isThere, { timeoutMs: 20_000, intervalMs: 20 });
      await watch.waitFor(type, key);
      const [seen, wanted] = [upTo(watch.changes()).map(eventOf), upTo(theirs()).map(eventOf)];
      if (ordered) assert.deepEqual(seen, wanted, `${collection.title} in ${form}`);
      else assert.deepEqual(seen.toSorted(), wanted.toSorted(), `${collection.title} in ${form}`);
      assert.equal(new Set(seen).size, seen.length, 'every event once');
      assert.equal(watch.leak(), undefined);
    },
    close: () => {
      watch.close();
      upstream.close();
    },
  };
}
