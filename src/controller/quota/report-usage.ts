/** What a tenant uses in all its namespaces: on the Tenant for the operator, on the ResourceQuotas for the tenant. */
import { isDeepStrictEqual } from 'node:util';
import { showAmount } from '../../quota/amounts.ts';
import { ownNames } from '../../quota/creation-caps.ts';
import { clusterScopedRow, toUpstreamKey } from '../../quota/keys.ts';
import { totalUsed } from '../../quota/ledger.ts';
import { quotaPath, USED_ANNOTATION, VISIBLE_QUOTA } from '../../quota/names.ts';
import { type QuotaObject, sharesAmong } from '../../quota/shares.ts';
import { type Fence, StoreError, type TenantStore } from '../../tenants/store.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { SharedNames } from '../../translate/context.ts';
import type { UpstreamClient } from '../../upstream/upstream-client.ts';
import { isUpstreamError } from '../../upstream/upstream-error.ts';
import { countOwnClusterScoped } from './count-custom.ts';

export interface ReportDeps {
  readonly store: TenantStore;
  readonly upstream: UpstreamClient;
  readonly fence?: Fence | undefined;
  readonly shared?: SharedNames | undefined;
}

/** `quotas`: all of the tenant's namespaces, as just read. Throws StoreError, UpstreamError. */
export async function reportUsage(deps: ReportDeps, tenant: Tenant, quotas: readonly QuotaObject[]): Promise<void> {
  const tenantId = tenant.metadata.name;
  const shares = sharesAmong(quotas);
  const hard = Object.fromEntries(Object.entries(tenant.spec?.quota?.hard ?? {}).map(([key, quantity]) => [key, String(quantity)]));
  const used: Record<string, string> = {};
  for (const key of Object.keys(hard)) {
    const row = clusterScopedRow(key);
    if (row) {
      used[key] = String((await ownNames(deps.upstream, row, tenantId)).length);
      continue;
    }
    const upstreamKey = toUpstreamKey(key, { tenantId, shared: deps.shared });
    const withoutNamespace = await countOwnClusterScoped(deps.upstream, upstreamKey);
    used[key] = withoutNamespace > 0 ? String(withoutNamespace) : showAmount(key, totalUsed(shares, upstreamKey));
  }
  await writeStatus(deps, tenant, { hard, used });
  const text = JSON.stringify(used);
  for (const { metadata } of quotas.filter((quota) => quota.metadata.name === VISIBLE_QUOTA)) {
    if (metadata.annotations?.[USED_ANNOTATION] === text || metadata.namespace === undefined) continue;
    try {
      await deps.upstream.patch(quotaPath(metadata.namespace, VISIBLE_QUOTA), { metadata: { annotations: { [USED_ANNOTATION]: text } } });
    } catch (thrown) {
      if (!isUpstreamError(thrown, 'NotFound')) throw thrown;
    }
  }
}

/** `quota` undefined: there is none any more. @returns false: the Tenant has been written by somebody else meanwhile */
export async function writeStatus(
  { store, fence }: ReportDeps,
  tenant: Tenant,
  quota: NonNullable<Tenant['status']>['quota'],
): Promise<boolean> {
  if (isDeepStrictEqual(tenant.status?.quota, quota)) return true;
  const { quota: _, ...status } = tenant.status ?? {};
  try {
    await store.update({ ...tenant, status: { ...status, ...(quota && { quota }) } }, fence);
    return true;
  } catch (thrown) {
    // Not there any more, it needs no status.
    if (thrown instanceof StoreError && thrown.reason === 'NotFound') return true;
    if (thrown instanceof StoreError && thrown.reason === 'Conflict') return false;
    throw thrown;
  }
}
