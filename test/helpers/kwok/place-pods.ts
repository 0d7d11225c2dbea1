import type { KubeClient } from '../../../src/launch/kube/kube-client.ts';

export interface Placing {
  add(upstreamNamespace: string): void;
  close(): Promise<void>;
}

/** What a scheduler would do, for the namespaces that are named: pods without a node get this one. */
export function placePods(upstream: KubeClient, nodeName: string, intervalMs = 100): Placing {
  const namespaces = new Set<string>();
  let closed = false;
  const placeIn = async (upstreamNamespace: string) => {
    const pods = `/api/v1/namespaces/${upstreamNamespace}/pods`;
    const { status, body } = await upstream.request('GET', `${pods}?fieldSelector=spec.nodeName%3D`);
    if (status !== 200) return;
    const { items } = JSON.parse(body) as { items: { metadata: { name: string; deletionTimestamp?: string } }[] };
    for (const { metadata } of items) {
      if (metadata.deletionTimestamp) continue;
      // Gone in the meantime, or placed: the next round sees.
      await upstream.request('POST', `${pods}/${metadata.name}/binding`, {
        body: { metadata: { name: metadata.name }, target: { kind: 'Node', name: nodeName } },
      });
    }
  };
  const rounds = (async () => {
    while (!closed) {
      for (const upstreamNamespace of namespaces) await placeIn(upstreamNamespace).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, intervalMs));
    }
  })();
  return {
    add: (upstreamNamespace) => namespaces.add(upstreamNamespace),
    close: () => {
      closed = true;
      return rounds;
    },
  };
}
