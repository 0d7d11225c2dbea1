import type { KubeClient } from '../../src/launch/kube/kube-client.ts';
import { samplesOf } from './prometheus-text.ts';

/** Watches that upstream serves now, by resource. */
export async function countUpstreamWatches(upstream: KubeClient): Promise<Map<string, number>> {
  const { status, body } = await upstream.request('GET', '/metrics', { accept: 'text/plain' });
  if (status !== 200) throw new Error(`/metrics of upstream: ${status}`);
  const counts = new Map<string, number>();
  for (const { labels, value } of samplesOf(body, 'apiserver_longrunning_requests')) {
    const { verb, resource = '' } = labels;
    if (verb === 'WATCH') counts.set(resource, (counts.get(resource) ?? 0) + value);
  }
  return counts;
}

/** How many there are more than before, of the resources of which there are more or fewer. */
export function growthOf(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Map<string, number> {
  const growth = [...after].map(([resource, count]) => [resource, count - (before.get(resource) ?? 0)] as const);
  return new Map(growth.filter(([, more]) => more !== 0));
}
