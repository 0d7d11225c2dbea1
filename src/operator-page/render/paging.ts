import { addressOf, type PageQuery, type Part } from '../page-query.ts';
import { type Html, html } from './html.ts';
import { count } from './parts.ts';

/** Nothing, where all fits on one page. */
export function renderPaging(what: 'tenants' | 'refused', { page, pages }: Part<unknown>, query: PageQuery): Html | undefined {
  if (pages === 1) return undefined;
  const key = what === 'tenants' ? 'tenantsPage' : 'refusedPage';
  const to = (target: number, text: string, rel: string) =>
    target < 1 || target > pages
      ? html`<span class="off">${text}</span>`
      : html`<a href="${addressOf(query, { [key]: target })}" rel="${rel}" id="${what}-${rel}">${text}</a>`;
  return html`<nav class="paging" aria-label="${what === 'tenants' ? 'Pages of tenants' : 'Pages of refused requests'}">
    ${to(page - 1, '← Previous', 'prev')}
    <span>Page ${count(page)} of ${count(pages)}</span>
    ${to(page + 1, 'Next →', 'next')}
  </nav>`;
}
