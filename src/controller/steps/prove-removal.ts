import { TENANT_KEYS } from '../../tenants/tenant-keys.ts';
import { discover } from '../../upstream/discover.ts';
import { describeRemains } from '../removal/describe-remains.ts';
import { kindsToSweep } from '../removal/owned-kinds.ts';
import { countsOf, sweep, unknownGroups } from '../removal/sweep.ts';
import type { Outcome, Step } from './step.ts';

const AGAIN_MS = 1_000;

/** A look at every kind that upstream serves, and at etcd, finds nothing of the tenant: only then may another have its id. */
export const proveRemoval: Step = {
  name: 'prove-removal',
  condition: 'CleanedUp',
  async run({ tenantId, upstream, keys }): Promise<Outcome> {
    const { resources, stale } = await discover(upstream);
    const kinds = kindsToSweep(resources, tenantId);
    const seen = await sweep(upstream, kinds, tenantId);
    const counts = countsOf(seen);
    if (Object.keys(counts).length > 0) {
      const removal = { found: counts, remaining: counts };
      return { state: 'waiting', reason: 'ObjectsRemain', message: describeRemains(seen, tenantId), retryAfterMs: 0, removal };
    }
    const unknown = unknownGroups(stale, tenantId);
    if (unknown.length > 0 || seen.unlisted.length > 0) {
      const [unlisted] = seen.unlisted;
      const message = unlisted ?? `upstream does not say what it serves in ${unknown.join(', ')}`;
      return { state: 'waiting', reason: 'DiscoveryFailed', message, retryAfterMs: AGAIN_MS };
    }
    const left = await keys.count();
    if (left > 0) return { state: 'waiting', reason: 'KeysRemain', message: `${left} keys are left in etcd`, retryAfterMs: AGAIN_MS };
    // Namespaces are a kind, too.
    const proof = { time: new Date().toISOString(), kinds: kinds.length + 1, keyRanges: TENANT_KEYS.length };
    return { state: 'done', removal: { remaining: {}, proof } };
  },
};
