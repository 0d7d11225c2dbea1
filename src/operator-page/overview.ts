/** Everything that the page tells, as data: what `/api/overview` answers. Pure; no secret gets in, as each field is named here. */

import type { EtcdRecords } from './looks/etcd-records.ts';
import type { CertificateSight } from './looks/platform-certificates.ts';
import type { Sight } from './looks/watched.ts';
import { matches, type PageQuery, type Part, partOf, type TenantSort } from './page-query.ts';
import { findProblems, type Problem, WARN_DAYS } from './problems.ts';
import type { LoggedRefusal, RefusalLog } from './refusal-log.ts';
import type { TenantRow } from './tenant-row.ts';
import { visibleText } from './visible-text.ts';

/** What is known at a moment. */
export interface Knowledge {
  /** Milliseconds of the epoch, as all times here. */
  readonly now: number;
  readonly tenants: readonly TenantRow[];
  /** Since when etcd has not been heard of, if it has not. */
  readonly tenantsBehindSince: number | undefined;
  readonly refusals: Pick<RefusalLog, 'rows' | 'perMinute' | 'forgotten'>;
  readonly upstreams: readonly UpstreamSight[];
  /** Undefined: nobody has looked yet. */
  readonly etcd: Sight<EtcdRecords> | undefined;
  readonly certificates: readonly CertificateSight[];
  readonly gateway: GatewayFacts;
}

export interface UpstreamSight {
  readonly name: string;
  /** Its version. */
  readonly sight: Sight<string> | undefined;
}

export interface GatewayFacts {
  readonly version: string;
  readonly node: string;
  readonly startedAt: number;
  readonly workers: number;
  readonly url: string;
  /** Why `/readyz` says no; undefined: it says ok. */
  readonly notReady: string | undefined;
  /** Watches of upstream's that tenants share, and the clients on them. */
  readonly sharedWatches: number;
  readonly watchClients: number;
  /** Base URL of Jaeger's page. */
  readonly jaeger: string | undefined;
}

export interface CertificateRow {
  readonly what: string;
  /** RFC 3339. */
  readonly endsAt?: string;
  readonly daysLeft?: number;
  readonly error?: string;
}

export interface Overview {
  readonly time: string;
  readonly problems: readonly Problem[];
  readonly tenants: Part<TenantRow> & {
    readonly total: number;
    readonly byState: Readonly<Record<TenantRow['state'], number>>;
    readonly inflight: number;
  };
  readonly refused: Part<LoggedRefusal> & { readonly kept: number; readonly forgotten: number; readonly perMinute: readonly number[] };
  readonly certificates: readonly CertificateRow[];
  /** Of tenants' admins, those that end within the time of warning. */
  readonly tenantCertificates: { readonly soon: readonly CertificateRow[]; readonly more: number; readonly total: number };
  readonly controller: ControllerFacts;
  readonly gateway: GatewayFacts & { readonly replicas: EtcdRecords['replicas'] | undefined; readonly upstreams: readonly UpstreamSight[] };
  readonly etcdError: string | undefined;
}

export interface ControllerFacts {
  /** Null: none leads; undefined: etcd does not say. */
  readonly leader: string | null | undefined;
  /** When that was seen first. */
  readonly leaderSince: string | undefined;
  /** Tenants whose last change it has not dealt with. */
  readonly waiting: number;
  readonly pending: readonly TenantRow[];
  readonly removals: readonly TenantRow[];
  /** When it last changed a tenant's condition. */
  readonly lastChange: string | undefined;
}

export const TENANTS_A_PAGE = 50;
export const REFUSED_A_PAGE = 50;
/** Certificates, and tenants with whom the controller is busy, that are named. */
const NAMED = 20;
const DAY_MS = 86_400_000;

export function overviewOf(knowledge: Knowledge, query: PageQuery, lastChange?: string): Overview {
  const { now, tenants, refusals, upstreams, etcd, gateway } = knowledge;
  const certificates = knowledge.certificates.map((seen) => certificateRow(seen, now));
  const ofTenants = tenants.flatMap(({ id, certificateEnds }) => {
    const endsAt = Date.parse(certificateEnds ?? '');
    return Number.isNaN(endsAt) ? [] : [certificateRow({ what: id, endsAt }, now)];
  });
  const soon = ofTenants.filter(({ daysLeft }) => daysLeft! < WARN_DAYS).sort((one, other) => one.daysLeft! - other.daysLeft!);
  const all = refusals.rows();
  const found = tenants.filter((row) => matches(query.words, row.id, row.state, row.why, row.upstream, ...row.quota.map(({ key }) => key)));
  const refused = all.filter((row) =>
    matches(
      query.words,
      row.tenantId,
      row.user,
      row.verb,
      row.resource,
      row.code,
      row.reason,
      row.message,
      row.traceId,
      row.clientAddress,
      row.userAgent,
    ),
  );
  const byState = { Ready: 0, Pending: 0, Terminating: 0, ReadOnly: 0, Frozen: 0 };
  for (const { state } of tenants) byState[state] += 1;
  return {
    time: new Date(now).toISOString(),
    problems: findProblems(knowledge, { certificates, soon, refused: all }),
    tenants: {
      ...partOf(found.sort(ORDERS[query.sort]), query.tenantsPage, TENANTS_A_PAGE),
      total: tenants.length,
      byState,
      inflight: tenants.reduce((sum, { use }) => sum + use.inflight, 0),
    },
    refused: {
      ...partOf(refused, query.refusedPage, REFUSED_A_PAGE),
      kept: all.length,
      forgotten: refusals.forgotten,
      perMinute: refusals.perMinute(now),
    },
    certificates: certificates.sort(
      (one, other) => (one.daysLeft ?? Number.POSITIVE_INFINITY) - (other.daysLeft ?? Number.POSITIVE_INFINITY),
    ),
    tenantCertificates: { soon: soon.slice(0, NAMED), more: Math.max(0, soon.length - NAMED), total: ofTenants.length },
    controller: {
      leader: etcd?.value ? (etcd.value.leader === undefined ? null : visibleText(etcd.value.leader)) : undefined,
      leaderSince: etcd?.value && new Date(etcd.since).toISOString(),
      waiting: tenants.filter(({ waits }) => waits).length,
      pending: tenants.filter(({ state }) => state === 'Pending').slice(0, NAMED),
      removals: tenants.filter(({ state }) => state === 'Terminating').slice(0, NAMED),
      lastChange,
    },
    gateway: { ...gateway, replicas: etcd?.value?.replicas, upstreams },
    etcdError: etcd?.error === undefined ? undefined : visibleText(etcd.error),
  };
}

function certificateRow({ what, endsAt, error }: CertificateSight, now: number): CertificateRow {
  return {
    what: visibleText(what),
    ...(endsAt !== undefined && { endsAt: new Date(endsAt).toISOString(), daysLeft: Math.floor((endsAt - now) / DAY_MS) }),
    ...(error !== undefined && { error: visibleText(error) }),
  };
}

type Order = (one: TenantRow, other: TenantRow) => number;

const refusals = ({ use }: TenantRow): number => use.refused.inflight + use.refused.longRunning + use.refused.rate;
const byId: Order = (one, other) => (one.id < other.id ? -1 : 1);
const fullest = ({ quota }: TenantRow): number => quota[0]?.share ?? -1;

/** What somebody has to look at: is being made or removed, stands at its quota, was refused; last what is as it was wanted. */
function attention(row: TenantRow): number {
  if (row.state === 'Pending') return 5;
  if (row.state === 'Terminating') return 4;
  if (fullest(row) >= 1) return 3;
  if (refusals(row) > 0) return 2;
  return row.state === 'Ready' ? 0 : 1;
}

const ORDERS: Readonly<Record<TenantSort, Order>> = {
  attention: (one, other) => attention(other) - attention(one) || refusals(other) - refusals(one) || byId(one, other),
  id: byId,
  inflight: (one, other) => other.use.inflight - one.use.inflight || other.use.longRunning - one.use.longRunning || byId(one, other),
  refused: (one, other) => refusals(other) - refusals(one) || byId(one, other),
  quota: (one, other) => fullest(other) - fullest(one) || byId(one, other),
};
