/** Certificates, the controller, the gateway: short lists. */
import type { CertificateRow, Overview } from '../overview.ts';
import { addressOf, type PageQuery } from '../page-query.ts';
import type { TenantRow } from '../tenant-row.ts';
import { type Html, html } from './html.ts';
import { ago, count, durationOf, named, plural } from './parts.ts';

export function renderCertificates({ certificates, tenantCertificates }: Overview): Html {
  const { soon, more, total } = tenantCertificates;
  const ofTenants =
    soon.length > 0
      ? html`${soon.map((row) => renderCertificate({ ...row, what: `admin of ${row.what}` }))}${more > 0 && html`<li>and ${count(more)} more</li>`}`
      : html`<li><span>${plural(total, "tenant's admin", "tenants' admins")}</span> <span class="quiet">${total > 0 ? 'none ends within 30 days' : ''}</span></li>`;
  return html`<section id="certificates" aria-labelledby="certificates-title">
    <h2 id="certificates-title">Certificates</h2>
    ${certificates.length === 0 && html`<p class="none">Not looked at yet.</p>`}
    <ul class="facts">${certificates.map(renderCertificate)}${ofTenants}</ul>
  </section>`;
}

function renderCertificate({ what, endsAt, daysLeft, error }: CertificateRow): Html {
  if (error !== undefined || daysLeft === undefined) {
    return html`<li><span>${named(what)}</span> <span class="quiet">not seen: ${named(error ?? '')}</span></li>`;
  }
  const urgency = daysLeft < 7 ? 'bad' : daysLeft < 30 ? 'late' : 'quiet';
  const text = daysLeft < 0 ? 'has expired' : plural(daysLeft, 'day');
  return html`<li><span>${named(what)}</span> <time class="${urgency}" datetime="${endsAt}" title="until ${endsAt}">${text}</time></li>`;
}

export function renderController({ controller, etcdError, time }: Overview, query: PageQuery): Html {
  const { leader, leaderSince, waiting, pending, removals, lastChange } = controller;
  const leads =
    leader === undefined
      ? html`<span class="late">not known: etcd does not say</span>`
      : leader === null
        ? html`<span class="bad">none</span>`
        : html`${named(leader)} <span class="quiet">seen for ${ago(leaderSince, time)}</span>`;
  return html`<section id="controller" aria-labelledby="controller-title">
    <h2 id="controller-title">Controller</h2>
    <ul class="facts">
      <li><span>Leader</span> <span>${leads}</span></li>
      ${etcdError !== undefined && html`<li><span>etcd</span> <span class="bad">${named(etcdError)}</span></li>`}
      <li><span>Changes that wait for it</span> <span>${count(waiting)}</span></li>
      <li><span>Last change of a condition</span> <span>${lastChange === undefined ? 'none' : html`${ago(lastChange, time)} ago`}</span></li>
    </ul>
    ${renderBusy('Being made', pending, query, time)}${renderBusy('Being removed', removals, query, time)}
  </section>`;
}

function renderBusy(title: string, rows: readonly TenantRow[], query: PageQuery, now: string): Html | undefined {
  if (rows.length === 0) return undefined;
  const left = ({ removal }: TenantRow) => Object.values(removal?.remaining ?? {}).reduce((sum, number) => sum + number, 0);
  return html`<h3>${title}</h3><ul class="busy">${rows.map(
    (row) =>
      html`<li data-key="busy-${row.id}"><a href="${addressOf(query, { text: row.id })}"><code>${row.id}</code></a> for ${ago(row.since, now)}${
        left(row) > 0 && `, ${plural(left(row), 'object')} left`
      }<p class="why">${named(row.why ?? '')}</p></li>`,
  )}</ul>`;
}

export function renderGateway({ gateway, time }: Overview): Html {
  const { upstreams, replicas } = gateway;
  return html`<section id="gateway" aria-labelledby="gateway-title">
    <h2 id="gateway-title">Gateway</h2>
    <ul class="facts">
      <li><span>This one</span> <span>${gateway.notReady === undefined ? html`<span class="good">ready</span>` : html`<span class="bad">${named(gateway.notReady)}</span>`}
        <span class="quiet">for ${durationOf(Date.parse(time) - gateway.startedAt)}</span></span></li>
      <li><span>Version</span> <span>${gateway.version} <span class="quiet">Node ${gateway.node}, ${plural(gateway.workers, 'thread')}</span></span></li>
      ${upstreams.map(({ name, sight }) => html`<li><span>Upstream ${named(name)}</span> <span>${renderSight(sight, time)}</span></li>`)}
      <li><span>Shared watches</span> <span>${count(gateway.sharedWatches)} <span class="quiet">with ${plural(gateway.watchClients, 'client')}</span></span></li>
      <li><span>Traces</span> <span>${gateway.jaeger === undefined ? html`<span class="quiet">no page of Jaeger's is configured</span>` : html`<a href="${gateway.jaeger}" target="_blank" rel="noopener noreferrer">Jaeger<span aria-hidden="true"> ↗</span></a>`}</span></li>
    </ul>
    <h3>Replicas</h3>
    ${replicas === undefined ? html`<p class="none">Not known: etcd does not say.</p>` : html`<ul class="busy">${replicas.map(({ name, agrees }) => html`<li>${named(name)}${!agrees && html` <span class="late">does not agree with the others yet</span>`}</li>`)}</ul>`}
  </section>`;
}

function renderSight(sight: Overview['gateway']['upstreams'][number]['sight'], now: string): Html {
  if (!sight) return html`<span class="quiet">not looked at yet</span>`;
  const since = ago(new Date(sight.since).toISOString(), now);
  if (sight.error !== undefined)
    return html`<span class="bad">no answer</span> <span class="quiet">for ${since}: ${named(sight.error)}</span>`;
  return html`${named(sight.value!)} <span class="quiet">answers, for ${since}</span>`;
}
