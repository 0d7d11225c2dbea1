import type { UpstreamRequest, UpstreamTransport } from '../../../src/upstream/upstream-client.ts';

/**
 * A list at upstream that begins at the prefix: all of a tenant's objects lie there, side by side. The cursor is upstream's own
 * (k8s.io/apiserver/pkg/storage/continue.go: version, revision, where -1 is now, and first key).
 */
export function rangeRequest(path: string, prefix: string, limit: number): UpstreamRequest {
  const cursor = Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: -1, start: prefix })).toString('base64url');
  return { method: 'GET', path, query: { limit, continue: cursor } };
}

/** How many objects of the collection begin with the prefix, in their namespace or, without one, in their name. */
export async function countInRange(upstream: UpstreamTransport, path: string, prefix: string): Promise<number> {
  const { status, body } = await upstream.request(rangeRequest(path, prefix, 1000));
  if (status !== 200) throw new Error(`${path} (${status}): ${body}`);
  const { items } = JSON.parse(body.toString()) as { items: { metadata: { name: string; namespace?: string } }[] };
  const count = items.findIndex(({ metadata }) => !(metadata.namespace ?? metadata.name).startsWith(prefix));
  if (count < 0 && items.length === 1000) throw new Error(`${path}: the tenant has more than can be measured here`);
  return count < 0 ? items.length : count;
}
