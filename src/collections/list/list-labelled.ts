import { TENANT_LABEL } from '../../tenants/tenant.ts';
import { ForeignObjectError } from '../../translate/engine/json-errors.ts';
import { fromUpstreamToken, toUpstreamToken } from '../../upstream/continue-token.ts';
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
  let translate = createItemTranslator(row, form, context, apiVersionOf(collection));
  let { revision, start } = job;
  let left = job.limit;
  do {
    const place = start === '' ? atRevision(revision) : { continue: toUpstreamToken({ revision, start }) };
    const query = { labelSelector, fieldSelector: selection.fieldSelector, limit: Math.max(1, Math.min(left, PAGE_SIZE)), ...place };
    const page = await openPage(job, query, state);
    for await (const items of page.items) {
      const shown = items.slice(0, left);
      left -= shown.length;
      const own = shown.flatMap(translateOwn);
      if (own.length > 0) yield own;
    }
    const head = page.head();
    revision = Number(head.resourceVersion);
    start = head.continueToken === '' ? '' : fromUpstreamToken(head.continueToken).start;
  } while (start !== '' && left > 0);
  if (start !== '') state.next = { revision, start };

  /** The label is the platform's to give, also by mistake: what is not the tenant's by its name is not shown. */
  function translateOwn(item: Buffer): Buffer[] {
    try {
      return [translate(item)];
    } catch (error) {
      if (!(error instanceof ForeignObjectError)) throw error;
      translate = createItemTranslator(row, form, context, apiVersionOf(collection));
      return [];
    }
  }
}
