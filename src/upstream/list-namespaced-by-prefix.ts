import { toUpstreamToken } from './continue-token.ts';
import type { KubeObject, UpstreamClient } from './upstream-client.ts';
import { isUpstreamError, upstreamErrorFrom } from './upstream-error.ts';

const PAGE_SIZE = 250;
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

interface Page<T> {
  /** Null where a page is empty. */
  readonly items?: T[] | null;
  readonly metadata?: { readonly continue?: string };
}

/**
 * The objects at `path` (a collection over all namespaces) whose namespace begins with `prefix`, as they are at one moment: they are neighbours in
 * etcd, so it is one range that is read. As listByPrefix. Throws UpstreamError.
 */
export async function listNamespacedByPrefix<T extends KubeObject>(
  upstream: UpstreamClient,
  path: string,
  prefix: string,
  { metadataOnly = false } = {},
): Promise<T[]> {
  const isOwn = ({ metadata }: KubeObject) => metadata.namespace?.startsWith(prefix) === true;
  try {
    return await readRange<T>(upstream, path, prefix, metadataOnly, isOwn);
  } catch (thrown) {
    if (!isUpstreamError(thrown, 'BadRequest', 'Expired', 'Gone', 'Invalid')) throw thrown;
    return (await upstream.list<T>(path, { metadataOnly })).items.filter(isOwn);
  }
}

async function readRange<T extends KubeObject>(
  upstream: UpstreamClient,
  path: string,
  prefix: string,
  metadataOnly: boolean,
  isOwn: (object: KubeObject) => boolean,
): Promise<T[]> {
  const found: T[] = [];
  let cursor: string | undefined = toUpstreamToken({ revision: -1, start: prefix });
  while (cursor) {
    const headers = { accept: metadataOnly ? METADATA_LIST : 'application/json' };
    const response = await upstream.request({ method: 'GET', path, query: { limit: PAGE_SIZE, continue: cursor }, headers });
    if (response.status !== 200) throw upstreamErrorFrom(response.status, response.body);
    const page = JSON.parse(response.body.toString('utf8')) as Page<T>;
    const items = page.items ?? [];
    const own = items.filter(isOwn);
    found.push(...own);
    // The first that is somebody else's ends it.
    cursor = own.length < items.length ? undefined : page.metadata?.continue;
  }
  return found;
}
