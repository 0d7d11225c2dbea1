import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DISMANTLE, ESTABLISH, reconcile } from '../../../src/controller/reconcile.ts';
import { DEFAULT_ROLES } from '../../../src/controller/roles/default-roles.ts';
import type { CredentialSettings, Step } from '../../../src/controller/steps/step.ts';
import { type EtcdTenantStore, openEtcdStore } from '../../../src/tenants/etcd-store.ts';
import type { KubeObject } from '../../../src/upstream/upstream-client.ts';
import { eventually } from '../tenant-api/support/eventually.ts';
import { startCluster, type TestCluster } from './support/cluster.ts';
import { makeCredentialSettings, newTenant } from './support/controller-fixture.ts';
import { fillTenant, namesOf } from './support/fill-tenant.ts';
import { installPlatform } from './support/install-platform.ts';

/** Short, as the successor of a leader that is killed or paused has to wait for its end. */
const LEASE_SECONDS = 2;

describe('a controller that ends at any moment', function () {
  this.timeout(120_000);
  let cluster: TestCluster;
  let store: EtcdTenantStore;
  let credentials: CredentialSettings & { kubeconfigDir: string };

  before(async () => {
    cluster = await startCluster();
    store = openEtcdStore({ endpoints: [cluster.etcdUrl], prefix: '/kubezoo/' });
    credentials = await makeCredentialSettings(`${cluster.folder}/gateway`);
  });
  after(async () => {
    await store.close();
    await cluster.stop();
  });

  async function markDeleted(name: string): Promise<void> {
    await eventually(async () => {
      const tenant = await store.get(name);
      assert.ok(tenant);
      await store.update({ ...tenant, metadata: { ...tenant.metadata, deletionTimestamp: new Date().toISOString() } });
    });
  }

  const ownedBy = (name: string) => namesOf(cluster.admin, (found) => found.includes(`${name}-`) || found.includes(`:${name}:`));

  describe('between two steps', () => {
    /** The steps, of which one, the first time, does its work and then ends the controller. */
    function cutAfter(steps: readonly Step[], index: number): Step[] {
      let cut = false;
      return steps.map((step, at) => ({
        ...step,
        async run(context) {
          const outcome = await step.run(context);
          if (at !== index || cut) return outcome;
          cut = true;
          throw new Error('cut off');
        },
      }));
    }

    async function lifeCutOffAt(name: string, index: number): Promise<void> {
      const establish = cutAfter(ESTABLISH, index);
      const dismantle = cutAfter(DISMANTLE, index);
      const deps = { store, upstream: cluster.admin, credentials, platformInstalled: () => true, establish, dismantle };
      await store.create(newTenant(name));
      if (index < establish.length) await assert.rejects(reconcile(deps, name), /cut off/);
      await reconcile(deps, name);
      assert.equal((await store.get(name))?.status?.phase, 'Ready');
      await fillTenant(cluster.admin, name, { namespaces: [`${name}-web`] });
      // What fillTenant made, four namespaces, the admins' binding, the default roles and theirs.
      assert.equal((await ownedBy(name)).length, 12 + DEFAULT_ROLES.length + 1);
      await markDeleted(name);
      await eventually(async () => {
        await reconcile(deps, name);
        assert.equal(await store.get(name), undefined);
      }, 60_000);
      assert.deepEqual(await ownedBy(name), []);
      assert.equal(existsSync(`${credentials.kubeconfigDir}/${name}.kubeconfig`), false);
    }

    it('leaves nothing behind, whichever step it was', async () => {
      await installPlatform(cluster.admin);
      await Promise.all(DISMANTLE.map((_, index) => lifeCutOffAt(`step0${index}`, index)));
    });
  });

  describe('as a process', () => {
    const running: Controller[] = [];
    afterEach(async () => {
      for (const controller of running.splice(0)) await controller.end('SIGKILL');
    });

    function start(): Controller {
      const file = `${cluster.folder}/config.json`;
      const { gatewayUrl, servingCaFile, clientCaFile, clientCaKeyFile, kubeconfigDir } = credentials;
      const config = {
        extProcSocket: '/nowhere',
        localSocket: '/nowhere',
        gatewayKubeconfig: cluster.adminKubeconfig,
        controllerKubeconfig: cluster.adminKubeconfig,
        etcdEndpoints: [cluster.etcdUrl],
        leaderLeaseSeconds: LEASE_SECONDS,
        ...{ gatewayUrl, servingCaFile, clientCaFile, clientCaKeyFile, kubeconfigDir },
      };
      writeFileSync(file, JSON.stringify(config));
      const controller = new Controller(file);
      running.push(controller);
      return controller;
    }

    const isReady = (name: string) => async () => assert.equal((await store.get(name))?.status?.phase, 'Ready');

    it('ends cleanly when told to, and another takes over at once', async () => {
      const first = start();
      await first.leads();
      const second = start();
      await store.create(newTenant('proc01'));
      await eventually(isReady('proc01'));
      const began = performance.now();
      assert.equal(await first.end('SIGTERM'), 0);
      assert.ok(performance.now() - began < 5_000);
      await second.leads(5_000);
      await store.create(newTenant('proc02'));
      await eventually(isReady('proc02'));
      assert.equal(await second.end('SIGTERM'), 0);
    });

    it('killed in the middle of a deletion, is followed by one that brings it to its end', async () => {
      const first = start();
      await first.leads();
      await store.create(newTenant('proc03'));
      await eventually(isReady('proc03'), 20_000);
      await fillTenant(cluster.admin, 'proc03', { namespaces: ['proc03-web'] });
      await markDeleted('proc03');
      await eventually(async () => assert.equal((await store.get('proc03'))?.status?.phase, 'Terminating'));
      await first.end('SIGKILL');
      const second = start();
      await second.leads(30_000);
      await eventually(async () => assert.equal(await store.get('proc03'), undefined), 30_000);
      assert.deepEqual(await ownedBy('proc03'), []);
    });

    it('paused in the middle of a deletion, writes nothing when it wakes up: the id may be another tenant’s by then', async () => {
      const first = start();
      await first.leads();
      await store.create(newTenant('proc04'));
      await eventually(isReady('proc04'), 20_000);
      await fillTenant(cluster.admin, 'proc04', { namespaces: ['proc04-web'] });
      await markDeleted('proc04');
      await eventually(async () => assert.equal((await store.get('proc04'))?.status?.phase, 'Terminating'));
      first.signal('SIGSTOP');
      const second = start();
      await second.leads(30_000);
      await eventually(async () => assert.equal(await store.get('proc04'), undefined), 30_000);
      await store.create(newTenant('proc04'));
      await eventually(isReady('proc04'), 20_000);
      const before = await stateOf('proc04');
      first.signal('SIGCONT');
      await first.says(/not leading any more/);
      assert.equal(await first.end('SIGTERM'), 0);
      assert.deepEqual(await stateOf('proc04'), before);
    });

    /** Of the tenant and each of its namespaces, which upstream has touched no more when these are the same. */
    async function stateOf(name: string): Promise<unknown> {
      const tenant = await store.get(name);
      const { items } = await cluster.admin.get<KubeObject & { items: KubeObject[] }>('/api/v1/namespaces');
      const own = items.filter(({ metadata }) => metadata.name.startsWith(`${name}-`));
      assert.equal(own.length, 4);
      return [tenant, ...own.map(({ metadata }) => [metadata.name, metadata.uid, metadata.resourceVersion])];
    }
  });
});

/** The controller in a process of its own. */
class Controller {
  readonly #child: ChildProcess;
  #log = '';

  constructor(configFile: string) {
    const run = new URL('../../../src/controller/run.ts', import.meta.url);
    const script = `import { runController } from ${JSON.stringify(run.href)}; await runController(${JSON.stringify(configFile)});`;
    const cwd = fileURLToPath(new URL('../../..', import.meta.url));
    this.#child = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream?.on('data', (chunk: Buffer) => (this.#log += chunk.toString()));
  }

  async leads(timeoutMs = 20_000): Promise<void> {
    await eventually(() => assert.match(this.#log, /"leading"/, this.#log), timeoutMs);
  }

  async says(text: RegExp): Promise<void> {
    await eventually(() => assert.match(this.#log, text, this.#log), 20_000);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill(signal);
      await once(this.#child, 'exit');
    }
    return this.#child.exitCode;
  }
}
