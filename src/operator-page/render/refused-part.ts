import type { Overview } from '../overview.ts';
import { addressOf, type PageQuery } from '../page-query.ts';
import type { LoggedRefusal } from '../refusal-log.ts';
import { type Html, html } from './html.ts';
import { renderPaging } from './paging.ts';
import { ago, clock, count, named, plural, unseen } from './parts.ts';

/** Refused requests that the filter leaves, the latest first. */
export function renderRefused({ refused, gateway, time }: Overview, query: PageQuery): Html {
  const of = query.text === '' ? plural(refused.kept, 'row') : `${count(refused.matched)} of ${plural(refused.kept, 'row')}`;
  return html`<section id="refused" aria-labelledby="refused-title">
    <h2 id="refused-title" tabindex="-1">Refused requests <span class="count">${of}</span></h2>
    ${renderMinutes(refused.perMinute)}
    ${refused.rows.length === 0 ? renderNone(refused.kept, query) : undefined}
    ${
      refused.rows.length > 0 &&
      html`<table role="table" class="refused">
      <caption>The latest first, as the clients were told, by this gateway. Equal ones within a second are one row, 429 of a tenant within a minute${
        refused.forgotten > 0 && `; ${plural(refused.forgotten, 'older row')} had to go`
      }.</caption>
      <thead role="rowgroup"><tr role="row">
        ${['Time (UTC)', 'Who', 'Request', 'Answer', 'Trace'].map((title) => html`<th role="columnheader" scope="col">${title}</th>`)}
      </tr></thead>
      <tbody role="rowgroup">${refused.rows.map((row) => renderRow(row, query, gateway.jaeger, time))}</tbody>
    </table>`
    }
    ${renderPaging('refused', refused, query)}
  </section>`;
}

function renderNone(kept: number, query: PageQuery): Html {
  if (kept === 0) return html`<p class="none">Nothing was refused since this gateway began.</p>`;
  return html`<p class="none">No refused request matches “${named(query.text)}”. <a href="${addressOf(query, { text: '' })}">Show all</a></p>`;
}

function renderRow(row: LoggedRefusal, query: PageQuery, jaeger: string | undefined, now: string): Html {
  const { tenantId, user, userAgent, clientAddress, verb, resource, code, reason, message } = row;
  return html`<tr role="row" data-key="refused-${row.id}">
    <td role="cell" data-label="Time (UTC)" class="time">${clock(row.at, now)}${
      row.count > 1 && html` <strong class="times">×${count(row.count)}</strong>`
    }<span class="quiet">${row.lastAt - row.at >= 1000 && html`to ${clock(row.lastAt, now)}, `}${ago(new Date(row.lastAt).toISOString(), now)} ago</span></td>
    <td role="cell" data-label="Who">${
      tenantId === undefined
        ? html`<em>${user === undefined ? 'nobody known' : 'operator'}</em>`
        : html`<a href="${addressOf(query, { text: tenantId })}" title="Only ${tenantId}"><code>${tenantId}</code></a>`
    } ${user !== undefined && named(user)}
      <span class="quiet">${clientAddress !== undefined && named(clientAddress)} ${userAgent !== undefined && html`<span title="${userAgent}">${named(shortAgent(userAgent))}</span>`}</span></td>
    <td role="cell" data-label="Request"><code>${verb} ${named(resource)}</code></td>
    <td role="cell" data-label="Answer"><strong class="code c${Math.floor(code / 100)}">${code}</strong> ${reason}
      <p class="why">${named(message)}</p></td>
    <td role="cell" data-label="Trace" class="trace">${renderTrace(row, jaeger)}</td>
  </tr>`;
}

/** The program and its version; what it says besides is in the title. */
function shortAgent(userAgent: string): string {
  const [program = ''] = userAgent.split(' ', 1);
  return program === userAgent ? userAgent : `${program} …`;
}

function renderTrace({ traceId }: LoggedRefusal, jaeger: string | undefined): Html {
  if (traceId === undefined) return html`<span class="quiet" title="This request was not sampled">–${unseen(' not sampled')}</span>`;
  const short = html`<code title="${traceId}">${traceId.slice(0, 8)}</code>`;
  if (jaeger === undefined) return short;
  return html`<a href="${jaeger.replace(/\/+$/, '')}/trace/${traceId}" target="_blank" rel="noopener noreferrer">${unseen('Trace ')}${short}<span
    aria-hidden="true"> ↗</span>${unseen(' in Jaeger, in a new tab')}</a>`;
}

const HEIGHT = 32;

/** One bar for each minute of the last hour. */
function renderMinutes(perMinute: readonly number[]): Html | undefined {
  const most = Math.max(...perMinute);
  if (most === 0) return undefined;
  const sum = perMinute.reduce((total, number) => total + number, 0);
  const bars = perMinute.map((number, index) => {
    const height = number === 0 ? 1 : Math.max(2, (number / most) * HEIGHT);
    const minutes = perMinute.length - 1 - index;
    return html`<rect x="${index * 10}" y="${(HEIGHT - height).toFixed(1)}" width="8" height="${height.toFixed(1)}"${
      number === 0 && html` class="zero"`
    }><title>${minutes === 0 ? 'this minute' : `${minutes} min ago`}: ${count(number)}</title></rect>`;
  });
  const told = `Refused requests in each minute of the last hour: ${count(sum)} in all, ${count(most)} at most, ${count(perMinute.at(-1)!)} in this minute`;
  return html`<figure class="minutes"><svg role="img" aria-label="${told}" viewBox="0 0 ${perMinute.length * 10 - 2} ${HEIGHT}" preserveAspectRatio="none">${bars}</svg>
    <figcaption aria-hidden="true"><span>60 min ago</span><span>${count(sum)} in the last hour, ${count(most)} a minute at most</span><span>now</span></figcaption></figure>`;
}
