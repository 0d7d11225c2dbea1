import type { IncomingHttpHeaders } from 'node:http';
import { pathOfCollection } from '../collection.ts';
import { acceptForList } from '../form.ts';
import { createPageReader } from '../read/create-page-reader.ts';
import type { PageHead } from '../read/page.ts';
import type { ListJob, ListState } from './list-job.ts';

/** One answer of upstream's to a list. */
export interface Page {
  /** As they come, in upstream's names. To be read to the end, for `head` to be there. */
  readonly items: AsyncGenerator<Buffer[], void, void>;
  head(): PageHead;
}

export type PageQuery = Readonly<Record<string, string | number | undefined>>;

/** Where a page is to begin, or which revision a list from its beginning is to show, as a query. */
export function atRevision(revision: number): PageQuery {
  return revision < 0 ? {} : { resourceVersion: revision, resourceVersionMatch: 'Exact' };
}

/** @throws UpstreamRefusal, UpstreamError */
export async function openPage(job: ListJob, query: PageQuery, state: ListState, upstreamNamespace?: string): Promise<Page> {
  const { collection, form, selection, signal } = job;
  const path = pathOfCollection(collection, upstreamNamespace);
  const asked = { ...query, ...(form.shape === 'table' && { includeObject: selection.includeObject }) };
  const answer = await job.ask({ path, query: asked, accept: acceptForList(form) }, signal);
  state.warnings ??= warningsOf(answer.headers);
  const reader = createPageReader(form);
  let head: PageHead | undefined;
  async function* items(): AsyncGenerator<Buffer[], void, void> {
    let isFirst = true;
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      job.onBytes(chunk.length);
      const whole = reader.write(chunk);
      if (whole.length === 0) continue;
      const early = isFirst ? reader.early() : undefined;
      if (early) noteHead(state, early);
      isFirst = false;
      yield whole;
    }
    head = reader.end();
    noteHead(state, head);
  }
  return {
    items: items(),
    head() {
      if (!head) throw new Error('a page that has not been read to its end');
      return head;
    },
  };
}

function noteHead(state: ListState, { apiVersion, kind, resourceVersion, columns }: PageHead): void {
  // All of a list's pages show one revision; where they are of servers that have none, there is none to show.
  if (state.resourceVersion === '') state.resourceVersion = resourceVersion;
  if (apiVersion !== '') state.apiVersion = apiVersion;
  if (kind !== '') state.kind = kind;
  if (state.columns === undefined || state.columns === 'null') state.columns = columns;
}

function warningsOf({ warning }: IncomingHttpHeaders): readonly string[] {
  return warning === undefined ? [] : [String(warning)];
}
