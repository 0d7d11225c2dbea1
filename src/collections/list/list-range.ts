import { ForeignObjectError } from '../../translate/engine/json-errors.ts';
import { isSharedName } from '../../translate/object-name.ts';
import { fromUpstreamToken, toUpstreamToken } from '../../upstream/continue-token.ts';
import { nameOfCollection, storageKey, tenantIdOfKey } from '../collection.ts';
import { createItemTranslator } from '../read/item-translator.ts';
import { metaOfItem } from '../read/object-meta.ts';
import { rangeOf } from '../selection.ts';
import type { Items, ListJob, ListState } from './list-job.ts';
import { openPage } from './open-page.ts';

/** Largest page that is asked for. */
export const PAGE_SIZE = 500;

/** The server gives a list from its beginning, whatever it was asked. */
export class RangeIgnoredError extends Error {
  override readonly name = 'RangeIgnoredError';
}

/**
 * A tenant's objects as one range of keys: all of them begin with its prefix, so a list that goes on from there has them first, and the
 * first that is another's ends it.
 * @throws RangeIgnoredError before the first item
 */
export async function* listRange(job: ListJob, state: ListState): Items {
  const { collection, form, memory } = job;
  const { row, context } = collection;
  const { tenantId } = context;
  const name = nameOfCollection(collection);
  const prefix = rangeOf(collection);
  if (prefix === undefined) throw new Error(`${name}: the tenant's objects are no range`);
  const translate = createItemTranslator(row, form, context, apiVersionOf(collection));
  let { revision } = job;
  let start = job.start || prefix;
  let left = job.limit;
  let size = Math.min(PAGE_SIZE, memory.firstPage(tenantId, name));
  let count = 0;
  for (;;) {
    // One more than is wanted tells whether there is more.
    const page = await openPage(job, { limit: Math.min(size, left + 1), continue: toUpstreamToken({ revision, start }) }, state);
    let isOver = false;
    let nextStart: string | undefined;
    let isFirst = true;
    for await (const items of page.items) {
      if (isFirst && items[0] && storageKey(metaOfItem(form, items[0])) < start) {
        throw new RangeIgnoredError(`${name}: a list from the tenant's prefix on begins in front of it`);
      }
      isFirst = false;
      const translated: Buffer[] = [];
      for (const item of items) {
        if (isOver || nextStart !== undefined) continue;
        // What the platform shares has its place behind all of the tenant's own.
        if (row.shareable && isSharedName(row, metaOfItem(form, item).name, context)) continue;
        if (left === 0) {
          const meta = metaOfItem(form, item);
          if (tenantIdOfKey(row, meta) === tenantId) nextStart = storageKey(meta);
          else isOver = true;
          continue;
        }
        const own = translateOwn(item);
        if (own === undefined) isOver = true;
        else {
          translated.push(own);
          left--;
          count++;
        }
      }
      if (translated.length > 0) yield translated;
    }
    const head = page.head();
    revision = Number(head.resourceVersion);
    if (nextStart !== undefined) state.next = { revision, start: nextStart };
    else if (isOver && head.remaining !== undefined) memory.noteBehind(tenantId, name, head.remaining);
    const isWhole = isOver || head.continueToken === '';
    if (isWhole && job.start === '') memory.noteCount(tenantId, name, count);
    if (isWhole || nextStart !== undefined) return;
    start = fromUpstreamToken(head.continueToken).start;
    size = PAGE_SIZE;
  }

  /** Undefined: it is another's, and stands behind all of the tenant's. */
  function translateOwn(item: Buffer): Buffer | undefined {
    try {
      return translate(item);
    } catch (error) {
      if (!(error instanceof ForeignObjectError)) throw error;
      const meta = metaOfItem(form, item);
      if (tenantIdOfKey(row, meta) === tenantId) throw error;
      if (storageKey(meta) < start) throw new RangeIgnoredError(`${name}: a list from the tenant's prefix on begins in front of it`);
      return undefined;
    }
  }
}

export function apiVersionOf({ group, version }: { group: string; version: string }): string {
  return group === '' ? version : `${group}/${version}`;
}
