import assert from 'node:assert/strict';
import type { Cluster } from '../../../../src/launch/kube/kubeconfig.ts';
import { LEAK, type ListChoices, type Listed, readList, withQuery } from './read-list.ts';

export interface PageChoices extends ListChoices {
  readonly limit: number;
  /** Called between two pages with the number of those that were read. */
  readonly between?: (read: number) => Promise<void>;
}

/**
 * Reads a collection to its end, page by page, and asserts what holds of pages whatever is in them: none is longer than asked for, all but the
 * last are full, all are of the first one's revision, and a count of what remains is true.
 */
export async function readPages(cluster: Cluster, path: string, { limit, between, ...choices }: PageChoices): Promise<Listed[]> {
  const pages: Listed[] = [];
  let next: string | undefined;
  do {
    const page: Listed = await readList(cluster, withQuery(path, { limit, continue: next }), choices);
    pages.push(page);
    assert.ok(page.items.length <= limit, `${path}: ${page.items.length} objects where ${limit} were asked for`);
    assert.equal(page.resourceVersion, pages[0]!.resourceVersion, 'one revision for all pages');
    assert.doesNotMatch(page.raw, LEAK);
    next = page.continue;
    if (next !== undefined) {
      assert.equal(page.items.length, limit, 'only the last page may hold less');
      await between?.(pages.length);
    }
  } while (next !== undefined);
  const all = pages.reduce((sum, { items }) => sum + items.length, 0);
  let read = 0;
  for (const { items, remainingItemCount, continue: more } of pages) {
    read += items.length;
    if (more === undefined) assert.equal(remainingItemCount, undefined, 'nothing remains after the last page');
    // It may be left out, as upstream does with selectors: then it reads on until a page is full and cannot know.
    if (remainingItemCount !== undefined) assert.equal(remainingItemCount, all - read);
  }
  return pages;
}
