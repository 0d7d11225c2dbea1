/** A tenant that is deleted takes its open watches with it. */
import assert from 'node:assert/strict';
import { readKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { makeTenant } from '../../helpers/make-tenant.ts';
import { sharedStack } from '../../helpers/shared-stack.ts';
import { CONFIG_MAPS, NAMESPACES } from './support/collection.ts';
import { openCollectionWatch } from './support/open-collection-watch.ts';
import { withQuery } from './support/read-list.ts';

const LEAVING = 'colgon';

describe('a tenant that is deleted under its own watches of everything', () => {
  it('has them ended, and the others’ go on', async function () {
    this.timeout(120_000);
    const stack = await sharedStack();
    await makeTenant(stack, LEAVING);
    const cluster = readKubeconfig(stack.kubeconfig({ tenant: LEAVING }));
    const staying = readKubeconfig(stack.kubeconfig({ tenant: 'demo01' }));
    const initial = { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: 'true' };
    const watches = await Promise.all([
      ...[CONFIG_MAPS, NAMESPACES].map(({ path }) => openCollectionWatch(cluster, path)),
      ...[CONFIG_MAPS, NAMESPACES].map(({ path }) => openCollectionWatch(cluster, withQuery(path, initial))),
    ]);
    const others = await openCollectionWatch(staying, CONFIG_MAPS.path);
    await Promise.all(watches.filter((_, index) => index % 2 === 0).map((watch) => watch.waitFor('ADDED', 'default/kube-root-ca.crt')));
    await stack.mustKubectl(['delete', 'tenant', LEAVING, '--wait=false'], 'operator');
    await waitUntil('the watches to end', () => watches.every((watch) => watch.isOver()), { timeoutMs: 60_000 });
    for (const watch of watches) {
      assert.ok(!watch.events.some(({ object }) => JSON.stringify(object).includes(LEAVING)));
      assert.equal(watch.leak(), undefined);
    }
    assert.ok(!others.isOver());
    const client = stack.client({ tenant: 'demo01' });
    const made = await client.request('POST', '/api/v1/namespaces/default/configmaps', { body: { metadata: { name: 'colgon-after' } } });
    assert.equal(made.status, 201, made.body);
    await others.waitFor('ADDED', 'default/colgon-after');
    assert.equal(others.leak(), undefined);
    others.close();
    await client.request('DELETE', '/api/v1/namespaces/default/configmaps/colgon-after');
    client.close();
    await stack.mustKubectl(['wait', '--for=delete', `tenant/${LEAVING}`, '--timeout=90s'], 'operator');
  });
});
