import type { EffectiveLimits } from '../limits/effective-limits.ts';
import type { TenantUse } from '../limits/limits.ts';
import { parseQuantity } from '../quota/quantity.ts';
import type { Tenant, TenantCondition } from '../tenants/tenant.ts';
import { visibleText } from './visible-text.ts';

/** What the page tells of a tenant: field by field, so that nothing of its object (a kubeconfig, say) gets there by itself. */
export interface TenantRow {
  readonly id: string;
  readonly state: 'Ready' | 'Pending' | 'Terminating' | 'ReadOnly' | 'Frozen';
  /** What keeps it from being ready, or the operator's reason for the suspension. */
  readonly why?: string;
  /** RFC 3339: of that state. */
  readonly since?: string;
  /** The controller has not dealt with the last change yet. */
  readonly waits: boolean;
  readonly upstream: string;
  /** At this replica. */
  readonly use: Omit<TenantUse, 'tenantId'>;
  /** Of all replicas together. */
  readonly limits: EffectiveLimits;
  /** Left of the rate at this replica; undefined: no rate, or not counted at the moment. */
  readonly tokens?: number | undefined;
  /** The fullest first. */
  readonly quota: readonly QuotaUse[];
  /** What a tenant under removal still owns, by kind. */
  readonly removal?: { readonly remaining: Readonly<Record<string, number>>; readonly finalizersCleared: number };
  /** RFC 3339: the admin's certificate. */
  readonly certificateEnds?: string;
}

export interface QuotaUse {
  readonly key: string;
  readonly used: string;
  readonly hard: string;
  /** 1: full. */
  readonly share: number;
}

export interface TenantStanding {
  readonly use: TenantUse;
  readonly limits: EffectiveLimits;
  readonly tokens: number | undefined;
}

/** @param defaultUpstream where a tenant lives that names no cluster */
export function tenantRowOf(tenant: Tenant, { use, limits, tokens }: TenantStanding, defaultUpstream: string): TenantRow {
  const { metadata, spec, status } = tenant;
  const { tenantId: _, ...used } = use;
  return {
    id: metadata.name,
    ...stateOf(tenant),
    waits: metadata.generation !== undefined && (status?.observedGeneration ?? 0) < metadata.generation,
    upstream: visibleText(spec?.upstream ?? defaultUpstream),
    use: used,
    limits,
    tokens,
    quota: quotaOf(tenant),
    ...(metadata.deletionTimestamp !== undefined && {
      removal: { remaining: status?.removal?.remaining ?? {}, finalizersCleared: status?.removal?.finalizersCleared ?? 0 },
    }),
    ...(status?.credentials && { certificateEnds: visibleText(status.credentials.notAfter) }),
  };
}

function stateOf({ metadata, spec, status }: Tenant): Pick<TenantRow, 'state' | 'why' | 'since'> {
  const conditions = status?.conditions ?? [];
  const named = (type: string) => conditions.find((condition) => condition.type === type);
  if (metadata.deletionTimestamp !== undefined) {
    return { state: 'Terminating', ...whyOf(named('CleanedUp')), since: metadata.deletionTimestamp };
  }
  const ready = named('Ready');
  if (ready?.status !== 'True') {
    const culprit = conditions.find(({ type, status }) => type !== 'Ready' && type !== 'Suspended' && status === 'False') ?? ready;
    const since = ready?.lastTransitionTime ?? metadata.creationTimestamp;
    return { state: 'Pending', ...(culprit ? whyOf(culprit) : { why: 'no controller has dealt with it yet' }), ...(since && { since }) };
  }
  if (spec?.suspension) {
    const since = named('Suspended')?.lastTransitionTime;
    return { state: spec.suspension.mode, why: visibleText(spec.suspension.reason ?? '', 512), ...(since && { since }) };
  }
  return { state: 'Ready', since: ready.lastTransitionTime };
}

function whyOf(condition: TenantCondition | undefined): { why?: string } {
  return condition ? { why: visibleText(`${condition.type} ${condition.reason}: ${condition.message}`, 512) } : {};
}

const known = new WeakMap<Tenant, readonly QuotaUse[]>();

function quotaOf(tenant: Tenant): readonly QuotaUse[] {
  const before = known.get(tenant);
  if (before) return before;
  const { hard = {}, used = {} } = tenant.status?.quota ?? {};
  const quota = Object.entries(hard)
    .map(([key, limit]) => ({
      key: visibleText(key),
      used: visibleText(used[key] ?? '0', 64),
      hard: visibleText(limit, 64),
      share: shareOf(used[key] ?? '0', limit),
    }))
    .sort((one, other) => other.share - one.share);
  known.set(tenant, quota);
  return quota;
}

function shareOf(used: string, hard: string): number {
  const [part, whole] = [parseQuantity(used), parseQuantity(hard)];
  if (part === undefined || whole === undefined) return 0;
  return whole <= 0n ? 1 : Number((part * 1000n) / whole) / 1000;
}
