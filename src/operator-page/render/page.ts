import type { Overview } from '../overview.ts';
import { addressOf, matches, type PageQuery } from '../page-query.ts';
import type { Problem } from '../problems.ts';
import { type Html, html } from './html.ts';
import { ago, count, named, plural } from './parts.ts';
import { renderRefused } from './refused-part.ts';
import { renderCertificates, renderController, renderGateway } from './side-parts.ts';
import { renderTenants } from './tenants-part.ts';

/** The whole document. What changes is in elements with an id, which `assets/page.js` brings up to date. */
export function renderPage(overview: Overview, query: PageQuery): string {
  const { problems, tenants, refused, gateway, time } = overview;
  const host = new URL(gateway.url).host;
  const state = problems.length === 0 ? 'nothing is wrong' : plural(problems.length, 'problem');
  const shown =
    query.text === ''
      ? `${plural(tenants.total, 'tenant')}, ${plural(refused.kept, 'row')} of refused requests`
      : `${plural(tenants.matched, 'tenant')} and ${plural(refused.matched, 'row')} of refused requests match`;
  const sections = ['Problems', 'Tenants', 'Refused', 'Certificates', 'Controller', 'Gateway'];
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${problems.length > 0 ? `(${problems.length}) ` : ''}KubeZoo ${host}</title>
  <link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/assets/page.css">
  <script type="module" src="/assets/page.js"></script>
</head>
<body>
  <a class="skip" href="#main">Skip to the problems</a>
  <header>
    <h1>KubeZoo <span>${host}</span></h1>
    <form role="search" method="get" action="/">
      <label for="filter">Filter</label>
      <input id="filter" type="search" name="q" value="${query.text}" maxlength="200" autocomplete="off" spellcheck="false"
        placeholder="tenant, user, reason, code …" aria-describedby="filter-help">
      <span id="filter-help" class="unseen">Tenants and refused requests in which all of the words occur</span>
      ${query.sort !== 'attention' && html`<input type="hidden" name="sort" value="${query.sort}">`}
      <button>Filter</button>
    </form>
    <p id="clock" class="quiet">as of <time datetime="${time}">${time.slice(11, 19)}</time> UTC</p>
    <button id="pause" type="button" aria-pressed="false" hidden>Pause</button>
  </header>
  <nav aria-label="Parts of this page"><ul class="links">${sections.map((title) => html`<li><a href="#${title.toLowerCase()}">${title}</a></li>`)}</ul></nav>
  <p id="away" role="alert"></p>
  <main id="main" tabindex="-1" data-state="${state}" data-shown="${shown}">
    ${renderProblems(problems, query, time)}
    ${renderNumbers(overview)}
    ${renderTenants(overview, query)}
    ${renderRefused(overview, query)}
    <div class="sides">${renderCertificates(overview)}${renderController(overview, query)}${renderGateway(overview)}</div>
  </main>
  <footer><ul class="links">
    <li><a href="/api/overview">This page as JSON</a></li><li><a href="/metrics">Metrics</a></li><li><a href="/readyz">Readiness</a></li>
  </ul></footer>
  <p id="said" role="status" class="unseen"></p>
</body>
</html>
`.text;
}

/** A filter leaves those that it is about, and says how many there are besides: an error must not be out of sight for good. */
function renderProblems(problems: readonly Problem[], query: PageQuery, now: string): Html {
  const found = problems.filter(({ what, advice, look }) =>
    matches(query.words, what, advice, look && 'filter' in look ? look.filter : ''),
  );
  const others = problems.length - found.length;
  return html`<section id="problems" aria-labelledby="problems-title">
    <h2 id="problems-title" tabindex="-1">Problems <span class="count">${problems.length}</span></h2>
    ${problems.length === 0 && html`<p class="well">Nothing is wrong that can be seen from here.</p>`}
    ${found.length > 0 && html`<ul class="problems">${found.map((problem) => renderProblem(problem, query, now))}</ul>`}
    ${
      others > 0 &&
      html`<p class="none">${plural(others, 'problem')} with nothing of “${named(query.text)}”. <a href="${addressOf(query, { text: '' })}">Show all</a></p>`
    }
  </section>`;
}

function renderProblem({ severity, what, advice, since, look }: Problem, query: PageQuery, now: string): Html {
  const address = look && addressOfLook(look, query);
  return html`<li class="${severity}">
    <p class="what"><span class="severity">${severity === 'error' ? 'Error' : 'Warning'}</span> <strong>${named(what)}</strong>
      ${since !== undefined && html`<span class="since">for ${ago(since, now)}, since ${since.slice(11, 19)} UTC</span>`}</p>
    <p class="advice">${named(advice)} ${address !== undefined && html`<a href="${address}">Look<span class="unseen"> at: ${what}</span></a>`}</p>
  </li>`;
}

function addressOfLook(look: NonNullable<Problem['look']>, query: PageQuery): string {
  if ('part' in look) return `#${look.part}`;
  return 'sort' in look ? `${addressOf(query, { text: '', sort: look.sort })}#tenants` : addressOf(query, { text: look.filter });
}

function renderNumbers({ tenants, refused, controller, gateway }: Overview): Html {
  const { byState, total, inflight } = tenants;
  const suspended = byState.ReadOnly + byState.Frozen;
  const lately = refused.perMinute.slice(-5).reduce((sum, number) => sum + number, 0);
  const number = (value: string, title: string, more = '') => html`<div><dt>${title}</dt><dd>${value}<small>${more}</small></dd></div>`;
  return html`<dl class="numbers" aria-label="In numbers">
    ${number(count(byState.Ready + suspended), 'tenants served', `of ${count(total)}${suspended > 0 ? `, ${count(suspended)} suspended` : ''}`)}
    ${number(count(byState.Pending + byState.Terminating), 'being made or removed', controller.waiting > 0 ? plural(controller.waiting, 'change waits', 'changes wait') : '')}
    ${number(count(inflight), 'requests in flight')}
    ${number(count(lately), 'refused in 5 minutes')}
    ${number(gateway.replicas === undefined ? '?' : count(gateway.replicas.length), gateway.replicas?.length === 1 ? 'gateway' : 'gateways')}
  </dl>`;
}
