/** Two gateways, one limit: each has its part, and one that is gone leaves it to the other. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { makeTenant } from '../../helpers/make-tenant.ts';
import { type OpenExchange, openExchange } from '../../helpers/open-exchange.ts';
import { readLimitMetric } from '../../helpers/read-limit-metric.ts';
import { sharedStack } from '../../helpers/shared-stack.ts';
import type { Stack } from '../../helpers/stack.ts';
import { type Replica, startReplica } from '../../helpers/start-replica.ts';

const TENANT = 'limit3';
const LIMIT = 8;
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

describe('a limit that two gateways share', () => {
  let stack: Stack;
  let replica: Replica;
  let gateways: readonly Cluster[];
  const open: OpenExchange[] = [];

  before(async function () {
    this.timeout(120_000);
    stack = await sharedStack();
    await makeTenant(stack, TENANT, { 'tce.kubezoo/max-requests-inflight': String(LIMIT) });
    replica = await startReplica(stack, 'limits');
    const cluster = replica.cluster({ tenant: TENANT });
    gateways = [{ ...cluster, server: stack.gatewayUrl }, cluster];
  });
  afterEach(() => {
    for (const exchange of open.splice(0)) exchange.cut();
  });
  after(async () => {
    await replica?.stop();
    await stack?.mustKubectl(['delete', 'tenant', TENANT], 'operator');
  });

  /** How many requests the gateway holds when it is asked for more than the limit; they are given up again. */
  async function capacityOf(gateway: Cluster): Promise<number> {
    const refused = new Set<OpenExchange>();
    const asked = Array.from({ length: LIMIT + 2 }, () => {
      const exchange = openExchange(gateway, CONFIG_MAPS, { method: 'POST', headers: { 'content-type': 'application/json' } });
      exchange.sent.write('{"metadata":');
      void exchange.response.then(
        ({ statusCode }) => statusCode === 429 && refused.add(exchange),
        () => {},
      );
      return exchange;
    });
    open.push(...asked);
    // As many as the metrics say are in; then all others have been refused.
    const index = gateways.indexOf(gateway);
    const { count } = await waitUntil(
      'every request to be in or refused',
      async () => {
        const count = await inflight(index);
        return count + refused.size === asked.length && { count };
      },
      { timeoutMs: 20_000, intervalMs: 20 },
    );
    return count;
  }

  const inflight = (index: number) =>
    readLimitMetric(index === 0 ? stack.endpoints.admin : replica.adminUrl, 'kubezoo_requests_inflight', `tenant="${TENANT}"`);

  /** Gives all up that is open. @param indexes of the gateways that answer */
  async function release(indexes: readonly number[] = [0, 1]): Promise<void> {
    for (const exchange of open.splice(0)) exchange.cut();
    for (const index of indexes) {
      await waitUntil('all to be given back', async () => (await inflight(index)) === 0, { timeoutMs: 20_000 });
    }
  }

  it('each has half of it, at the same time', async () => {
    assert.deepEqual([await capacityOf(gateways[0]!), await capacityOf(gateways[1]!)], [LIMIT / 2, LIMIT / 2]);
    await release();
  });

  it('a limit of one goes round: clients that stay with a gateway are served at each, and never more than one at a time', async () => {
    const annotate = (limit: number) =>
      stack.mustKubectl(['annotate', '--overwrite', 'tenant', TENANT, `tce.kubezoo/max-requests-inflight=${limit}`], 'operator');
    await annotate(1);
    const policyOf = async (gateway: Cluster) => String((await openExchange(gateway, CONFIG_MAPS).answer()).headers['ratelimit-policy']);
    for (const gateway of gateways) {
      await waitUntil('the limit of one', async () => (await policyOf(gateway)).startsWith('"inflight";q=1;'), { timeoutMs: 5000 });
    }
    const served = [0, 0];
    let most = 0;
    const client = async (gateway: Cluster, index: number) => {
      while (served[index]! < 3) {
        const exchange = openExchange(gateway, CONFIG_MAPS, { method: 'POST', headers: { 'content-type': 'application/json' } });
        exchange.sent.write('{"metadata":');
        const refused = await Promise.race([exchange.response.then(() => true), delay(150).then(() => false)]);
        if (!refused) {
          const counts = [await inflight(0), await inflight(1)];
          most = Math.max(most, counts[0]! + counts[1]!);
          // It may not have been looked at yet.
          if (counts[index] === 1) served[index]! += 1;
        }
        exchange.cut();
        await delay(50);
      }
    };
    await Promise.all(gateways.map(client));
    assert.equal(most, 1);
    await annotate(LIMIT);
    for (const gateway of gateways) {
      await waitUntil('the limit as it was', async () => (await policyOf(gateway)).startsWith(`"inflight";q=${LIMIT};`), {
        timeoutMs: 5000,
      });
    }
    await release();
  });

  it('one that does not move any more loses its half when its lease ends, and has it again when it is back', async () => {
    const { pid } = replica.sidecar;
    replica.sidecar.kill('SIGSTOP');
    const frozenAt = performance.now();
    try {
      await waitUntil(
        'the other to have all',
        async () => {
          const count = await capacityOf(gateways[0]!);
          await release([0]);
          return count === LIMIT;
        },
        { timeoutMs: 20_000, intervalMs: 200 },
      );
      assert.ok(performance.now() - frozenAt > 1000, 'it did not lose it at once');
    } finally {
      replica.sidecar.kill('SIGCONT');
    }
    assert.equal(replica.sidecar.pid, pid);
    await waitUntil(
      'each to have half',
      async () => {
        const counts = [await capacityOf(gateways[0]!), await capacityOf(gateways[1]!)];
        await release();
        return counts.every((count) => count === LIMIT / 2);
      },
      { timeoutMs: 20_000, intervalMs: 200 },
    );
  });

  it('one that is stopped leaves its half at once', async () => {
    await replica.stop();
    await waitUntil(
      'the other to have all',
      async () => {
        const count = await capacityOf(gateways[0]!);
        await release([0]);
        return count === LIMIT;
      },
      { timeoutMs: 3000, intervalMs: 50 },
    );
  });
});
