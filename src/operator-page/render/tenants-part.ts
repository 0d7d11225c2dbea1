import type { Overview } from '../overview.ts';
import { addressOf, type PageQuery, type TenantSort } from '../page-query.ts';
import type { QuotaUse, TenantRow } from '../tenant-row.ts';
import { type Html, html } from './html.ts';
import { renderPaging } from './paging.ts';
import { ago, count, gauge, named, plural, unseen } from './parts.ts';

/** All tenants that the filter leaves, a page of them. */
export function renderTenants({ tenants, gateway, time }: Overview, query: PageQuery): Html {
  const hasUpstreams = gateway.upstreams.length > 1;
  const many = (gateway.replicas?.length ?? 1) > 1;
  const of = query.text === '' ? plural(tenants.total, 'tenant') : `${count(tenants.matched)} of ${plural(tenants.total, 'tenant')}`;
  return html`<section id="tenants" aria-labelledby="tenants-title">
    <h2 id="tenants-title" tabindex="-1">Tenants <span class="count">${of}</span></h2>
    ${tenants.rows.length === 0 ? renderNone(tenants.total, query) : undefined}
    ${
      tenants.rows.length > 0 &&
      html`<table role="table">
      <caption>
        Use is what this gateway sees${many && ', one of several'}; limits are over all gateways together. Refused: 429, since the tenant's count began.
      </caption>
      <thead role="rowgroup"><tr role="row">
        ${heading('Tenant', 'id', query)}${heading('State', 'attention', query)}
        ${hasUpstreams && html`<th role="columnheader" scope="col">Upstream</th>`}
        ${heading('In flight', 'inflight', query)}
        <th role="columnheader" scope="col">Long-running</th><th role="columnheader" scope="col">Rate left</th>
        ${heading('Refused', 'refused', query)}${heading('Quota', 'quota', query)}
      </tr></thead>
      <tbody role="rowgroup">${tenants.rows.map((row) => renderRow(row, query, hasUpstreams, time))}</tbody>
    </table>`
    }
    ${renderPaging('tenants', tenants, query)}
  </section>`;
}

function renderNone(total: number, query: PageQuery): Html {
  if (total === 0) return html`<p class="none">There are no tenants yet. Make one: <code>kubezoo tenant create ID</code></p>`;
  return html`<p class="none">No tenant matches “${named(query.text)}”. <a href="${addressOf(query, { text: '' })}">Show all</a></p>`;
}

function heading(title: string, sort: TenantSort, query: PageQuery): Html {
  const direction = sort === 'id' ? 'ascending' : sort === 'attention' ? 'other' : 'descending';
  const isOn = query.sort === sort;
  const told = sort === 'attention' ? 'Sort by state, what needs attention first' : `Sort by ${title.toLowerCase()}`;
  return html`<th role="columnheader" scope="col" class="sortable"${isOn && html` aria-sort="${direction}"`}><a
    href="${addressOf(query, { sort })}" id="sort-${sort}" title="${told}">${title}</a></th>`;
}

function renderRow(row: TenantRow, query: PageQuery, hasUpstreams: boolean, now: string): Html {
  const { id, use, limits, tokens } = row;
  const refused = use.refused.inflight + use.refused.longRunning + use.refused.rate;
  return html`<tr role="row" data-key="tenant-${id}">
    <th role="rowheader" scope="row"><a href="${addressOf(query, { text: id })}" title="Only ${id}"><code>${id}</code></a></th>
    <td role="cell" data-label="State">${renderState(row, now)}</td>
    ${hasUpstreams && html`<td role="cell" data-label="Upstream">${named(row.upstream)}</td>`}
    <td role="cell" data-label="In flight" class="number">${against(use.inflight, limits.maxRequestsInflight, 'in flight')}</td>
    <td role="cell" data-label="Long-running" class="number">${against(use.longRunning, limits.maxLongRunning, 'long-running')}</td>
    <td role="cell" data-label="Rate left" class="number">${renderRate(limits.rate, tokens)}</td>
    <td role="cell" data-label="Refused" class="number">${
      refused === 0
        ? html`<span class="quiet">0</span>`
        : html`<a href="${addressOf(query, { text: `${id} 429` })}#refused" title="${refusedBy(use)}"><strong>${count(refused)}</strong></a>`
    }</td>
    <td role="cell" data-label="Quota">${renderQuota(row.quota)}</td>
  </tr>`;
}

function refusedBy({ refused: { inflight, longRunning, rate } }: TenantRow['use']): string {
  return `too many in flight: ${inflight}, too many long-running: ${longRunning}, too fast: ${rate}`;
}

function renderState({ state, why, since, waits, removal }: TenantRow, now: string): Html {
  const left = Object.values(removal?.remaining ?? {}).reduce((sum, number) => sum + number, 0);
  return html`<span class="state ${state}">${state}</span>
    ${since !== undefined && html`<span class="quiet">for ${ago(since, now)}</span>`}
    ${waits && html`<span class="quiet">· a change waits for the controller</span>`}
    ${removal === undefined && why && html`<p class="why">${named(why)}</p>`}
    ${removal !== undefined && html`<p class="why"><a href="#controller">${left > 0 ? `${plural(left, 'object')} left` : 'nothing left that was seen'}</a></p>`}`;
}

function against(used: number, limit: number, what: string): Html {
  if (used === 0) return html`<span class="quiet">0 / ${count(limit)}</span>`;
  return html`${count(used)} <span class="quiet">/ ${count(limit)}</span> ${gauge(used, limit, `${used} of ${limit} ${what}`)}`;
}

function renderRate(rate: TenantRow['limits']['rate'], tokens: number | undefined): Html {
  if (!rate) return html`<span class="quiet">no rate</span>`;
  const left = tokens ?? rate.burst;
  return html`${count(left)} <span class="quiet">/ ${count(rate.burst)}</span>
    ${left < rate.burst && gauge(rate.burst - left, rate.burst, `${rate.burst - left} of ${rate.burst} taken`)}
    <p class="quiet">${count(rate.requestsPerSecond)} a second</p>`;
}

function renderQuota(quota: readonly QuotaUse[]): Html {
  const [first, ...others] = quota;
  if (!first) return html`<span class="quiet">none</span>`;
  const line = ({ key, used, hard, share }: QuotaUse) =>
    html`${named(key)} ${used} <span class="quiet">/ ${hard}</span> ${gauge(share, 1, `${key}: ${used} of ${hard} used`)}`;
  if (others.length === 0) return line(first);
  return html`<details><summary>${line(first)} <span class="more">+${others.length}${unseen(' more keys')}</span></summary>
    <ul class="keys">${others.map((use) => html`<li>${line(use)}</li>`)}</ul></details>`;
}
