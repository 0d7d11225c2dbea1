import { type Amounts, readAmounts } from '../../quota/amounts.ts';
import { clusterScopedRow, toUpstreamKey } from '../../quota/keys.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { SharedNames } from '../../translate/context.ts';

/** A tenant's quota, by upstream's keys. */
export interface QuotaOfTenant {
  readonly tenantId: string;
  /** As the operator wrote it: what the tenant is shown. */
  readonly shown: Readonly<Record<string, string>>;
  /** What the shares count. The rest counts cluster-scoped objects, which the gateway does. */
  readonly hard: Amounts;
}

/** @returns undefined where there is no quota */
export function quotaOf({ metadata, spec }: Tenant, shared?: SharedNames): QuotaOfTenant | undefined {
  const written = Object.entries(spec?.quota?.hard ?? {});
  if (written.length === 0 || metadata.deletionTimestamp) return undefined;
  const tenantId = metadata.name;
  const upstreamKey = (key: string) => toUpstreamKey(key, { tenantId, shared });
  return {
    tenantId,
    shown: Object.fromEntries(written.map(([key, quantity]) => [upstreamKey(key), String(quantity)])),
    hard: readAmounts(
      Object.fromEntries(written.filter(([key]) => !clusterScopedRow(key)).map(([key, quantity]) => [upstreamKey(key), quantity])),
    ),
  };
}
