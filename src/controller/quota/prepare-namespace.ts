/** A namespace comes under the quota: its two ResourceQuotas are there and counted, and then it is opened. */
import { readAmounts, showAmounts } from '../../quota/amounts.ts';
import { countedBy } from '../../quota/keys.ts';
import { type Ledger, withGrants, withoutNamespaces } from '../../quota/ledger.ts';
import { readLedger, writeLedger } from '../../quota/ledger-store.ts';
import { QUOTA_LABEL, QUOTA_OBJECT_LABEL, QUOTA_READY, quotaPath, SHARE_QUOTA, VISIBLE_QUOTA } from '../../quota/names.ts';
import type { QuotaObject } from '../../quota/shares.ts';
import type { KeyStore } from '../../tenants/etcd-keys.ts';
import { TENANT_LABEL } from '../../tenants/tenant.ts';
import { isBuiltInGroup } from '../../translate/groups.ts';
import { pause } from '../../upstream/pause.ts';
import type { UpstreamClient } from '../../upstream/upstream-client.ts';
import { isUpstreamError } from '../../upstream/upstream-error.ts';
import { MANAGED_BY } from '../policies/policy.ts';
import { NAMESPACES } from '../steps/ensure-namespaces.ts';
import { countCustomResources } from './count-custom.ts';
import type { QuotaOfTenant } from './quota-of-tenant.ts';

const COUNTED_WITHIN_MS = 10_000;
const POLL_MS = 25;

export interface PrepareDeps {
  readonly upstream: UpstreamClient;
  readonly keys: KeyStore;
  readonly signal: AbortSignal;
}

/** `present`: the ResourceQuotas of that namespace. Throws UpstreamError, StoreError, and an Error when upstream's controller does not count. */
export async function prepareNamespace(
  deps: PrepareDeps,
  quota: QuotaOfTenant,
  namespace: string,
  present: readonly QuotaObject[],
): Promise<void> {
  const find = (name: string) => present.find(({ metadata }) => metadata.name === name);
  await ensureVisible(deps, quota, namespace, find(VISIBLE_QUOTA));
  await ensureShare(deps, quota, namespace, find(SHARE_QUOTA));
  for (const name of [SHARE_QUOTA, VISIBLE_QUOTA]) {
    await untilCounted(deps, quota, namespace, name);
    await countCustomResources(deps.upstream, namespace, name);
  }
  await labelNamespace(deps.upstream, namespace, QUOTA_READY);
}

/** Without the label nothing new is made in it. */
export async function labelNamespace(upstream: UpstreamClient, namespace: string, value: string | null): Promise<void> {
  try {
    await upstream.patch(`${NAMESPACES}/${namespace}`, { metadata: { labels: { [QUOTA_LABEL]: value } } });
  } catch (thrown) {
    if (!isUpstreamError(thrown, 'NotFound')) throw thrown;
  }
}

export async function ensureVisible(
  { upstream }: PrepareDeps,
  { tenantId, shown }: QuotaOfTenant,
  namespace: string,
  present: QuotaObject | undefined,
): Promise<void> {
  if (present && isOurs(present) && isSame(present.spec?.hard ?? {}, shown)) return;
  const path = quotaPath(namespace, VISIBLE_QUOTA);
  // Not made by us: of an apply something of it would stay.
  if (present && !isOurs(present)) await upstream.delete(path);
  await upstream.apply(path, {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: VISIBLE_QUOTA, namespace, labels: labelsOf(tenantId, 'visible') },
    spec: { hard: shown },
  });
}

async function ensureShare(deps: PrepareDeps, quota: QuotaOfTenant, namespace: string, present: QuotaObject | undefined): Promise<void> {
  const { upstream, keys } = deps;
  const path = quotaPath(namespace, SHARE_QUOTA);
  const nothing = Object.fromEntries([...quota.hard.keys()].map((key) => [key, '0']));
  if (present && !isOurs(present)) await upstream.delete(path);
  if (!present || !isOurs(present)) {
    // What a namespace of the same name was once handed is not this one's.
    const fresh = (ledger: Ledger) =>
      withGrants(
        withoutNamespaces(ledger, (name) => name === namespace),
        new Map([[namespace, new Map()]]),
      );
    await changeLedger(keys, quota.tenantId, fresh);
    const metadata = { name: SHARE_QUOTA, namespace, labels: labelsOf(quota.tenantId, 'share') };
    await upstream.create(path.slice(0, path.lastIndexOf('/')), {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata,
      spec: { hard: nothing },
    });
  } else {
    const hard = present.spec?.hard ?? {};
    const added = Object.keys(nothing).filter((key) => !Object.hasOwn(hard, key));
    const removed = Object.keys(hard).filter((key) => !Object.hasOwn(nothing, key));
    const changes = Object.fromEntries([...added.map((key) => [key, '0']), ...removed.map((key) => [key, null])]);
    if (Object.keys(changes).length > 0) await upstream.patch(path, { spec: { hard: changes } });
  }
}

/** Until upstream's controller has counted what is there: before, a ResourceQuota allows everything, or nothing. */
async function untilCounted({ upstream, signal }: PrepareDeps, { hard }: QuotaOfTenant, namespace: string, name: string): Promise<void> {
  const deadline = performance.now() + COUNTED_WITHIN_MS;
  // Of custom resources that are not defined there is no count.
  const counted = [...hard.keys()].filter((key) => isBuiltInGroup(countedBy(key)?.group ?? ''));
  for (;;) {
    const { status } = await upstream.get<QuotaObject>(quotaPath(namespace, name));
    const isHard = [...hard.keys()].every((key) => Object.hasOwn(status?.hard ?? {}, key));
    if (isHard && counted.every((key) => Object.hasOwn(status?.used ?? {}, key))) return;
    if (performance.now() > deadline) throw new Error(`upstream's controller does not count what is in ${namespace}`);
    await pause(POLL_MS, signal);
    signal.throwIfAborted();
  }
}

/** Writes what `change` makes of the ledger, however often others write it meanwhile. Throws StoreError. */
export async function changeLedger(keys: KeyStore, tenantId: string, change: (ledger: Ledger) => Ledger): Promise<void> {
  for (;;) {
    const kept = await readLedger(keys, tenantId);
    if (!kept) throw new Error(`tenant ${tenantId}: the ledger of its quota is gone`);
    const changed = change(kept.ledger);
    if (changed === kept.ledger || (await writeLedger(keys, tenantId, changed, kept.revision))) return;
  }
}

export function isOurs({ metadata }: QuotaObject): boolean {
  return metadata.labels?.[QUOTA_OBJECT_LABEL] !== undefined;
}

function labelsOf(tenantId: string, role: 'visible' | 'share'): Record<string, string> {
  return { ...MANAGED_BY, [TENANT_LABEL]: tenantId, [QUOTA_OBJECT_LABEL]: role };
}

/** Upstream writes quantities in its own form. */
export function isSame(written: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  const canonical = (hard: Readonly<Record<string, string>>) => JSON.stringify(showAmounts(readAmounts(hard)));
  return canonical(written) === canonical(wanted);
}
