import { prefixOf } from '../../names/prefix.ts';
import { listByPrefix } from '../../upstream/list-by-prefix.ts';
import type { KubeObject, UpstreamClient } from '../../upstream/upstream-client.ts';
import { isUpstreamError } from '../../upstream/upstream-error.ts';
import { deleteAll } from './delete-all.ts';
import { NAMESPACES, tenantNames } from './ensure-namespaces.ts';
import { DONE, type Outcome, type Step } from './step.ts';

const POLL_MS = 1_000;
/** A namespace that goes in the ordinary way is gone before this. */
const STUCK_AFTER_MS = 15_000;

interface Namespace extends KubeObject {
  status?: { conditions?: { type: string; status: string; message?: string }[] };
}

/** No namespace of the tenant is left. Upstream empties each first; what keeps it from that is reported. */
export const removeNamespaces: Step = {
  name: 'remove-namespaces',
  condition: 'CleanedUp',
  async run({ tenantId, upstream }): Promise<Outcome> {
    const namespaces = await listByPrefix(upstream, NAMESPACES, prefixOf(tenantId));
    if (namespaces.length === 0) return DONE;
    await deleteAll(upstream, NAMESPACES, namespaces);
    const names = namespaces.map(({ metadata }) => metadata.name);
    const stuck = await whyStuck(upstream, namespaces);
    return {
      state: 'waiting',
      reason: stuck ? 'NamespacesStuck' : 'NamespacesRemain',
      message: `waiting for the end of the namespaces ${tenantNames(tenantId, names)}${stuck ? `: ${stuck}` : ''}`,
      retryAfterMs: POLL_MS,
    };
  },
};

/** What upstream says of the first namespace that should be gone by now. */
async function whyStuck(upstream: UpstreamClient, namespaces: readonly KubeObject[]): Promise<string | undefined> {
  const stuck = namespaces.find(({ metadata }) => Date.now() - Date.parse(metadata.deletionTimestamp ?? '') > STUCK_AFTER_MS);
  if (!stuck) return undefined;
  try {
    const { status } = await upstream.get<Namespace>(`${NAMESPACES}/${stuck.metadata.name}`);
    const reasons = (status?.conditions ?? []).filter((condition) => condition.status === 'True').map(({ message }) => message ?? '');
    return reasons.join('; ') || 'upstream does not say why it stays';
  } catch (thrown) {
    if (isUpstreamError(thrown, 'NotFound')) return undefined;
    throw thrown;
  }
}
