import type { KubeClient } from './kube-client.ts';

/** Server-side apply of each object at its path. Throws an Error with upstream's own words when one is refused. */
export async function applyObjects(
  client: KubeClient,
  objects: readonly { path: string; object: unknown }[],
  signal?: AbortSignal,
): Promise<void> {
  for (const { path, object } of objects) {
    const { status, body } = await client.request('PATCH', `${path}?fieldManager=kubezoo-launcher&force=true`, {
      body: object,
      contentType: 'application/apply-patch+yaml',
      signal,
    });
    if (status >= 300) throw new Error(`upstream refuses ${path} (${status}): ${body}`);
  }
}
