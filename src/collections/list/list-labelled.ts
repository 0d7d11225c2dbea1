import { TENANT_LABEL } from '../../tenants/tenant.ts';
import { fromUpstreamToken, toUpstreamToken } from '../cursor.ts';
import { createItemTranslator } from '../read/item-translator.ts';
import type { Items, ListJob, ListState } from './list-job.ts';
import { apiVersionOf, PAGE_SIZE } from './list-range.ts';
import { atRevision, openPage } from './open-page.ts';

/**
 * Cluster-scoped objects by the label that each of a tenant's carries upstream: where they are no range (CRDs), or where upstream is
 * to select among them anyway, which makes it look at all of the kind.
 */
export async function* listLabelled(job: ListJob, state: ListState): Items {
  const { collection, form, selection } = job;
  const { row, context } = collection;
  const labelSelector = [`${TENANT_LABEL}=${context.tenantId}`, ...(selection.labelSelector ? [selection.labelSelector] : [])].join(',');
  const translate = createItemTranslator(row, form, context, apiVersionOf(collection));
  let { revision, start } = job;
  let left = job.limit;
  do {
    const place = start === '' ? atRevision(revision) : { continue: toUpstreamToken({ revision, start }) };
    const query = { labelSelector, fieldSelector: selection.fieldSelector, limit: Math.min(left, PAGE_SIZE), ...place };
    const page = await openPage(job, query, state);
    for await (const items of page.items) {
      left -= items.length;
      yield items.map(translate);
    }
    const head = page.head();
    revision = Number(head.resourceVersion);
    start = head.continueToken === '' ? '' : fromUpstreamToken(head.continueToken).start;
  } while (start !== '' && left > 0);
  if (start !== '') state.next = { revision, start };
}
