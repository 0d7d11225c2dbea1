import { pause } from './pause.ts';
import type { KubeObject, Query, UpstreamClient } from './upstream-client.ts';
import { isUpstreamError } from './upstream-error.ts';

const FIRST_DELAY_MS = 200;
const LAST_DELAY_MS = 10_000;

export interface FollowOptions {
  readonly query?: Query;
  readonly signal: AbortSignal;
  /** True: onEvent gets whole objects, not their metadata alone. */
  readonly wholeObjects?: boolean;
  /** Each time the collection has been listed, after the events that came of it. */
  onListed?(): void;
  /** What was missed in a gap comes too; a missed DELETED with the last known name, version and labels only. */
  onEvent(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject): void;
  /** Each time it has to begin again; it goes on by itself. */
  onError(thrown: unknown): void;
}

/**
 * Lists the collection at `path`, then watches it, for ever; resolves when the signal aborts.
 * Of each object only its key and last metadata are kept.
 */
export async function follow(upstream: UpstreamClient, path: string, options: FollowOptions): Promise<void> {
  const known = new Map<string, KubeObject>();
  let resourceVersion: string | undefined;
  let failures = 0;
  while (!options.signal.aborted) {
    try {
      if (resourceVersion === undefined) {
        resourceVersion = await relist(upstream, path, options, known);
        options.onListed?.();
      }
      for await (const { type, object } of upstream.watch(path, {
        query: { ...options.query, resourceVersion },
        metadataOnly: !options.wholeObjects,
        signal: options.signal,
      })) {
        failures = 0;
        resourceVersion = object.metadata.resourceVersion ?? resourceVersion;
        if (type === 'BOOKMARK') continue;
        if (type === 'DELETED') known.delete(keyOf(object));
        else known.set(keyOf(object), lean(object));
        options.onEvent(type, object);
      }
    } catch (thrown) {
      if (options.signal.aborted) return;
      // Upstream does not know the version any more, or, restored from a backup, does not know it yet.
      if (!isUpstreamError(thrown, 'Unreachable')) resourceVersion = undefined;
      if (!isUpstreamError(thrown) || thrown.code !== 410) options.onError(thrown);
    }
    // After a watch's ordinary end too, so that an upstream that ends each at once is not asked without pause.
    await pause(Math.min(LAST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures++) * (0.5 + Math.random() / 2), options.signal);
  }
}

async function relist(upstream: UpstreamClient, path: string, options: FollowOptions, known: Map<string, KubeObject>): Promise<string> {
  const { items, resourceVersion } = await upstream.list(path, {
    ...(options.query && { query: options.query }),
    metadataOnly: !options.wholeObjects,
    signal: options.signal,
  });
  const gone = new Map(known);
  for (const object of items) {
    const before = known.get(keyOf(object));
    gone.delete(keyOf(object));
    known.set(keyOf(object), lean(object));
    if (before?.metadata.resourceVersion === object.metadata.resourceVersion) continue;
    options.onEvent(before ? 'MODIFIED' : 'ADDED', object);
  }
  for (const [key, object] of gone) {
    known.delete(key);
    options.onEvent('DELETED', object);
  }
  return resourceVersion;
}

/** Managed fields are most of an object's metadata. */
function lean({ metadata: { name, namespace, resourceVersion, labels } }: KubeObject): KubeObject {
  return { metadata: { name, ...(namespace && { namespace }), ...(resourceVersion && { resourceVersion }), ...(labels && { labels }) } };
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
