/**
 * What is really there. A ResourceQuota says so, but for one case: upstream's controller counts from what it has heard of, and an object that was let in a
 * moment before may be missing (for minutes, until it counts again). So near the limit a gateway counts itself.
 */
import { prefixOf } from '../names/prefix.ts';
import { listNamespacedByPrefix } from '../upstream/list-namespaced-by-prefix.ts';
import type { KubeObject, UpstreamClient } from '../upstream/upstream-client.ts';
import { isUpstreamError } from '../upstream/upstream-error.ts';
import { type Amounts, addAmounts, amountOf, greater, showAmount } from './amounts.ts';
import { type Share, totalUsed } from './ledger.ts';
import { quotaPath, SHARE_QUOTA } from './names.ts';
import { usageOf } from './usage-of.ts';

export interface CountedKind {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** Objects that may be missing, of the size of the one that is asked for; and the part of the limit. */
const MISSED = 8n;
const PART = 20n;
/** Of others the kind says all. */
const COUNTED_BY_CONTENT: ReadonlySet<string> = new Set(['pods', 'services', 'persistentvolumeclaims', 'resourceclaims']);

/** Whether what is missing in the count could make the difference. */
export function isNearLimit(hard: Amounts, shares: ReadonlyMap<string, Share>, need: Amounts): boolean {
  return [...need].some(([key, amount]) => {
    if (!hard.has(key)) return false;
    const limit = amountOf(hard, key);
    const left = limit - totalUsed(shares, key) - amount;
    return left >= 0n && left < greater(amount * MISSED, limit / PART);
  });
}

/** The shares with what was missing in them; it is written upstream as well. Throws UpstreamError. */
export async function withLiveUse(
  upstream: UpstreamClient,
  tenantId: string,
  kind: CountedKind,
  shares: ReadonlyMap<string, Share>,
): Promise<Map<string, Share>> {
  const live = await countLive(upstream, tenantId, kind);
  const corrected = new Map(shares);
  const missing: Promise<void>[] = [];
  for (const [namespace, amounts] of live) {
    const share = shares.get(namespace);
    const more = new Map([...amounts].filter(([key, amount]) => share?.used.has(key) && amount > amountOf(share.used, key)));
    if (!share || more.size === 0) continue;
    corrected.set(namespace, { ...share, used: new Map([...share.used, ...more]) });
    missing.push(correct(upstream, share, more));
  }
  await Promise.all(missing);
  return corrected;
}

async function countLive(
  upstream: UpstreamClient,
  tenantId: string,
  { group, version, resource }: CountedKind,
): Promise<Map<string, Amounts>> {
  const path = group ? `/apis/${group}/${version}/${resource}` : `/api/${version}/${resource}`;
  const options = { metadataOnly: !COUNTED_BY_CONTENT.has(resource) };
  const live = new Map<string, Map<string, bigint>>();
  for (const object of await listNamespacedByPrefix<KubeObject>(upstream, path, prefixOf(tenantId), options)) {
    const namespace = object.metadata.namespace ?? '';
    const amounts = live.get(namespace) ?? new Map<string, bigint>();
    live.set(namespace, amounts);
    addAmounts(amounts, usageOf(group, resource, object));
  }
  return live;
}

async function correct(upstream: UpstreamClient, { namespace, resourceVersion }: Share, more: Amounts): Promise<void> {
  const used = Object.fromEntries([...more].map(([key, amount]) => [key, showAmount(key, amount)]));
  try {
    await upstream.patch(`${quotaPath(namespace, SHARE_QUOTA)}/status`, { metadata: { resourceVersion }, status: { used } });
  } catch (thrown) {
    // Written meanwhile: then the next time.
    if (!isUpstreamError(thrown, 'Conflict', 'NotFound')) throw thrown;
  }
}
