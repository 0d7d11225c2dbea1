import { toUpstreamToken } from './continue-token.ts';
import type { KubeObject, UpstreamClient } from './upstream-client.ts';
import { isUpstreamError, upstreamErrorFrom } from './upstream-error.ts';

/** A tenant owns few objects of a kind as a rule, and what is read beyond them is thrown away. */
const FIRST_PAGE_SIZE = 20;
const PAGE_SIZE = 500;
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/**
 * Metadata of the cluster-scoped objects at `path` (a collection) whose name begins with `prefix`, in one cheap read:
 * objects lie in etcd in order of name, so a page that is asked to go on at `prefix` holds them first, and the first
 * name beyond ends it. A server that refuses the made-up cursor, or ignores it, is read from the beginning.
 */
export async function listByPrefix(upstream: UpstreamClient, path: string, prefix: string): Promise<KubeObject[]> {
  return await listFrom(upstream, path, prefix, METADATA_LIST);
}

/** As `listByPrefix`, of a namespaced kind: the objects in all namespaces whose name begins with `prefix`. */
export async function listInNamespacesByPrefix(upstream: UpstreamClient, path: string, prefix: string): Promise<KubeObject[]> {
  return await listFrom(upstream, path, prefix, METADATA_LIST, ({ metadata }) => metadata.namespace ?? '');
}

/** As `listByPrefix`, the objects whole. */
export async function listWholeByPrefix<T extends KubeObject>(upstream: UpstreamClient, path: string, prefix: string): Promise<T[]> {
  return (await listFrom(upstream, path, prefix, 'application/json')) as T[];
}

/** What of an object the prefix is looked for in: that by which etcd orders them. */
type KeyOf = (object: KubeObject) => string;

async function listFrom(
  upstream: UpstreamClient,
  path: string,
  prefix: string,
  accept: string,
  keyOf: KeyOf = ({ metadata }) => metadata.name,
): Promise<KubeObject[]> {
  try {
    return await readFrom(upstream, path, prefix, accept, keyOf, toUpstreamToken({ revision: -1, start: prefix }));
  } catch (thrown) {
    if (!isUpstreamError(thrown, 'BadRequest', 'Expired', 'Gone', 'Invalid')) throw thrown;
    return await readFrom(upstream, path, prefix, accept, keyOf, undefined);
  }
}

async function readFrom(
  upstream: UpstreamClient,
  path: string,
  prefix: string,
  accept: string,
  keyOf: KeyOf,
  start: string | undefined,
): Promise<KubeObject[]> {
  const found: KubeObject[] = [];
  let cursor = start;
  let limit = start === undefined ? PAGE_SIZE : FIRST_PAGE_SIZE;
  do {
    const response = await upstream.request({
      method: 'GET',
      path,
      query: { limit, continue: cursor },
      headers: { accept },
    });
    if (response.status !== 200) throw upstreamErrorFrom(response.status, response.body);
    const page = JSON.parse(response.body.toString('utf8')) as { items?: KubeObject[]; metadata?: { continue?: string } };
    const items = page.items ?? [];
    found.push(...items.filter((item) => keyOf(item).startsWith(prefix)));
    // Only a reading that began at the prefix is known to be in order of name.
    const beyond = start !== undefined && items.some((item) => keyOf(item) > prefix && !keyOf(item).startsWith(prefix));
    limit = PAGE_SIZE;
    cursor = beyond ? undefined : page.metadata?.continue;
  } while (cursor);
  return found;
}
