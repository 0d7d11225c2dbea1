/** Two gateways, one limit: each has its part, and one that is gone leaves it to the other. */
import assert from 'node:assert/strict';
import type { Cluster } from '../../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import { makeTenant } from '../../helpers/make-tenant.ts';
import { type OpenExchange, openExchange } from '../../helpers/open-exchange.ts';
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
    const admin = gateway === gateways[0] ? stack.endpoints.admin : replica.adminUrl;
    const count = await waitUntil(
      'every request to be in or refused',
      async () => {
        const text = await (await fetch(`${admin}/metrics`)).text();
        const inflight = Number(new RegExp(`^kubezoo_requests_inflight\\{tenant="${TENANT}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
        return inflight + refused.size === asked.length && { inflight };
      },
      { timeoutMs: 20_000, intervalMs: 20 },
    );
    return count.inflight;
  }

  async function release(): Promise<void> {
    for (const exchange of open.splice(0)) exchange.cut();
    for (const admin of [stack.endpoints.admin, replica.adminUrl]) {
      await waitUntil(
        'all to be given back',
        async () => {
          const answer = await fetch(`${admin}/metrics`, { signal: AbortSignal.timeout(1000) }).catch(() => undefined);
          return answer === undefined || !(await answer.text()).includes(`kubezoo_requests_inflight{tenant="${TENANT}"}`);
        },
        { timeoutMs: 20_000 },
      );
    }
  }

  it('each has half of it, at the same time', async () => {
    assert.deepEqual([await capacityOf(gateways[0]!), await capacityOf(gateways[1]!)], [LIMIT / 2, LIMIT / 2]);
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
          await releaseOf(gateways[0]!);
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
        await releaseOf(gateways[0]!);
        return count === LIMIT;
      },
      { timeoutMs: 3000, intervalMs: 50 },
    );
  });

  /** Of the first gateway alone: the other may not answer. */
  async function releaseOf(gateway: Cluster): Promise<void> {
    assert.equal(gateway, gateways[0]);
    for (const exchange of open.splice(0)) exchange.cut();
    await waitUntil(
      'all to be given back',
      async () =>
        !(await (await fetch(`${stack.endpoints.admin}/metrics`)).text()).includes(`kubezoo_requests_inflight{tenant="${TENANT}"}`),
      { timeoutMs: 20_000 },
    );
  }
});
