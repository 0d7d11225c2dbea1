import assert from 'node:assert/strict';
import type { Cluster } from '../../../../src/launch/kube/kubeconfig.ts';
import { type Collection, tenantItem, upstreamSelector } from './collection.ts';
import { type Item, stateOf } from './forms.ts';
import { LEAK, type Listed, readList, withQuery } from './read-list.ts';

/** `fieldSelector` as upstream is to be asked, `labelSelector` as the tenant says it. */
export interface Selectors {
  readonly fieldSelector?: string | undefined;
  readonly labelSelector?: string | undefined;
}

/** What the cluster's admin reads in the whole collection at one revision, less what is not the tenant's, under the tenant's names. */
export async function upstreamItems(
  upstream: Cluster,
  tenantId: string,
  collection: Collection,
  resourceVersion: string,
  selectors: Selectors = {},
): Promise<Item[]> {
  const { fieldSelector, labelSelector } = selectors;
  const path = withQuery(collection.upstreamPath(tenantId), {
    fieldSelector,
    labelSelector: labelSelector && upstreamSelector(collection, tenantId, labelSelector),
    resourceVersion,
    resourceVersionMatch: 'Exact',
  });
  const { items } = await readList(upstream, path, { form: 'PartialObjectMetadata' });
  return items.flatMap((item) => tenantItem(collection, tenantId, item) ?? []);
}

/** Asserts that a tenant's list is upstream's at the list's own revision: the same objects in the same states and order. */
export async function assertAsUpstream(
  upstream: Cluster,
  tenantId: string,
  collection: Collection,
  listed: Listed,
  selectors: Selectors = {},
): Promise<void> {
  assert.doesNotMatch(listed.raw, LEAK);
  assert.match(listed.resourceVersion, /^[1-9]\d*$/);
  const expected = await upstreamItems(upstream, tenantId, collection, listed.resourceVersion, selectors);
  assert.deepEqual(listed.items.map(stateOf), expected.map(stateOf));
}
