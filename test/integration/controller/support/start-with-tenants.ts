import { reconcile } from '../../../../src/controller/reconcile.ts';
import { openEtcdStore } from '../../../../src/tenants/etcd-store.ts';
import { startCluster, type TestCluster } from './cluster.ts';
import { makeCredentialSettings, newTenant } from './controller-fixture.ts';
import { installPlatform } from './install-platform.ts';

/** A cluster with the platform's objects, and in it the tenants `demo01` and `demo02` as the controller makes them. */
export async function startWithTenants(): Promise<TestCluster> {
  const cluster = await startCluster();
  const { admin } = cluster;
  await installPlatform(admin);
  const store = openEtcdStore({ endpoints: [cluster.etcdUrl], prefix: '/kubezoo/' });
  const credentials = await makeCredentialSettings(`${cluster.folder}/gateway`);
  for (const name of ['demo01', 'demo02']) {
    await store.create(newTenant(name));
    await reconcile({ store, upstream: admin, credentials, platformInstalled: () => true }, name);
  }
  await store.close();
  return cluster;
}
