import { ForeignObjectError } from '../../translate/engine/json-errors.ts';
import { createItemTranslator } from '../read/item-translator.ts';
import type { Items, ListJob, ListState } from './list-job.ts';
import { apiVersionOf } from './list-range.ts';
import { atRevision, openPage } from './open-page.ts';

/**
 * One cluster-scoped object by its name, as a list: upstream reads one key. What is neither the tenant's nor shared with it is
 * not shown.
 */
export async function* listNamed(job: ListJob, state: ListState, upstreamName: string): Items {
  const { collection, form, selection } = job;
  const named = selection.name === undefined ? [`metadata.name=${upstreamName}`] : [];
  const fieldSelector = [...named, ...(selection.fieldSelector ? [selection.fieldSelector] : [])].join(',');
  const query = { labelSelector: selection.labelSelector, fieldSelector, ...atRevision(revisionOf(job, state)) };
  const page = await openPage(job, query, state);
  const found: Buffer[] = [];
  for await (const items of page.items) {
    for (const item of items) {
      try {
        found.push(createItemTranslator(collection.row, form, collection.context, apiVersionOf(collection))(item));
      } catch (error) {
        // A class that has ceased to be shared.
        if (!(error instanceof ForeignObjectError)) throw error;
      }
    }
  }
  if (found.length > 0 && job.limit > 0) yield found;
}

/** What has been shown already pins the rest. */
export function revisionOf(job: ListJob, state: ListState): number {
  return state.resourceVersion === '' ? job.revision : Number(state.resourceVersion);
}
