/** However many clients and tenants watch everything of a kind, upstream serves one watch; and the metrics say so. */
import assert from 'node:assert/strict';
import { readKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { samplesOf } from '../../helpers/prometheus-text.ts';
import { sharedStack } from '../../helpers/shared-stack.ts';
import type { Stack } from '../../helpers/stack.ts';
import { countUpstreamWatches, growthOf } from '../../helpers/upstream-watches.ts';
import { openCollectionWatch } from './support/open-collection-watch.ts';

/** Of which no other test and no part of the gateway has watches. */
const PATH = '/apis/policy/v1/poddisruptionbudgets';
const TENANTS = ['demo01', 'demo02'] as const;
const EACH = 4;

describe('watches of everything of a kind', () => {
  let stack: Stack;
  before(async () => {
    stack = await sharedStack();
  });

  async function hub(metric: string): Promise<number> {
    const response = await fetch(`${stack.endpoints.admin}/metrics`);
    const [sample] = samplesOf(await response.text(), `kubezoo_hub_${metric}`);
    assert.ok(sample, metric);
    return sample.value;
  }

  const hubNow = async () => ({ streams: await hub('streams'), tenants: await hub('tenants'), clients: await hub('clients') });

  it('are one watch upstream, and are counted', async () => {
    const upstream = stack.client('upstream');
    const [watchesBefore, before] = [await countUpstreamWatches(upstream), await hubNow()];
    const clusters = TENANTS.map((tenant) => readKubeconfig(stack.kubeconfig({ tenant })));
    const watches = await Promise.all(
      clusters.flatMap((cluster) => Array.from({ length: EACH }, () => openCollectionWatch(cluster, PATH))),
    );
    const expected = { streams: before.streams + 1, tenants: before.tenants + 2, clients: before.clients + 2 * EACH };
    await waitUntil('the clients to be counted', async () => (await hub('clients')) === expected.clients, { timeoutMs: 10_000 });
    assert.deepEqual(await hubNow(), expected);
    const grown = growthOf(watchesBefore, await countUpstreamWatches(upstream));
    assert.equal(grown.get('poddisruptionbudgets'), 1);

    const bytesBefore = await hub('upstream_bytes_total');
    const path = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
    const tenant = stack.client({ tenant: 'demo01' });
    const body = { metadata: { name: 'shared-watch' }, spec: { minAvailable: 1, selector: { matchLabels: { app: 'none' } } } };
    const made = await tenant.request('POST', path, { body });
    assert.equal(made.status, 201, made.body);
    await Promise.all(watches.slice(0, EACH).map((watch) => watch.waitFor('ADDED', 'default/shared-watch')));
    await tenant.request('DELETE', `${path}/shared-watch`);
    await Promise.all(watches.slice(0, EACH).map((watch) => watch.waitFor('DELETED', 'default/shared-watch')));
    for (const watch of watches.slice(EACH)) assert.deepEqual(watch.changes(), []);
    // Of other kinds, which nobody watches any more, some may go meanwhile.
    assert.ok((await hub('ring_events')) >= 2);
    assert.ok((await hub('upstream_bytes_total')) > bytesBefore);

    for (const watch of watches) {
      assert.equal(watch.leak(), undefined);
      watch.close();
    }
    await waitUntil('the clients to be gone', async () => (await hub('clients')) === before.clients, { timeoutMs: 10_000 });
    tenant.close();
    upstream.close();
  });
});
