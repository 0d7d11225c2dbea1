/** What of everything the page shows, as its address says: so a view can be kept, sent to a colleague, and read without scripts. */
export interface PageQuery {
  /** Words that must all occur in a row, in lower case. */
  readonly words: readonly string[];
  /** As it was typed. */
  readonly text: string;
  readonly sort: TenantSort;
  /** From 1. */
  readonly tenantsPage: number;
  readonly refusedPage: number;
}

export const TENANT_SORTS = ['attention', 'id', 'inflight', 'refused', 'quota'] as const;
export type TenantSort = (typeof TENANT_SORTS)[number];

const MAX_TEXT = 200;
const MAX_PAGE = 100_000;

/** Anything that makes no sense is as if it were not there. */
export function readPageQuery(parameters: URLSearchParams): PageQuery {
  const text = (parameters.get('q') ?? '').slice(0, MAX_TEXT);
  const page = (name: string) => {
    const number = parameters.get(name) ?? '';
    return /^[1-9]\d{0,5}$/.test(number) ? Math.min(Number(number), MAX_PAGE) : 1;
  };
  return {
    words: text.toLowerCase().split(/\s+/).filter(Boolean),
    text,
    sort: TENANT_SORTS.find((sort) => sort === parameters.get('sort')) ?? 'attention',
    tenantsPage: page('tenants'),
    refusedPage: page('refused'),
  };
}

/** The address of another view. Where something is changed that changes what there is, pages begin anew. */
export function addressOf(query: PageQuery, change: Partial<Omit<PageQuery, 'words'>>): string {
  const isOther = change.text !== undefined || change.sort !== undefined;
  const { text, sort, tenantsPage, refusedPage } = { ...query, ...(isOther && { tenantsPage: 1 }), ...change };
  const parameters = new URLSearchParams();
  if (text !== '') parameters.set('q', text);
  if (sort !== 'attention') parameters.set('sort', sort);
  if (tenantsPage > 1) parameters.set('tenants', String(tenantsPage));
  if (refusedPage > 1) parameters.set('refused', String(refusedPage));
  return `?${parameters}`;
}

/** A part of many rows. */
export interface Part<T> {
  readonly rows: readonly T[];
  /** How many there are besides, shown or not. */
  readonly matched: number;
  readonly page: number;
  readonly pages: number;
}

/** @param page one that is too far on is the last */
export function partOf<T>(all: readonly T[], page: number, size: number): Part<T> {
  const pages = Math.max(1, Math.ceil(all.length / size));
  const shown = Math.min(page, pages);
  return { rows: all.slice((shown - 1) * size, shown * size), matched: all.length, page: shown, pages };
}

export function matches(words: readonly string[], ...texts: readonly (string | number | undefined)[]): boolean {
  if (words.length === 0) return true;
  const text = texts.join(' ').toLowerCase();
  return words.every((word) => text.includes(word));
}
