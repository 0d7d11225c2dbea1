import { humanAge } from '../../kube/table.ts';
import { fractionOf } from '../../quota/quantity.ts';
import { OTHER_TENANTS } from '../../telemetry/top-tenants.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { certificateEnd } from './certificate-end.ts';
import type { Table } from './format-table.ts';
import { limitsInForce } from './limit-flags.ts';

/** What the controller writes into the status where a tenant has a quota. */
interface QuotaStatus {
  readonly hard?: Readonly<Record<string, string | number>>;
  readonly used?: Readonly<Record<string, string | number>>;
}

const COLUMNS = [
  { name: 'Name' },
  { name: 'Status' },
  { name: 'In-Flight' },
  { name: 'Namespaces' },
  { name: 'Quota' },
  { name: 'Certificate' },
  { name: 'Age' },
  { name: 'Limits', priority: 1 },
  { name: 'Upstream', priority: 1 },
  { name: 'Quota Used', priority: 1 },
  { name: 'Reason', priority: 1 },
];

/** Tenants and what they use. `inflight`: requests under way, where they are known. */
export function usageTable(tenants: readonly Tenant[], inflight: ReadonlyMap<string, number> | undefined, now: Date): Table {
  return {
    columnDefinitions: COLUMNS,
    rows: tenants.map((tenant) => ({ cells: cellsOf(tenant, inflight, now) })),
  };
}

function cellsOf(tenant: Tenant, inflight: ReadonlyMap<string, number> | undefined, now: Date): unknown[] {
  const { metadata, spec, status } = tenant;
  const quota = (status as { quota?: QuotaStatus } | undefined)?.quota;
  const limits = limitsInForce(tenant);
  const limit = limits[0]?.value ?? 'default';
  // Where some are told of together, one that is not named may be any of them.
  const unnamed = inflight === undefined || inflight.has(OTHER_TENANTS) ? '-' : 0;
  const running = inflight?.get(metadata.name) ?? unnamed;
  return [
    metadata.name,
    statusOf(tenant),
    `${running}/${limit}`,
    quota?.used?.['count/namespaces'] ?? quota?.used?.namespaces ?? '-',
    mostUsed(quota) ?? (spec.quota?.hard ? 'not counted' : '-'),
    timeLeft(certificateEnd(tenant), now),
    humanAge(metadata.creationTimestamp, now),
    limits
      .filter(({ value }) => value !== undefined)
      .map(({ limit: { flag }, value }) => `${flag}=${value}`)
      .join(',') || '-',
    spec.upstream ?? '-',
    allUsed(quota) || '-',
    status?.conditions?.find(({ type, status: state }) => type === 'Ready' && state !== 'True')?.message ?? spec.suspension?.reason ?? '-',
  ];
}

function statusOf({ metadata, spec, status }: Tenant): string {
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  return spec.suspension?.mode ?? status?.phase ?? 'Pending';
}

/** `pods 80%`: the key of which least is left. */
function mostUsed({ hard = {}, used = {} }: QuotaStatus = {}): string | undefined {
  const parts = Object.entries(hard).map(([key, limit]) => ({ key, fraction: fractionOf(used[key] ?? 0, limit) }));
  const most = parts.sort((a, b) => b.fraction - a.fraction)[0];
  return most && `${most.key} ${Math.round(most.fraction * 100)}%`;
}

function allUsed({ hard = {}, used = {} }: QuotaStatus = {}): string {
  return Object.entries(hard)
    .map(([key, limit]) => `${key}=${used[key] ?? 0}/${limit}`)
    .join(',');
}

function timeLeft(end: Date | undefined, now: Date): string {
  if (!end) return '-';
  return end <= now ? 'expired' : humanAge(now.toISOString(), end);
}
