/** Shares, as upstream keeps them: read, lowered, raised. */
import { randomUUID } from 'node:crypto';
import { prefixOf } from '../names/prefix.ts';
import { listNamespacedByPrefix } from '../upstream/list-namespaced-by-prefix.ts';
import type { KubeObject, UpstreamClient } from '../upstream/upstream-client.ts';
import { isUpstreamError } from '../upstream/upstream-error.ts';
import { type Amounts, amountOf, readAmounts, showAmount } from './amounts.ts';
import type { Share } from './ledger.ts';
import { LOWERED_ANNOTATION, quotaPath, SHARE_QUOTA } from './names.ts';

type Quantities = Readonly<Record<string, string>>;

export interface QuotaObject extends KubeObject {
  readonly spec?: { readonly hard?: Quantities };
  readonly status?: { readonly hard?: Quantities; readonly used?: Quantities };
}

const PATH = '/api/v1/resourcequotas';

/** All ResourceQuotas in a tenant's namespaces, as they are at one moment. Throws UpstreamError. */
export function listTenantQuotas(upstream: UpstreamClient, tenantId: string): Promise<QuotaObject[]> {
  return listNamespacedByPrefix(upstream, PATH, prefixOf(tenantId));
}

export function sharesAmong(quotas: readonly QuotaObject[]): Map<string, Share> {
  const shares = quotas.filter(({ metadata }) => metadata.name === SHARE_QUOTA).map(toShare);
  return new Map(shares.map((share) => [share.namespace, share]));
}

export async function readShare(upstream: UpstreamClient, namespace: string): Promise<Share | undefined> {
  try {
    return toShare(await upstream.get<QuotaObject>(quotaPath(namespace, SHARE_QUOTA)));
  } catch (thrown) {
    if (isUpstreamError(thrown, 'NotFound')) return undefined;
    throw thrown;
  }
}

function toShare({ metadata, spec, status }: QuotaObject): Share {
  return {
    namespace: metadata.namespace ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    spec: readAmounts(spec?.hard),
    hard: readAmounts(status?.hard),
    used: readAmounts(status?.used),
  };
}

/**
 * The share allows no more than `limits` of these keys from now on, and what was read of it before cannot be written any more.
 * Throws UpstreamError Conflict when it is not as it was read.
 */
export async function lowerShare(upstream: UpstreamClient, share: Share, limits: Amounts): Promise<void> {
  const path = quotaPath(share.namespace, SHARE_QUOTA);
  // What is written into the spec upstream's controller copies into the status, so that goes first.
  const { metadata } = await upstream.patch<QuotaObject>(path, {
    metadata: { resourceVersion: share.resourceVersion, annotations: { [LOWERED_ANNOTATION]: randomUUID() } },
    spec: { hard: quantities(limits, (key, limit) => amountOf(share.spec, key) > limit) },
  });
  const hard = quantities(limits, (key, limit) => amountOf(share.hard, key) > limit);
  if (Object.keys(hard).length === 0) return;
  await upstream.patch(`${path}/status`, { metadata: { resourceVersion: metadata.resourceVersion }, status: { hard } });
}

/**
 * The share allows `limits` of these keys: the ledger must say already that it may. Only the status is written, so that upstream's controller
 * does not count anew while objects are being made. Throws UpstreamError Conflict when it is not as it was read.
 */
export async function raiseShare(upstream: UpstreamClient, share: Share, limits: Amounts): Promise<void> {
  const hard = quantities(limits, (key, limit) => amountOf(share.hard, key) < limit);
  if (Object.keys(hard).length === 0) return;
  const path = `${quotaPath(share.namespace, SHARE_QUOTA)}/status`;
  await upstream.patch(path, { metadata: { resourceVersion: share.resourceVersion }, status: { hard } });
}

/** What upstream's controller goes back to, up to what the share allows now. Makes it count anew. */
export async function settleShare(upstream: UpstreamClient, share: Share, limits: Amounts): Promise<void> {
  const spec = { hard: quantities(limits, () => true) };
  await upstream.patch(quotaPath(share.namespace, SHARE_QUOTA), { metadata: { resourceVersion: share.resourceVersion }, spec });
}

function quantities(limits: Amounts, wanted: (key: string, limit: bigint) => boolean): Record<string, string> {
  return Object.fromEntries([...limits].filter(([key, limit]) => wanted(key, limit)).map(([key, limit]) => [key, showAmount(key, limit)]));
}
