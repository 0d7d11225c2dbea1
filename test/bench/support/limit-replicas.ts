import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import type { TenantLimits } from '../../../src/tenants/tenant.ts';
import { type OpenExchange, openExchange } from '../../helpers/open-exchange.ts';
import type { Stack } from '../../helpers/stack.ts';
import { Http2Client } from './http2-client.ts';
import type { Accuracy, RateAccuracy } from './limit-accuracy.ts';

const DEFAULT = '/api/v1/namespaces/default';
const BODY = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'held-' } });
const QUIET_MS = 1500;

/** Puts the limits in the place of those that the tenant has; in force within a second. */
export async function setLimits(stack: Stack, tenantId: string, limits: TenantLimits): Promise<void> {
  const patch = JSON.stringify([{ op: 'add', path: '/spec/limits', value: limits }]);
  await stack.mustKubectl(['patch', 'tenant', tenantId, '--type=json', '-p', patch], 'operator');
  await delay(1000);
}

/**
 * Requests whose bodies do not end, at each gateway more than its part: those that get no answer are in flight. Three rounds; the most.
 * Throws where one of them is not carried out in the end.
 */
export async function measureReplicas(stack: Stack, tenantId: string, gateways: readonly Cluster[], limit: number): Promise<Accuracy> {
  await setLimits(stack, tenantId, { maxRequestsInflight: limit });
  const counts: number[] = [];
  for (let round = 0; round < 3; round += 1) counts.push(await holdMany(gateways, limit));
  return { title: `${gateways.length} gateways`, limit, most: Math.max(...counts) };
}

async function holdMany(gateways: readonly Cluster[], limit: number): Promise<number> {
  const each = Math.ceil(limit / gateways.length) + 5;
  const open = new Set<OpenExchange>();
  let changedAt = performance.now();
  for (const gateway of gateways) {
    for (let count = 0; count < each; count += 1) {
      const exchange = openExchange(gateway, `${DEFAULT}/configmaps`, { method: 'POST', headers: { 'content-type': 'application/json' } });
      exchange.sent.write(BODY.slice(0, 10));
      open.add(exchange);
      exchange.response.then(
        (response) => {
          // The others are answered when their bodies have ended.
          if (response.statusCode !== 429) return;
          open.delete(exchange);
          changedAt = performance.now();
          exchange.cut();
        },
        () => {},
      );
    }
  }
  await waitUntil('refusals to come no more', () => performance.now() - changedAt > QUIET_MS, { timeoutMs: 60_000 });
  const held = [...open];
  for (const { sent } of held) sent.end(BODY.slice(10));
  const answers = await Promise.all(held.map((exchange) => exchange.answer()));
  const created = answers.filter(({ status }) => status === 201).length;
  if (created !== held.length) throw new Error(`${held.length} requests were in flight, and ${created} carried out`);
  // The gateways know that a little later.
  await delay(500);
  return held.length;
}

/** Reads at all gateways, three times as many as the rate allows. */
export async function measureReplicaRate(
  stack: Stack,
  tenantId: string,
  gateways: readonly Cluster[],
  rate: { requestsPerSecond: number; burst: number },
  seconds: number,
): Promise<RateAccuracy> {
  await setLimits(stack, tenantId, { maxRequestsInflight: 1000, ...rate });
  const clients = await Promise.all(gateways.map((gateway) => Http2Client.open(gateway)));
  const statuses: number[] = [];
  const asked: Promise<void>[] = [];
  const begun = performance.now();
  const offeredPerSecond = 3 * rate.requestsPerSecond;
  for (let count = 0; performance.now() - begun < seconds * 1000; ) {
    const due = Math.floor(((performance.now() - begun) / 1000) * offeredPerSecond) + 2 * rate.burst;
    for (; count < due; count += 1) {
      asked.push(clients[count % clients.length]!.request('GET', DEFAULT).then(({ status }) => void statuses.push(status)));
    }
    await delay(5);
  }
  const passed = (performance.now() - begun) / 1000;
  await Promise.all(asked);
  for (const client of clients) client.close();
  const other = statuses.filter((status) => status !== 200 && status !== 429);
  if (other.length > 0) throw new Error(`answers other than 200 and 429: ${[...new Set(other)]}`);
  return {
    title: `${rate.requestsPerSecond}/s, burst ${rate.burst}, ${gateways.length} gateways`,
    seconds: passed,
    offered: statuses.length,
    admitted: statuses.filter((status) => status === 200).length,
    expected: rate.burst + rate.requestsPerSecond * passed,
  };
}
