import { toUpstreamToken } from '../../upstream/continue-token.ts';
import { storageKey } from '../collection.ts';
import { createItemTranslator } from '../read/item-translator.ts';
import { metaOfItem } from '../read/object-meta.ts';
import type { Items, ListJob, ListState } from './list-job.ts';
import { revisionOf } from './list-named.ts';
import { apiVersionOf, PAGE_SIZE } from './list-range.ts';
import { atRevision, openPage, type Page } from './open-page.ts';

/** How many namespaces are asked for at once; their answers wait in their sockets. */
const AHEAD = 4;

/**
 * The tenant's namespaces one by one, all at one revision. For selectors, which upstream evaluates; for servers that do not begin where
 * they are asked to; and where it is cheaper than a range.
 * @param namespaces upstream's names, in the order of their objects' keys
 * @param revision to pin them to; -1: that of the first answer
 */
export async function* listNamespaces(job: ListJob, state: ListState, namespaces: readonly string[], revision: number): Items {
  const { collection, form } = job;
  const translate = createItemTranslator(collection.row, form, collection.context, apiVersionOf(collection));
  const slash = job.start.indexOf('/');
  const firstKey = slash < 0 ? '' : job.start.slice(0, slash + 1);
  const names = namespaces.filter((name) => `${name}/` >= firstKey);
  const stop = new AbortController();
  const bound: ListJob = { ...job, revision, signal: AbortSignal.any([job.signal, stop.signal]) };
  const ahead: Promise<Page>[] = [];
  let left = job.limit;
  let asked = 0;

  const askNext = (): void => {
    const name = names[asked++];
    if (name === undefined) return;
    const token = `${name}/` === firstKey && job.start.length > slash + 1 ? job.start.slice(slash + 1) : '';
    const page = firstPage(bound, state, name, token, left);
    // Whoever waits for it is told; nobody may be left to wait.
    page.catch(() => {});
    ahead.push(page);
  };

  try {
    for (let index = 0; index < names.length; index++) {
      // Before the first answer there may be no revision to pin the others to.
      const isPinned = revisionOf(bound, state) >= 0;
      while (asked < names.length && ahead.length < (isPinned ? AHEAD : 1)) askNext();
      let page = (await ahead.shift()) as Page;
      for (;;) {
        for await (const all of page.items) {
          // Some servers begin at the beginning, wherever they are asked to.
          const items = `${names[index]}/` === firstKey ? all.filter((item) => storageKey(metaOfItem(form, item)) >= job.start) : all;
          const taken = items.slice(0, left);
          left -= taken.length;
          if (taken.length > 0) yield taken.map(translate);
          const [extra] = items.slice(taken.length);
          if (extra !== undefined && state.next === undefined) {
            state.next = { revision: -1, start: storageKey(metaOfItem(form, extra)) };
          }
        }
        const { continueToken } = page.head();
        if (state.next !== undefined) {
          state.next = { ...state.next, revision: revisionOf(bound, state) };
          return;
        }
        if (continueToken === '') break;
        page = await openPage(bound, { ...selectors(job), limit: sizeFor(left), continue: continueToken }, state, names[index]);
      }
    }
  } finally {
    stop.abort();
  }
}

function firstPage(job: ListJob, state: ListState, namespace: string, start: string, left: number): Promise<Page> {
  const revision = revisionOf(job, state);
  const place = start === '' ? atRevision(revision) : { continue: toUpstreamToken({ revision, start }) };
  return openPage(job, { ...selectors(job), limit: sizeFor(left), ...place }, state, namespace);
}

/** One more than is wanted tells whether there is more. */
function sizeFor(left: number): number {
  return Math.min(left + 1, PAGE_SIZE);
}

function selectors({ selection }: ListJob): { labelSelector: string | undefined; fieldSelector: string | undefined } {
  const { labelSelector, fieldSelector } = selection;
  return { labelSelector, fieldSelector };
}
