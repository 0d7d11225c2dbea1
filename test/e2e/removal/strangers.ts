/** Objects that only look as if they were the tenant's: the platform's, and another tenant's. */
import assert from 'node:assert/strict';
import type { KubeClient } from '../../../src/launch/kube/kube-client.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import type { Stack } from '../../helpers/stack.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const NEIGHBOUR = 'demo02';

export interface Strangers {
  /** Asserts that all are there, none on its way out. */
  assertUntouched(): Promise<void>;
  remove(): Promise<void>;
}

function definition(plural: string, group: string) {
  const kind = `${plural[0]!.toUpperCase()}${plural.slice(1)}`;
  const names = { plural, singular: plural, kind, listKind: `${kind}List` };
  const schema = { openAPIV3Schema: { type: 'object' } };
  return {
    metadata: { name: `${plural}.${group}` },
    spec: { group, scope: 'Cluster', names, versions: [{ name: 'v1', served: true, storage: true, schema }] },
  };
}

export async function makeStrangers(stack: Stack, id: string): Promise<Strangers> {
  const [platform, neighbour] = [stack.client('upstream'), stack.client({ tenant: NEIGHBOUR })];
  const upstreamPaths: string[] = [];
  const must = async (client: KubeClient, path: string, body: { metadata: { name: string } }) => {
    const answer = await client.request('POST', path, { body });
    assert.ok(answer.status < 300, `${path}: ${answer.body}`);
  };
  const make = async (collection: string, name: string, body: object = {}) => {
    await must(platform, collection, { metadata: { name }, ...body });
    upstreamPaths.push(`${collection}/${name}`);
  };
  // The id begins them, or stands in them, but no dash ends it.
  for (const name of [`${id}x-ns`, `${id}x`, id, `x${id}-ns`, `x-${id}-ns`]) {
    await make('/api/v1/namespaces', name);
    await make(`/api/v1/namespaces/${name}/configmaps`, `${id}-config`);
    await make(`${RBAC}/clusterroles`, name, { rules: [] });
  }
  await make(`${RBAC}/clusterroles`, `kubezoo:${id}x:something`, { rules: [] });
  const platformGroup = `x.${id}-acme.io`;
  await make(DEFINITIONS, `things.${platformGroup}`, definition('things', platformGroup));
  await make(DEFINITIONS, `${id}-things.platform.example`, {
    ...definition(`${id}-things`, 'platform.example'),
    spec: {
      ...definition('things', 'platform.example').spec,
      names: { plural: `${id}-things`, singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
    },
  });
  // Another tenant's, in a group of its own: there it may call things as it likes.
  await must(neighbour, DEFINITIONS, definition('gadgets', 'removal.io'));
  upstreamPaths.push(`${DEFINITIONS}/gadgets.${NEIGHBOUR}-removal.io`);
  const gadget = { metadata: { name: `${id}-gadget` } };
  const made = async () =>
    (await neighbour.request('POST', '/apis/removal.io/v1/gadgets', { body: { apiVersion: 'removal.io/v1', kind: 'Gadgets', ...gadget } }))
      .status === 201;
  await waitUntil('gadgets to be served', made, { timeoutMs: 20_000 });
  upstreamPaths.push(`/apis/${NEIGHBOUR}-removal.io/v1/gadgets/${id}-gadget`);
  const uidOf = async (path: string) => {
    const { status, body } = await platform.request('GET', path);
    assert.equal(status, 200, `${path}: ${body}`);
    const { metadata } = JSON.parse(body) as { metadata: { uid: string; deletionTimestamp?: string } };
    assert.equal(metadata.deletionTimestamp, undefined, path);
    return metadata.uid;
  };
  const uids = new Map<string, string>();
  for (const path of upstreamPaths) uids.set(path, await uidOf(path));
  return {
    async assertUntouched() {
      for (const [path, uid] of uids) assert.equal(await uidOf(path), uid, path);
    },
    async remove() {
      for (const path of upstreamPaths.toReversed()) await platform.request('DELETE', path);
      platform.close();
      neighbour.close();
    },
  };
}
