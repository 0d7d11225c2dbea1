/** A replica leaves: its clients go on elsewhere, and none of them sees an error. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KubeClient } from '../../../src/launch/kube/kube-client.ts';
import { type Cluster, readKubeconfig, renderKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { SILENT } from '../../../src/launch/progress.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { buildClients } from '../../helpers/build-clients.ts';
import { type Backend, type LoadBalancer, startLoadBalancer } from '../../helpers/load-balancer.ts';
import { openExchange } from '../../helpers/open-exchange.ts';
import { sharedStack } from '../../helpers/shared-stack.ts';
import type { Stack } from '../../helpers/stack.ts';
import { type Replica, startReplica } from '../../helpers/start-replica.ts';
import { Informers } from '../../soak/informers.ts';

const TENANT = 'demo01';
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const LABEL = 'drain-test';
const DELAY_SECONDS = 1;
const WRITE_EVERY_MS = 25;

describe('a gateway replica that is asked to end', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kz-drain-'));
  let stack: Stack;
  let balancer: LoadBalancer;
  let leaving: Replica;
  let [stays, goes]: Backend[] = [];
  let cluster: Cluster;
  let direct: KubeClient;

  before(async () => {
    stack = await sharedStack();
    leaving = await startReplica(stack, 'leaves', {
      config: { shutdown: { delaySeconds: DELAY_SECONDS, envoyAdminSocket: join(stack.home.runDir, 'leaves', 'envoy.sock') } },
    });
    stays = { port: Number(new URL(stack.gatewayUrl).port), adminUrl: stack.endpoints.admin };
    goes = { port: Number(new URL(leaving.gatewayUrl).port), adminUrl: leaving.adminUrl };
    balancer = await startLoadBalancer();
    cluster = { ...readKubeconfig(stack.kubeconfig({ tenant: TENANT })), server: balancer.url };
    direct = stack.client({ tenant: TENANT });
  });

  after(async () => {
    await direct?.request('DELETE', `${CONFIG_MAPS}?labelSelector=${LABEL}`);
    direct?.close();
    await balancer?.close();
    await leaving?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('sends informers and requests to another replica: no event is lost, nothing is listed anew, no request fails', async () => {
    const { clients: binary } = await buildClients(SILENT);
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, renderKubeconfig(cluster, 'balanced'), { mode: 0o600 });
    const informers = (title: string, mediaType: string) =>
      new Informers({ binary, title, mediaType, watchList: false, tenants: [{ id: TENANT, kubeconfig }], folder });
    await balancer.add(goes!);
    const watching = [informers('JSON', 'application/json'), informers('protobuf', 'application/vnd.kubernetes.protobuf')];
    const over = new AbortController();
    const statuses = new Map<number | string, number>();
    const client = new KubeClient(cluster);
    // One namespace alone: this watch goes through Envoy to upstream, the informers' are the gateway's own.
    const narrow = openExchange(cluster, `${CONFIG_MAPS}?watch=true&labelSelector=${LABEL}`, { timeoutMs: 60_000 });
    try {
      const narrowEnded = narrow.answer();
      await Promise.all(watching.map((each) => each.started()));
      const listed = () => watching.flatMap(({ observations }) => observations.flatMap(({ listings }) => listings)).length;
      const listsBefore = listed();
      assert.ok(listsBefore >= 6, 'all resources have been listed');
      const writing = keepWriting(direct, over.signal);
      const asking = keepAsking(client, statuses, over.signal);
      await waitUntil('requests', () => (statuses.get(200) ?? 0) > 20, { timeoutMs: 20_000 });
      await balancer.add(stays!);
      assert.ok(balancer.openTo(goes!) >= 4, 'all are at the replica that leaves');

      const stopped = leaving.sidecar.stop();
      await waitUntil('the replica to say that it leaves', async () => (await readiness(leaving)) === 503, {
        timeoutMs: DELAY_SECONDS * 1_000,
      });
      // Ready means ready for more: what comes now is served.
      const late = leaving.client({ tenant: TENANT });
      assert.equal((await late.request('GET', CONFIG_MAPS)).status, 200);
      late.close();
      await stopped;
      await leaving.envoy.stop();
      const before = statuses.get(200) ?? 0;
      await waitUntil('requests elsewhere', () => (statuses.get(200) ?? 0) > before + 20, { timeoutMs: 20_000 });
      over.abort();
      await asking;
      const written = await writing;

      assert.deepEqual([...statuses.keys()], [200], 'no request failed');
      const watched = await narrowEnded;
      assert.equal(watched.status, 200);
      assert.ok(watched.body.endsWith('\n'), 'its last frame is whole, as when its time is over');
      assert.equal(listed(), listsBefore, 'nothing was listed anew');
      await Promise.all(watching.map((each) => each.verify()));
      for (const each of watching) {
        assert.deepEqual(each.problems, []);
        assert.deepEqual([...each.errors], [], 'no ERROR event');
        assert.equal(each.caches, 3);
        const told = each.observations
          .flatMap(({ sessions }) => sessions)
          .flatMap(({ entries }) => entries)
          .flatMap((entry) => (entry.type === 'ADDED' ? [entry.key] : []));
        const missed = written.filter((name) => !told.includes(`default/${name}`));
        assert.deepEqual(missed, [], 'each was told by a watch');
      }
    } finally {
      over.abort();
      narrow.cut();
      client.close();
      await Promise.all(watching.map((each) => each.stop()));
    }
  });
});

/** Creates ConfigMaps straight at the stack's own gateway; resolves with their names when told to end. */
async function keepWriting(client: KubeClient, signal: AbortSignal): Promise<string[]> {
  const written: string[] = [];
  while (!signal.aborted) {
    const name = `drain-${written.length}`;
    const { status } = await client.request('POST', CONFIG_MAPS, { body: { metadata: { name, labels: { [LABEL]: '' } } } });
    assert.equal(status, 201);
    written.push(name);
    await delay(WRITE_EVERY_MS);
  }
  return written;
}

/** Asks through the load balancer, on connections that are kept; counts the answers. */
async function keepAsking(client: KubeClient, statuses: Map<number | string, number>, signal: AbortSignal): Promise<void> {
  const ask = async () => {
    while (!signal.aborted) {
      const outcome = await client.request('GET', `${CONFIG_MAPS}?limit=1`).then(
        ({ status }) => status,
        (error: unknown) => String(error),
      );
      statuses.set(outcome, (statuses.get(outcome) ?? 0) + 1);
      await delay(WRITE_EVERY_MS);
    }
  };
  await Promise.all([ask(), ask()]);
}

async function readiness({ adminUrl }: Replica): Promise<number> {
  const response = await fetch(`${adminUrl}/readyz`);
  await response.arrayBuffer();
  return response.status;
}
