import { inParallel } from '../../upstream/in-parallel.ts';
import type { KubeObject, UpstreamClient } from '../../upstream/upstream-client.ts';
import { isUpstreamError, upstreamErrorFrom } from '../../upstream/upstream-error.ts';
import type { Patience } from './patience.ts';
import { finalizersKept } from './press-on.ts';

const NAMESPACES = '/api/v1/namespaces';
const CONCURRENCY = 8;

interface Namespace extends KubeObject {
  spec?: { finalizers?: string[] };
  status?: { conditions?: { type: string; status: string; message?: string }[] };
}

/**
 * Takes off what holds namespaces whose time is over. Their `spec.finalizers` stand for what is in them, so they go only where
 * nothing is; Kubernetes' own, by which upstream's controller empties them, last.
 * @param isEmpty whether a look at everything that upstream serves found nothing in it
 * @returns how many finalizers were taken off
 */
export async function finishNamespaces(
  upstream: UpstreamClient,
  namespaces: readonly KubeObject[],
  isEmpty: (name: string) => boolean,
  patience: Patience,
): Promise<number> {
  let cleared = 0;
  await inParallel(namespaces, CONCURRENCY, async ({ metadata }) => {
    const { name, uid, finalizers = [] } = metadata;
    try {
      const kept = finalizersKept(finalizers, patience);
      if (kept.length < finalizers.length) {
        await upstream.patch(`${NAMESPACES}/${name}`, { metadata: { ...(uid && { uid }), finalizers: kept.length > 0 ? kept : null } });
        cleared += finalizers.length - kept.length;
      }
      if (metadata.deletionTimestamp === undefined || !isEmpty(name)) return;
      const count = await finalize(upstream, name, uid, patience);
      cleared += count;
    } catch (thrown) {
      // Gone since it was listed, or somebody else was faster.
      if (!isUpstreamError(thrown, 'NotFound', 'Conflict')) throw thrown;
    }
  });
  return cleared;
}

async function finalize(upstream: UpstreamClient, name: string, uid: string | undefined, patience: Patience): Promise<number> {
  const namespace = await upstream.get<Namespace>(`${NAMESPACES}/${name}`);
  const finalizers = namespace.spec?.finalizers ?? [];
  const kept = finalizersKept(finalizers, patience);
  if (namespace.metadata.uid !== uid || kept.length === finalizers.length) return 0;
  const { status, body } = await upstream.request({
    method: 'PUT',
    path: `${NAMESPACES}/${name}/finalize`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...namespace, spec: { ...namespace.spec, finalizers: kept } }),
  });
  if (status !== 200) throw upstreamErrorFrom(status, body);
  return finalizers.length - kept.length;
}

/** What upstream says of the first of them: why it is not gone. */
export async function whyNamespaceStays(upstream: UpstreamClient, [first]: readonly KubeObject[]): Promise<string | undefined> {
  if (!first) return undefined;
  try {
    const { status } = await upstream.get<Namespace>(`${NAMESPACES}/${first.metadata.name}`);
    const reasons = (status?.conditions ?? []).filter((condition) => condition.status === 'True').map(({ message }) => message ?? '');
    return reasons.join('; ') || undefined;
  } catch (thrown) {
    if (isUpstreamError(thrown, 'NotFound')) return undefined;
    throw thrown;
  }
}
