import type { KubeObject, UpstreamClient } from '../../upstream/upstream-client.ts';
import { isUpstreamError } from '../../upstream/upstream-error.ts';

/** Asks upstream to delete each object, of the very uid that was listed, unless it is already on its way out. */
export async function deleteAll(upstream: UpstreamClient, collectionPath: string, objects: readonly KubeObject[]): Promise<void> {
  for (const { metadata } of objects) {
    if (metadata.deletionTimestamp) continue;
    try {
      await upstream.delete(`${collectionPath}/${encodeURIComponent(metadata.name)}`, { ...(metadata.uid && { uid: metadata.uid }) });
    } catch (thrown) {
      // Gone since the list; or gone and made anew, which the next list shows.
      if (!isUpstreamError(thrown, 'NotFound', 'Conflict')) throw thrown;
    }
  }
}
