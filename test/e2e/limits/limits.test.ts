/** `spec.limits`: rates, long-running requests, what a tenant is told, and that nobody else feels it. */
import assert from 'node:assert/strict';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { KubeClient } from '../../../src/launch/kube/kube-client.ts';
import { type Cluster, readKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';
import type { TenantLimits } from '../../../src/tenants/tenant.ts';
import { makeTenant } from '../../helpers/make-tenant.ts';
import { type Answer, type OpenExchange, openExchange } from '../../helpers/open-exchange.ts';
import { openWatch } from '../../helpers/open-watch.ts';
import { readLimitMetric } from '../../helpers/read-limit-metric.ts';
import { sharedStack } from '../../helpers/shared-stack.ts';
import type { Stack } from '../../helpers/stack.ts';
import { type FakeNode, startFakeNode } from '../inflight-limit/fake-node.ts';

const TENANT = 'limit2';
const OTHER = 'demo02';
const DEFAULT = '/api/v1/namespaces/default';
const CONFIG_MAPS = `${DEFAULT}/configmaps`;

describe('limits of a tenant', () => {
  let stack: Stack;
  let cluster: Cluster;
  let other: Cluster;
  const open: OpenExchange[] = [];
  /** Of upgraded connections. */
  const sockets: Duplex[] = [];

  before(async function () {
    this.timeout(90_000);
    stack = await sharedStack();
    await makeTenant(stack, TENANT, { 'tce.kubezoo/max-requests-inflight': '300' });
    cluster = readKubeconfig(stack.kubeconfig({ tenant: TENANT }));
    other = readKubeconfig(stack.kubeconfig({ tenant: OTHER }));
  });
  afterEach(async () => {
    for (const exchange of open.splice(0)) exchange.cut();
    for (const socket of sockets.splice(0)) socket.destroy();
    await waitUntil('nothing to be open any more', async () => (await metric('kubezoo_long_running_requests')) === 0, {
      timeoutMs: 20_000,
    });
  });
  after(() => stack?.mustKubectl(['delete', 'tenant', TENANT], 'operator'));

  const get = (path = DEFAULT, as = cluster): Promise<Answer> => openExchange(as, path).answer();
  const metric = (name: string, labels = '') => readLimitMetric(stack.endpoints.admin, name, `tenant="${TENANT}"${labels}`);
  const policyOf = async () => String((await get()).headers['ratelimit-policy']);

  /** In force within a second, as an answer's own headers say. */
  async function setLimits(limits: TenantLimits, policy: RegExp): Promise<void> {
    const patch = JSON.stringify({ spec: { limits: { ...NONE, ...limits } } });
    await stack.mustKubectl(['patch', 'tenant', TENANT, '--type=merge', '-p', patch], 'operator');
    await waitUntil(`the policy ${policy}`, async () => policy.test(await policyOf()), { timeoutMs: 1000, intervalMs: 50 });
  }
  const NONE = { maxRequestsInflight: null, requestsPerSecond: null, burst: null, maxLongRunning: null };

  function assertTooMany(answer: Answer, words: RegExp): number {
    assert.equal(answer.status, 429, answer.body);
    const { kind, reason, code, message, details } = JSON.parse(answer.body);
    assert.deepEqual({ kind, reason, code }, { kind: 'Status', reason: 'TooManyRequests', code: 429 });
    assert.match(message, words);
    assert.doesNotMatch(answer.body, new RegExp(`${TENANT}-|kubezoo:`));
    assert.equal(String(details.retryAfterSeconds), answer.headers['retry-after']);
    assert.ok(details.retryAfterSeconds >= 1);
    return details.retryAfterSeconds;
  }

  /** With a header that only Envoy may set. */
  const forged = () => openExchange(cluster, DEFAULT, { method: 'GET', headers: { 'x-kubezoo-held': 'rate;100000' } }).answer();
  /** Exchanges that the sidecar has seen to their end, whoever's. */
  async function asked(): Promise<number> {
    const text = await (await fetch(`${stack.endpoints.admin}/metrics`)).text();
    const counts = text.matchAll(/^kubezoo_request_duration_seconds_count\{.*code="(?:200|429)"\} (\d+)$/gm);
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  it('are told with each answer; the spec goes before the annotation, and a field of it that is taken away leaves that', async () => {
    assert.match(await policyOf(), /^"inflight";q=300;qu="concurrent-requests"$/);
    await setLimits({ maxRequestsInflight: 7 }, /^"inflight";q=7;/);
    const { headers } = await get();
    assert.match(String(headers.ratelimit), /^"inflight";r=[0-6]$/);
    await setLimits({}, /^"inflight";q=300;/);
    const { stderr } = await stack.kubectl(
      ['patch', 'tenant', TENANT, '--type=merge', '-p', '{"spec":{"limits":{"burst":0}}}'],
      'operator',
    );
    assert.match(stderr, /spec.limits.burst/);
  });

  it('a rate: a burst passes, what is more is told when to come again, and may then; the other tenant does not notice', async () => {
    await setLimits({ requestsPerSecond: 5, burst: 20 }, /"rate";q=20;w=4/);
    const refusedBefore = await metric('kubezoo_limited_requests_total', ',limit="rate"');
    // Above all that can have come back meanwhile.
    const answers = await Promise.all(Array.from({ length: 60 }, () => get()));
    const refused = answers.filter(({ status }) => status === 429);
    assert.ok(refused.length >= 20 && refused.length < 60, `${refused.length} of 60 refused`);
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200, 429]));
    const wait = assertTooMany(refused.at(-1)!, /5 a second \(requestsPerSecond\), and 20 at once \(burst\)/);
    assert.match(String(refused.at(-1)!.headers.ratelimit), /^"inflight";r=\d+, "rate";r=\d+;t=[1-4]$/);
    // What Envoy has refused meanwhile the sidecar learns with the next request that comes to it.
    const counted = async () => (await get()).status === 200 && (await metric('kubezoo_limited_requests_total', ',limit="rate"'));
    await waitUntil('all refusals to be counted', async () => Number(await counted()) - refusedBefore >= refused.length, {
      timeoutMs: 10_000,
    });
    assert.equal(await metric('kubezoo_tenant_limit', ',limit="rate"'), 5);
    const others = await Promise.all(Array.from({ length: 60 }, () => get(DEFAULT, other)));
    assert.deepEqual(new Set(others.map(({ status }) => status)), new Set([200]));
    // Not a wait for a condition: that this long is enough is what is told.
    await delay(wait * 1000);
    assert.equal((await get()).status, 200);
  });

  it('a flood above the rate is refused by Envoy in the words of the sidecar, which is asked no more often than there may be something to give', async () => {
    await setLimits({ requestsPerSecond: 2, burst: 4 }, /"rate";q=4;w=2/);
    const askedBefore = await asked();
    const answers: Answer[] = [];
    const startedAt = performance.now();
    for (let count = 0; count < 60; count += 1) answers.push(...(await Promise.all(Array.from({ length: 4 }, () => forged()))));
    const seconds = (performance.now() - startedAt) / 1000;
    const refused = answers.filter(({ status }) => status === 429);
    assert.ok(refused.length > 200, `${refused.length} of 240 refused`);
    // Each answer lets as many through as were sent at once; there is one for each token, and one between two.
    const most = 4 * (4 + 2 * 2 * seconds + 2);
    const seen = (await asked()) - askedBefore;
    assert.ok(seen <= most, `the sidecar saw ${seen} of 240 in ${seconds.toFixed(1)} s, at most ${most.toFixed(0)}`);
    for (const answer of refused) {
      assertTooMany(answer, /2 a second/);
      // What Envoy says is what the sidecar said last, by whose audit id it is found.
      const names = (headers: Answer['headers']) => Object.keys(headers).sort();
      assert.deepEqual(names(answer.headers), names(refused[0]!.headers));
      assert.match(String(answer.headers.ratelimit), /"rate";r=0/);
    }
    assert.equal((await get(DEFAULT, other)).status, 200);
    assert.ok((await metric('kubezoo_limited_requests_total', ',limit="rate"')) < 100_000, 'a client cannot say what was refused');
  });

  it('a rate leaves kubectl room beside a controller that writes as fast as it can', async () => {
    await setLimits({ requestsPerSecond: 20, burst: 40 }, /"rate";q=40;w=2/);
    const writer = new KubeClient(cluster);
    let isOver = false;
    let refused = 0;
    const runaway = async () => {
      while (!isOver) {
        const { status } = await writer.request('PATCH', `${CONFIG_MAPS}/none`, { body: {}, contentType: 'application/merge-patch+json' });
        if (status === 429) refused += 1;
      }
    };
    const writing = Promise.all(Array.from({ length: 4 }, runaway));
    await waitUntil('the writer to be over its rate', () => refused > 40, { timeoutMs: 20_000 });
    // Of the burst nothing is left at first; what is kept for reads comes back before the writer gets its whole rate.
    const tokensLeft = async () => Number(/"rate";r=(\d+)/.exec(String((await get()).headers.ratelimit))?.[1]);
    await waitUntil('what is kept for reads', async () => (await tokensLeft()) >= 3, { timeoutMs: 10_000, intervalMs: 250 });
    const statuses: number[] = [];
    for (let count = 0; count < 12; count += 1) {
      statuses.push((await get()).status);
      await delay(150);
    }
    const { code, stderr } = await stack.kubectl(['get', 'configmaps', '-o', 'name'], { tenant: TENANT });
    isOver = true;
    await writing;
    writer.close();
    assert.deepEqual(statuses, Array(12).fill(200));
    assert.equal(code, 0, stderr);
  });

  it('long-running requests have a cap of their own: watches in a namespace, over all, and sessions with containers', async () => {
    const upstream = stack.client('upstream');
    let node: FakeNode | undefined;
    try {
      node = await startFakeNode(stack, upstream, `${TENANT}-default`);
      await setLimits({ maxLongRunning: 3 }, /^"inflight"/);
      const exec = () => {
        const exchange = openExchange(cluster, `${DEFAULT}/pods/held/exec?command=sh&stdin=true`, {
          method: 'POST',
          headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' },
          body: '',
        });
        exchange.sent.once('upgrade', (_, socket: Duplex) => sockets.push(socket.on('error', () => {})));
        open.push(exchange);
        return exchange;
      };
      const watches = [await openWatch(cluster, CONFIG_MAPS), await openWatch(cluster, '/api/v1/configmaps')];
      const session = exec();
      assert.equal((await session.response).statusCode, 101);
      const words = /it may have 3 watches, .* open at a time \(maxLongRunning\)/;
      for (const path of [`${CONFIG_MAPS}?watch=1`, '/api/v1/configmaps?watch=1', `${DEFAULT}/pods/held/log?follow=true`]) {
        assertTooMany(await get(path), words);
      }
      assertTooMany(await exec().answer(), words);
      assert.equal(await metric('kubezoo_long_running_requests'), 3);
      assert.equal((await get()).status, 200, 'what is short is not held up');
      assert.equal((await get(CONFIG_MAPS)).status, 200);
      (await openWatch(other, CONFIG_MAPS)).close();
      sockets.pop()!.destroy();
      await waitUntil('the session to be over', async () => (await metric('kubezoo_long_running_requests')) === 2, { timeoutMs: 20_000 });
      watches.push(await openWatch(cluster, '/api/v1/configmaps'));
      assertTooMany(await get(`${CONFIG_MAPS}?watch=1`), words);
      for (const watch of watches) watch.close();
      await waitUntil('all to be over', async () => (await metric('kubezoo_long_running_requests')) === 0, { timeoutMs: 20_000 });
    } finally {
      await node?.close();
      upstream.close();
    }
  });
});
