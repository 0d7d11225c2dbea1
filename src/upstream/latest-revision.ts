import type { UpstreamTransport } from './upstream-client.ts';

const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/**
 * The resourceVersion that a list of the collection at `path` shows now, by a consistent read of one object; undefined where it has none
 * that could be compared (KEP-5504), or where it is refused. @throws UpstreamError when upstream cannot be reached
 */
export async function latestRevision(upstream: Pick<UpstreamTransport, 'request'>, path: string): Promise<number | undefined> {
  const { status, body } = await upstream.request({ method: 'GET', path, query: { limit: 1 }, headers: { accept: METADATA_LIST } });
  if (status !== 200) return undefined;
  const { metadata } = JSON.parse(body.toString('utf8')) as { metadata?: { resourceVersion?: string } };
  return /^[1-9]\d*$/.test(metadata?.resourceVersion ?? '') ? Number(metadata!.resourceVersion) : undefined;
}
