/** `tce.kubezoo/max-requests-inflight`: how many requests of a tenant may be under way, and that each of them is counted off again. */
import assert from 'node:assert/strict';
import { answersWith, KubeClient } from '../../src/launch/kube/kube-client.ts';
import { type Cluster, readKubeconfig } from '../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../src/launch/wait-until.ts';
import { makeTenant } from '../helpers/make-tenant.ts';
import { type Answer, type OpenExchange, openExchange } from '../helpers/open-exchange.ts';
import { openWatch } from '../helpers/open-watch.ts';
import { awaitInflight, readInflight } from '../helpers/read-inflight.ts';
import { sharedStack } from '../helpers/shared-stack.ts';
import type { Stack } from '../helpers/stack.ts';
import { type FakeNode, startFakeNode } from './inflight-limit/fake-node.ts';
import { openSlowRead, type SlowRead } from './inflight-limit/open-slow-read.ts';

const TENANT = 'limit1';
const OTHER = 'demo02';
const ANNOTATION = 'tce.kubezoo/max-requests-inflight';
const DEFAULT = '/api/v1/namespaces/default';
const CONFIG_MAPS = `${DEFAULT}/configmaps`;
const BODY = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'held-' } });

describe('limit on requests in flight', () => {
  let stack: Stack;
  let cluster: Cluster;
  let tenant: KubeClient;
  let upstream: KubeClient;
  const open: OpenExchange[] = [];

  before(async function () {
    this.timeout(90_000);
    stack = await sharedStack();
    await makeTenant(stack, TENANT, { [ANNOTATION]: '1' });
    cluster = readKubeconfig(stack.kubeconfig({ tenant: TENANT }));
    tenant = new KubeClient(cluster);
    upstream = stack.client('upstream');
    // Later tests ask for them, after upstream's controllers were begun anew.
    for (const path of [`${CONFIG_MAPS}/kube-root-ca.crt`, `${DEFAULT}/serviceaccounts/default`]) {
      await waitUntil(path, () => answersWith(tenant, path), { timeoutMs: 60_000 });
    }
  });

  afterEach(async () => {
    for (const exchange of open.splice(0)) exchange.cut();
    await awaitInflight(stack, TENANT, 0);
  });

  after(async () => {
    tenant?.close();
    upstream?.close();
    await stack?.mustKubectl(['delete', 'tenant', TENANT], 'operator');
  });

  /** Another POST, or several, whose body has begun and does not end: in flight for as long as the test likes. */
  async function hold(count = 1, besides = 0): Promise<OpenExchange[]> {
    // A client has its answer a little before the token is back.
    await awaitInflight(stack, TENANT, besides);
    const held = Array.from({ length: count }, () => {
      const exchange = openExchange(cluster, CONFIG_MAPS, { method: 'POST', headers: { 'content-type': 'application/json' } });
      exchange.sent.write(BODY.slice(0, 10));
      return exchange;
    });
    open.push(...held);
    await awaitInflight(stack, TENANT, besides + count);
    return held;
  }

  const get = (path = DEFAULT, as = cluster): Promise<Answer> => openExchange(as, path).answer();
  const statusOf = async () => (await get()).status;

  /** A change of the annotation has to be in force within a second. */
  async function setLimit(limit: number, inForce: () => Promise<boolean>): Promise<void> {
    await stack.mustKubectl(['annotate', '--overwrite', 'tenant', TENANT, `${ANNOTATION}=${limit}`], 'operator');
    await waitUntil(`a limit of ${limit} to be in force`, inForce, { timeoutMs: 1000, intervalMs: 20 });
  }

  function assertTooMany(answer: Answer): void {
    assert.equal(answer.status, 429, answer.body);
    assert.match(String(answer.headers['retry-after']), /^[1-9][0-9]*$/);
    assert.match(String(answer.headers['content-type']), /^application\/json/);
    const { kind, apiVersion, status, reason, code } = JSON.parse(answer.body);
    assert.deepEqual(
      { kind, apiVersion, status, reason, code },
      { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'TooManyRequests', code: 429 },
    );
  }

  it('a limit of one: the second request is refused, until the first has ended', async () => {
    assert.equal(await statusOf(), 200);
    const [held] = await hold();
    assertTooMany(await get());
    assertTooMany(await get('/api'));
    assertTooMany(
      await openExchange(cluster, CONFIG_MAPS, { method: 'POST', headers: { 'content-type': 'application/json' }, body: BODY }).answer(),
    );
    held!.sent.end(BODY.slice(10));
    assert.equal((await held!.answer()).status, 201);
    await awaitInflight(stack, TENANT, 0);
    assert.equal(await statusOf(), 200);
  });

  it('the other tenant is not held up', async () => {
    await hold();
    const other = readKubeconfig(stack.kubeconfig({ tenant: OTHER }));
    const answers = await Promise.all(Array.from({ length: 10 }, () => get(DEFAULT, other)));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    assertTooMany(await get());
  });

  it('a change of the annotation works within a second, up and down, in the same sidecar', async () => {
    const { pid } = stack.processes.process('sidecar');
    await hold();
    assertTooMany(await get());
    await setLimit(5, async () => (await statusOf()) === 200);
    await hold(4, 1);
    assertTooMany(await get());
    // The same burst under a high limit.
    const burst = async () => (await Promise.all(Array.from({ length: 20 }, statusOf))).filter((status) => status === 429).length;
    assert.equal(await burst(), 20);
    await setLimit(400, async () => (await statusOf()) === 200);
    assert.equal(await burst(), 0);
    await setLimit(1, async () => (await statusOf()) === 429);
    assert.equal(stack.processes.process('sidecar').pid, pid);
  });

  describe('a token comes back', () => {
    beforeEach(() => awaitInflight(stack, TENANT, 0));
    afterEach('and it was the only one', async () => {
      await awaitInflight(stack, TENANT, 0);
      assert.equal(await statusOf(), 200);
      await hold();
      assertTooMany(await get());
    });

    it('when the client leaves in the middle of its body', async () => {
      const [held] = await hold();
      assertTooMany(await get());
      held!.cut();
    });

    it('when the client leaves in the middle of the answer', async () => {
      await fillWithData();
      const reading = await holdSlowRead();
      assertTooMany(await get());
      reading.cut();
    });

    it('when a slow client has read all', async () => {
      const reading = await holdSlowRead();
      assertTooMany(await get());
      assert.ok((await reading.readAll()) > 8_000_000);
    });

    it('when upstream dies in the middle of a request, and refuses connections then', async () => {
      const apiserver = stack.processes.process('kube-apiserver');
      apiserver.kill('SIGSTOP');
      const asked = openExchange(cluster, DEFAULT);
      await awaitInflight(stack, TENANT, 1);
      assertTooMany(await get());
      apiserver.kill('SIGKILL');
      assert.equal((await asked.answer()).status, 503);
      await apiserver.stop();
      await awaitInflight(stack, TENANT, 0);
      for (let count = 0; count < 5; count += 1) {
        assert.equal(await statusOf(), 503);
        await awaitInflight(stack, TENANT, 0);
      }
      await apiserver.start();
      await waitUntil('upstream to be back', () => answersWith(tenant, DEFAULT), { timeoutMs: 20_000 });
    });

    it('when the sidecar is killed', async () => {
      const sidecar = stack.processes.process('sidecar');
      const [held] = await hold();
      sidecar.kill('SIGKILL');
      // Before a word of the request has gone upstream, so there is a Status; or the connection is gone.
      const status = await held!.answer().then(
        (answer) => answer.status,
        () => 0,
      );
      assert.ok(status === 503 || status === 0, String(status));
      await sidecar.waitReady();
      await waitUntil('Envoy to have found the new sidecar', () => answersWith(tenant, DEFAULT), { timeoutMs: 20_000 });
    });

    it('after every error', async () => {
      const post = (body: string, contentType = 'application/json') =>
        openExchange(cluster, CONFIG_MAPS, { method: 'POST', headers: { 'content-type': contentType }, body }).answer();
      const errors: Record<string, () => Promise<Answer>> = {
        '400 BadRequest': () => post('{"kind":'),
        '403 Forbidden': () => get('/apis/storage.k8s.io/v1/volumeattachments'),
        '404 NotFound': () => get(`${CONFIG_MAPS}/missing`),
        '405 MethodNotAllowed': () => openExchange(cluster, '/api/v1/namespaces', { method: 'DELETE' }).answer(),
        '406 NotAcceptable': () => openExchange(cluster, DEFAULT, { headers: { accept: 'text/html' } }).answer(),
        '409 AlreadyExists': () => post(JSON.stringify({ metadata: { name: 'kube-root-ca.crt' } })),
        '413 RequestEntityTooLarge': () => post(JSON.stringify({ data: { big: 'x'.repeat(3 * 1024 * 1024) } })),
        '415 UnsupportedMediaType': () => post('hello', 'text/plain'),
        '422 Invalid': () => post(JSON.stringify({ metadata: { name: 'Not-A-Name' } })),
      };
      for (const [expected, ask] of Object.entries(errors)) {
        for (let count = 0; count < 3; count += 1) {
          const answer = await ask();
          assert.equal(`${answer.status} ${JSON.parse(answer.body).reason}`, expected);
          await awaitInflight(stack, TENANT, 0);
        }
      }
    });
  });

  describe('what lasts takes no token', () => {
    let node: FakeNode;

    before(async () => {
      node = await startFakeNode(stack, upstream, `${TENANT}-default`);
    });
    after(() => node?.close());

    it('watches', async () => {
      const watches = await Promise.all(Array.from({ length: 5 }, () => openWatch(cluster, CONFIG_MAPS)));
      assert.equal(await readInflight(stack, TENANT), 0);
      assert.equal(await statusOf(), 200);
      for (const watch of watches) watch.close();
    });

    it('logs -f; a log that ends takes one', async () => {
      const following = openExchange(cluster, `${DEFAULT}/pods/held/log?follow=true`);
      open.push(following);
      const response = await following.response;
      assert.equal(response.statusCode, 200);
      response.on('error', () => {});
      assert.equal(String((await response.iterator({ destroyOnReturn: false }).next()).value), 'a line\n');
      assert.equal(await readInflight(stack, TENANT), 0);
      assert.equal(await statusOf(), 200);
      await awaitInflight(stack, TENANT, 0);
      const reading = openExchange(cluster, `${DEFAULT}/pods/held/log`);
      open.push(reading);
      assert.equal((await reading.response).statusCode, 200);
      await awaitInflight(stack, TENANT, 1);
      assertTooMany(await get());
    });

    it('exec, whose bytes go both ways', async () => {
      const exec = openExchange(cluster, `${DEFAULT}/pods/held/exec?command=sh&stdin=true`, {
        method: 'POST',
        headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' },
        body: '',
      });
      open.push(exec);
      const echoed = new Promise<string>((resolve, reject) => {
        exec.sent.once('error', reject).once('upgrade', (_, socket) => {
          socket.on('error', () => {}).once('data', (bytes: Buffer) => resolve(bytes.toString()));
          socket.write('hello');
        });
      });
      assert.equal((await exec.response).statusCode, 101);
      assert.equal(await echoed, 'hello');
      assert.equal(await readInflight(stack, TENANT), 0);
      assert.equal(await statusOf(), 200);
      assert.ok(node.asked.some((url) => url.startsWith(`/exec/${TENANT}-default/held/`)));
    });
  });

  /** Two times in forty Envoy was seen to take all ten megabytes in at once, and the sidecar is done then: another try. */
  function holdSlowRead(): Promise<SlowRead> {
    return waitUntil(
      'a slow read to be in flight',
      async () => {
        const reading = await openSlowRead(cluster, CONFIG_MAPS);
        if ((await readInflight(stack, TENANT)) === 1) return reading;
        reading.cut();
        return undefined;
      },
      { timeoutMs: 20_000 },
    );
  }

  /** More than all buffers between upstream and a client that does not read. */
  async function fillWithData(): Promise<void> {
    for (let count = 0; count < 10; count += 1) {
      const { status, body } = await tenant.request('POST', CONFIG_MAPS, {
        body: { metadata: { name: `large-${count}` }, data: { text: 'x'.repeat(1_000_000) } },
      });
      assert.equal(status, 201, body);
    }
  }
});
