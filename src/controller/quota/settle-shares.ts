import { type Amounts, amountOf } from '../../quota/amounts.ts';
import type { Share } from '../../quota/ledger.ts';
import { readLedger, writeLedger } from '../../quota/ledger-store.ts';
import { settleShare } from '../../quota/shares.ts';
import { isUpstreamError } from '../../upstream/upstream-error.ts';
import type { PrepareDeps } from './prepare-namespace.ts';

/** A share that never comes to rest is settled all the same after so long. */
const AT_LATEST_MS = 10_000;

/**
 * What shares allow beyond their spec, upstream's controller takes back when it counts anew, as it does after each deletion. So a raised share is written
 * into its spec, when nothing is under way in the namespace: a count that misses an object just being made would stay wrong.
 */
export class ShareSettler {
  readonly #seen = new Map<string, { version: string; unsettledSince: number }>();

  /** `shares`: as they were just read. @returns whether some are still to be settled */
  async settle({ upstream, keys }: Pick<PrepareDeps, 'upstream' | 'keys'>, tenantId: string, shares: Iterable<Share>): Promise<boolean> {
    let isOpen = false;
    for (const share of shares) {
      const raised = raisedOf(share);
      const seen = this.#seen.get(share.namespace);
      if (raised.size === 0) {
        this.#seen.delete(share.namespace);
        continue;
      }
      isOpen = true;
      const unsettledSince = seen?.unsettledSince ?? performance.now();
      this.#seen.set(share.namespace, { version: share.resourceVersion, unsettledSince });
      if (seen?.version !== share.resourceVersion && performance.now() - unsettledSince < AT_LATEST_MS) continue;
      const kept = await readLedger(keys, tenantId);
      if (!kept) return false;
      try {
        // As every raise: what lowers this share meanwhile finds the ledger changed.
        if (await writeLedger(keys, tenantId, kept.ledger, kept.revision)) await settleShare(upstream, share, raised);
      } catch (thrown) {
        if (!isUpstreamError(thrown, 'Conflict', 'NotFound')) throw thrown;
      }
    }
    return isOpen;
  }
}

function raisedOf({ spec, hard }: Share): Amounts {
  return new Map([...hard].filter(([key, amount]) => spec.has(key) && amount > amountOf(spec, key)));
}
