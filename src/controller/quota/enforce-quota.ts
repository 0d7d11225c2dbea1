/** Brings a tenant's quota upstream to what its spec says, from wherever it is. */
import { setTimeout as delay } from 'node:timers/promises';
import { prefixOf } from '../../names/prefix.ts';
import { type Amounts, amountOf } from '../../quota/amounts.ts';
import { planShrink, withGrants, withoutNamespaces } from '../../quota/ledger.ts';
import { readLedger, writeLedger } from '../../quota/ledger-store.ts';
import { GATE_PATH, GATE_POLICY, QUOTA_LABEL, QUOTA_READY, quotaPath, quotaPrefix, SHARE_QUOTA, VISIBLE_QUOTA } from '../../quota/names.ts';
import { listTenantQuotas, lowerShare, type QuotaObject, sharesAmong } from '../../quota/shares.ts';
import { inParallel } from '../../upstream/in-parallel.ts';
import { listByPrefix } from '../../upstream/list-by-prefix.ts';
import { pause } from '../../upstream/pause.ts';
import type { KubeObject } from '../../upstream/upstream-client.ts';
import { isUpstreamError } from '../../upstream/upstream-error.ts';
import { deleteAll } from '../steps/delete-all.ts';
import { NAMESPACES } from '../steps/ensure-namespaces.ts';
import { changeLedger, ensureVisible, isOurs, labelNamespace, type PrepareDeps, prepareNamespace } from './prepare-namespace.ts';
import type { QuotaOfTenant } from './quota-of-tenant.ts';

/** Namespaces that are prepared at once. */
const CONCURRENCY = 4;
/** What was let in before the gate shut has been stored by then. */
const DRAIN_MS = 500;
const SHUT_WITHIN_MS = 15_000;

interface Gate extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** Throws UpstreamError, StoreError; it is then to be called again. */
export async function enforceQuota(deps: PrepareDeps, quota: QuotaOfTenant): Promise<void> {
  const { upstream } = deps;
  const { tenantId } = quota;
  await shutGate(deps, tenantId);
  const namespaces = (await listByPrefix(upstream, NAMESPACES, prefixOf(tenantId))).filter(({ metadata }) => !metadata.deletionTimestamp);
  await limitTo(deps, quota, namespaces);
  const quotas = await listTenantQuotas(upstream, tenantId);
  const work = namespaces.map(({ metadata }) => async () => {
    const present = quotas.filter((object) => object.metadata.namespace === metadata.name);
    try {
      if (metadata.labels?.[QUOTA_LABEL] === QUOTA_READY && isComplete(quota, present)) {
        await ensureVisible(
          deps,
          quota,
          metadata.name,
          present.find(({ metadata: { name } }) => name === VISIBLE_QUOTA),
        );
      } else await prepareNamespace(deps, quota, metadata.name, present);
    } catch (thrown) {
      // The namespace is on its way out.
      if (!isUpstreamError(thrown, 'NotFound') && !isTerminating(thrown)) throw thrown;
    }
  });
  await inParallel(work, CONCURRENCY, (next) => next());
  await forgetGone(deps, tenantId);
}

function isTerminating(thrown: unknown): boolean {
  const details = isUpstreamError(thrown) ? (thrown.details as { causes?: { reason?: string }[] } | undefined) : undefined;
  return details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') === true;
}

/** Nothing is made any more in namespaces without a share. Resolves when that is so. */
async function shutGate({ upstream, signal }: PrepareDeps, tenantId: string): Promise<void> {
  const { data } = await upstream.get<Gate>(GATE_PATH);
  if (data && Object.hasOwn(data, tenantId)) return;
  await upstream.patch(GATE_PATH, { data: { [tenantId]: '' } });
  const namespace = `${prefixOf(tenantId)}default`;
  const deadline = performance.now() + SHUT_WITHIN_MS;
  while (!(await isShut({ upstream }, namespace))) {
    // The entry stays: what is open by fault is not opened on purpose.
    if (performance.now() > deadline) throw new Error(`upstream does not enforce ${GATE_POLICY}`);
    await pause(50, signal);
    signal.throwIfAborted();
  }
  await delay(DRAIN_MS, undefined, { signal });
}

async function isShut({ upstream }: Pick<PrepareDeps, 'upstream'>, namespace: string): Promise<boolean> {
  try {
    // One with a share in force is open: the entry had gone astray.
    const { metadata } = await upstream.get(`${NAMESPACES}/${namespace}`);
    if (metadata.labels?.[QUOTA_LABEL] === QUOTA_READY) return true;
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'kubezoo-probe-' } };
    await upstream.create(`/api/v1/namespaces/${namespace}/configmaps`, object, { dryRun: 'All' });
    return false;
  } catch (thrown) {
    // Where there is no such namespace, there is nothing to be shut; and a refusal for another reason tells no more, however often it is asked for.
    if (isUpstreamError(thrown, 'NotFound', 'Forbidden')) return true;
    throw thrown;
  }
}

/** The ledger has these limits, and shares that are too large for them are lowered. */
async function limitTo(
  { upstream, keys }: PrepareDeps,
  { tenantId, hard }: QuotaOfTenant,
  namespaces: readonly KubeObject[],
): Promise<void> {
  const kept = await readLedger(keys, tenantId);
  if (!kept) {
    await writeLedger(keys, tenantId, { hard, granted: new Map() }, undefined);
    return;
  }
  if (isEqual(kept.ledger.hard, hard)) return;
  const isAdded = [...hard.keys()].some((key) => !kept.ledger.hard.has(key));
  // A key that is new has to be counted in each namespace before anything more is made there.
  if (isAdded)
    for (const { metadata } of namespaces) if (metadata.labels?.[QUOTA_LABEL]) await labelNamespace(upstream, metadata.name, null);
  // From here on nobody is handed more than the new limits allow.
  await changeLedger(keys, tenantId, (ledger) => ({
    hard,
    granted: new Map([...ledger.granted].map(([name, amounts]) => [name, new Map([...amounts].filter(([key]) => hard.has(key)))])),
  }));
  await shrink({ upstream, keys }, tenantId, hard);
}

async function shrink({ upstream, keys }: Pick<PrepareDeps, 'upstream' | 'keys'>, tenantId: string, hard: Amounts): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const kept = await readLedger(keys, tenantId);
    if (!kept) return;
    const shares = sharesAmong(await listTenantQuotas(upstream, tenantId));
    const plan = planShrink(kept.ledger, hard, shares);
    if (plan.size === 0) return;
    try {
      for (const [namespace, limits] of plan) {
        const share = shares.get(namespace);
        if (share) await lowerShare(upstream, share, limits);
      }
      if (await writeLedger(keys, tenantId, withGrants(kept.ledger, plan), kept.revision)) return;
    } catch (thrown) {
      if (!isUpstreamError(thrown, 'Conflict', 'NotFound')) throw thrown;
    }
    await delay(50);
  }
  throw new Error(`tenant ${tenantId}: its shares could not be lowered, others wrote them each time`);
}

function isComplete({ hard }: QuotaOfTenant, present: readonly QuotaObject[]): boolean {
  const share = present.find((object) => object.metadata.name === SHARE_QUOTA);
  const keys = Object.keys(share?.spec?.hard ?? {});
  return share !== undefined && isOurs(share) && keys.length === hard.size && keys.every((key) => hard.has(key));
}

/** What was handed to namespaces that are no more is handed out anew. */
async function forgetGone({ upstream, keys }: PrepareDeps, tenantId: string): Promise<void> {
  const kept = await readLedger(keys, tenantId);
  if (!kept) return;
  const present = new Set((await listByPrefix(upstream, NAMESPACES, prefixOf(tenantId))).map(({ metadata }) => metadata.name));
  const ledger = withoutNamespaces(kept.ledger, (name) => !present.has(name));
  // Written by somebody else meanwhile: then the next time.
  if (ledger.granted.size < kept.ledger.granted.size) await writeLedger(keys, tenantId, ledger, kept.revision);
}

/** Nothing of a quota is left of the tenant, whether it is there or not. */
export async function removeQuota({ upstream, keys }: Pick<PrepareDeps, 'upstream' | 'keys'>, tenantId: string): Promise<void> {
  await upstream.patch(GATE_PATH, { data: { [tenantId]: null } });
  for (const { metadata } of await listByPrefix(upstream, NAMESPACES, prefixOf(tenantId))) {
    if (metadata.labels?.[QUOTA_LABEL] !== undefined) await labelNamespace(upstream, metadata.name, null);
  }
  for (const object of (await listTenantQuotas(upstream, tenantId)).filter(isOurs)) {
    const path = quotaPath(object.metadata.namespace ?? '', '');
    await deleteAll(upstream, path.slice(0, -1), [object]);
  }
  await keys.delete(quotaPrefix(tenantId));
}

function isEqual(a: Amounts, b: Amounts): boolean {
  return a.size === b.size && [...a].every(([key, amount]) => b.has(key) && amountOf(b, key) === amount);
}
