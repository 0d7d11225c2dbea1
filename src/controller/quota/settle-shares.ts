import { type Amounts, amountOf, greater, lesser } from '../../quota/amounts.ts';
import { freeRoom, grantOf, type Ledger, type Share, withGrants } from '../../quota/ledger.ts';
import { readLedger, writeLedger } from '../../quota/ledger-store.ts';
import { settleShare } from '../../quota/shares.ts';
import { isUpstreamError } from '../../upstream/upstream-error.ts';
import type { PrepareDeps } from './prepare-namespace.ts';

/** A share that never comes to rest is settled all the same after so long. */
const AT_LATEST_MS = 6_000;

/**
 * What shares allow beyond their spec, upstream's controller takes back when it counts anew, as it does after each deletion. So what is allowed or used
 * is written into the spec, when nothing is under way in the namespace: a count that misses an object just being made would stay wrong.
 */
export class ShareSettler {
  readonly #seen = new Map<string, { version: string; unsettledSince: number }>();

  /** `shares`: all of the tenant's, as they were just read. @returns whether some are still to be settled */
  async settle(deps: Pick<PrepareDeps, 'upstream' | 'keys'>, tenantId: string, shares: ReadonlyMap<string, Share>): Promise<boolean> {
    let isOpen = false;
    let kept = await readLedger(deps.keys, tenantId);
    for (const share of shares.values()) {
      if (!kept) return false;
      const { ledger, revision } = kept;
      const settled = settledSpec(ledger, shares, share);
      if (settled.size === 0) {
        this.#seen.delete(share.namespace);
        continue;
      }
      isOpen = true;
      if (!this.#isAtRest(share)) continue;
      const grants = new Map([...settled].map(([key, amount]) => [key, greater(amount, grantOf(ledger, share.namespace, key))]));
      try {
        // As every raise: what lowers this share meanwhile finds the ledger changed.
        const granted = withGrants(ledger, new Map([[share.namespace, grants]]));
        if (await writeLedger(deps.keys, tenantId, granted, revision)) await settleShare(deps.upstream, share, settled);
      } catch (thrown) {
        if (!isUpstreamError(thrown, 'Conflict', 'NotFound')) throw thrown;
      }
      kept = await readLedger(deps.keys, tenantId);
    }
    return isOpen;
  }

  #isAtRest({ namespace, resourceVersion }: Share): boolean {
    const seen = this.#seen.get(namespace);
    const unsettledSince = seen?.unsettledSince ?? performance.now();
    this.#seen.set(namespace, { version: resourceVersion, unsettledSince });
    return seen?.version === resourceVersion || performance.now() - unsettledSince > AT_LATEST_MS;
  }
}

/** The keys whose spec is to grow, with what it is to be. */
function settledSpec(ledger: Ledger, shares: ReadonlyMap<string, Share>, share: Share): Amounts {
  const settled = new Map<string, bigint>();
  for (const [key, spec] of share.spec) {
    const granted = grantOf(ledger, share.namespace, key);
    const used = amountOf(share.used, key);
    // What was there before the quota counts as handed out already.
    const allowed = used > granted && freeRoom(ledger, shares, key) >= 0n ? used : granted;
    const wanted = lesser(allowed, greater(amountOf(share.hard, key), used));
    if (wanted > spec) settled.set(key, wanted);
  }
  return settled;
}
