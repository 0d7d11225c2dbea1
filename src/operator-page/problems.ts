/** What is wrong, with whom, since when: what somebody who is woken at night reads first. The worst first. */
import type { CertificateRow, Knowledge } from './overview.ts';
import type { LoggedRefusal } from './refusal-log.ts';
import type { TenantRow } from './tenant-row.ts';
import { visibleText } from './visible-text.ts';

export interface Problem {
  /** `error`: somebody is not served. `warning`: somebody soon may not be, or has run into a limit. */
  readonly severity: 'error' | 'warning';
  /** What is wrong, in one line. */
  readonly what: string;
  /** What follows from it, or what to do. */
  readonly advice: string;
  /** RFC 3339. */
  readonly since?: string | undefined;
  /** Where to look next: a filter of this page, or a part of it. */
  readonly look?:
    | { readonly filter: string }
    | { readonly sort: 'quota' }
    | { readonly part: 'tenants' | 'refused' | 'certificates' | 'controller' | 'gateway' };
}

/** A certificate that ends within so many days is told of; whatever renews it does so long before. */
export const WARN_DAYS = 30;
/** What was refused longer ago is no problem any more. */
const LATELY_MS = 5 * 60_000;
/** So soon a tenant is not expected to be made, or removed. */
const PATIENCE_MS = 60_000;
const REMOVAL_PATIENCE_MS = 5 * 60_000;
/** Refusals of one kind, lately, that are worth a word. */
const MANY = 20;
/** Of one kind, that are told one by one. */
const NAMED = 3;

export interface Details {
  readonly certificates: readonly CertificateRow[];
  /** Of tenants' admins, that end soon. */
  readonly soon: readonly CertificateRow[];
  readonly refused: readonly LoggedRefusal[];
}

export function findProblems(knowledge: Knowledge, { certificates, soon, refused }: Details): Problem[] {
  const found = [
    ...ofGateway(knowledge),
    ...ofController(knowledge),
    ...ofTenants(knowledge),
    ...ofRefusals(refused, knowledge.now),
    ...ofCertificates(certificates, soon),
    ...ofQuotas(knowledge),
  ];
  return [...found.filter(({ severity }) => severity === 'error'), ...found.filter(({ severity }) => severity === 'warning')];
}

const time = (milliseconds: number): string => new Date(milliseconds).toISOString();

function* ofGateway({ gateway, upstreams, etcd, tenantsBehindSince }: Knowledge): Generator<Problem> {
  for (const { name, sight } of upstreams) {
    if (sight?.error === undefined) continue;
    const advice = `Requests of its tenants end with 503. ${visibleText(sight.error)}`;
    yield {
      severity: 'error',
      what: `Upstream cluster ${name} does not answer`,
      advice,
      since: time(sight.since),
      look: { part: 'gateway' },
    };
  }
  if (tenantsBehindSince !== undefined) {
    yield {
      severity: 'error',
      what: 'etcd does not answer',
      advice:
        'Known tenants are served on; nothing of them can be changed. What stands here of tenants, controller and replicas is of then.',
      since: time(tenantsBehindSince),
      look: { part: 'gateway' },
    };
  } else if (gateway.notReady !== undefined) {
    const advice = `It says of itself: ${visibleText(gateway.notReady.trim())}`;
    yield { severity: 'error', what: 'This gateway is not ready', advice, look: { part: 'gateway' } };
  }
  const odd = etcd?.value?.replicas.filter(({ agrees }) => !agrees) ?? [];
  if (odd.length > 0) {
    yield {
      severity: 'warning',
      what: `Gateways do not agree on who they are: ${someOf(odd.map(({ name }) => name))}`,
      advice: 'For some seconds after one came or went this is as it should be. Until they do, each keeps to the smaller share of limits.',
      since: time(etcd!.since),
      look: { part: 'gateway' },
    };
  }
}

function* ofController({ etcd, tenantsBehindSince }: Knowledge): Generator<Problem> {
  if (tenantsBehindSince !== undefined || !etcd?.value || etcd.value.leader !== undefined) return;
  yield {
    severity: 'error',
    what: 'No controller leads',
    advice: 'Tenants are neither made nor removed, certificates are not renewed. See the logs of the controllers, or start one.',
    since: time(etcd.since),
    look: { part: 'controller' },
  };
}

function* ofTenants({ tenants, now }: Knowledge): Generator<Problem> {
  const overdue = (state: TenantRow['state'], patienceMs: number) =>
    tenants
      .filter((row) => row.state === state && now - Date.parse(row.since ?? '') > patienceMs)
      .sort((one, other) => Date.parse(one.since!) - Date.parse(other.since!));
  yield* each(overdue('Pending', PATIENCE_MS), 'is not ready', 'are not ready', 'error');
  yield* each(overdue('Terminating', REMOVAL_PATIENCE_MS), 'is still being removed', 'are still being removed', 'warning');
}

function* ofQuotas({ tenants }: Knowledge): Generator<Problem> {
  const full = tenants.filter(({ quota }) => quota.some(({ share, hard }) => share >= 1 && hard !== '0'));
  if (full.length > 0) {
    const what =
      full.length === 1
        ? `Tenant ${full[0]!.id} has used up its quota: ${someOf(full[0]!.quota.filter(({ share }) => share >= 1).map(({ key }) => key))}`
        : `${full.length} tenants have used up a quota: ${someOf(full.map(({ id }) => id))}`;
    yield {
      severity: 'warning',
      what,
      advice: 'They can create no more of that: spec.quota.hard of the Tenant.',
      look: full.length === 1 ? { filter: full[0]!.id } : { sort: 'quota' },
    };
  }
}

/** One by one where they are few. */
function* each(rows: readonly TenantRow[], is: string, are: string, severity: Problem['severity']): Generator<Problem> {
  if (rows.length > NAMED) {
    const what = `${rows.length} tenants ${are}: ${someOf(rows.map(({ id }) => id))}`;
    yield { severity, what, advice: `${rows[0]!.id}: ${rows[0]!.why ?? ''}`, since: rows[0]!.since, look: { filter: rows[0]!.state } };
    return;
  }
  for (const { id, why = '', since } of rows) yield { severity, what: `Tenant ${id} ${is}`, advice: why, since, look: { filter: id } };
}

function* ofCertificates(certificates: readonly CertificateRow[], soon: readonly CertificateRow[]): Generator<Problem> {
  const look = { part: 'certificates' } as const;
  for (const { what, daysLeft } of certificates) {
    if (daysLeft === undefined || daysLeft >= WARN_DAYS) continue;
    if (daysLeft < 0)
      yield {
        severity: 'error',
        what: `Certificate has expired: ${what}`,
        advice: 'Nothing that needs it works. See kubezoo certs.',
        look,
      };
    else yield { severity: 'warning', what: `Certificate ends in ${daysLeft} days: ${what}`, advice: 'See kubezoo certs.', look };
  }
  if (soon.length === 0) return;
  const ended = soon.some(({ daysLeft }) => daysLeft! < 0);
  yield {
    severity: ended ? 'error' : 'warning',
    what: `Certificates of ${soon.length === 1 ? "a tenant's admin" : `${soon.length} tenants' admins`} ${ended ? 'have expired or ' : ''}end soon: ${someOf(soon.map(({ what }) => what))}`,
    advice: 'The controller renews them long before: does one lead, and has it the key of the CA?',
    look,
  };
}

function* ofRefusals(refused: readonly LoggedRefusal[], now: number): Generator<Problem> {
  const lately = refused.filter(({ lastAt }) => now - lastAt < LATELY_MS);
  const faults = lately.filter(({ code }) => code >= 500);
  if (faults.length > 0) {
    const what = `${told(faults)} of ${whoseAre(faults)} failed here lately`;
    yield { severity: 'error', what, advice: faults[0]!.message, since: time(firstOf(faults)), look: { filter: faults[0]!.reason } };
  }
  const limited = groupBy(lately.filter(({ code }) => code === 429));
  for (const [tenantId, rows] of limited.slice(0, NAMED)) {
    if (countOf(rows) < MANY) continue;
    const what = `Tenant ${tenantId} meets its limits: ${told(rows)} refused lately`;
    yield { severity: 'warning', what, advice: rows[0]!.message, since: time(firstOf(rows)), look: { filter: `${tenantId} 429` } };
  }
  const unknown = lately.filter(({ code }) => code === 401);
  if (countOf(unknown) >= MANY) {
    const from = someOf([...new Set(unknown.map(({ clientAddress = 'an unknown address' }) => clientAddress))]);
    const what = `${told(unknown)} with credentials that nobody knows, lately, from ${from}`;
    const advice = 'A certificate or token that has expired, was revoked or is of a tenant that is gone; or somebody tries.';
    yield { severity: 'warning', what, advice, since: time(firstOf(unknown)), look: { filter: '401' } };
  }
}

/** Most refusals first. */
function groupBy(rows: readonly LoggedRefusal[]): [string, LoggedRefusal[]][] {
  const byTenant = Map.groupBy(rows, ({ tenantId = '?' }) => tenantId);
  return [...byTenant].sort(([, one], [, other]) => countOf(other) - countOf(one));
}

function whoseAre(rows: readonly LoggedRefusal[]): string {
  return someOf([...new Set(rows.map(({ tenantId = 'nobody known' }) => tenantId))]);
}

const countOf = (rows: readonly LoggedRefusal[]): number => rows.reduce((sum, { count }) => sum + count, 0);
const told = (rows: readonly LoggedRefusal[]): string => {
  const count = countOf(rows);
  return count === 1 ? '1 request' : `${count.toLocaleString('en')} requests`;
};
const firstOf = (rows: readonly LoggedRefusal[]): number => Math.min(...rows.map(({ at }) => at));

function someOf(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).map((name) => visibleText(name, 64));
  return names.length > NAMED ? `${shown.join(', ')} and ${names.length - NAMED} more` : shown.join(', ');
}
