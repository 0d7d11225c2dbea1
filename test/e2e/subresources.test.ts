/** Sub-resources of running pods, against a node that answers: the same commands through the gateway and straight at upstream. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readKubeconfig } from '../../src/launch/kube/kubeconfig.ts';
import { waitUntil } from '../../src/launch/wait-until.ts';
import { readWebSocketOverHttp2 } from '../helpers/http2-websocket.ts';
import type { KubectlResult } from '../helpers/kubectl.ts';
import { type KwokNode, startKwokNode } from '../helpers/kwok/start-kwok-node.ts';
import { makeTenant } from '../helpers/make-tenant.ts';
import { openExchange } from '../helpers/open-exchange.ts';
import { sharedStack } from '../helpers/shared-stack.ts';
import type { As, Stack } from '../helpers/stack.ts';
import { openCertificateStand } from './certificates/support/certificate-stand.ts';

const NAMESPACE = 'running';
const TENANT = { tenant: 'demo01' } as const;
const OTHER = { tenant: 'demo02' } as const;
/** Who asks; each has a pod `web` in a namespace of that name. */
const SIDES: readonly As[] = [TENANT, 'upstream'];
const PROTOCOLS = { WebSocket: 'true', 'SPDY/3.1': 'false' } as const;
const RFC3339 = '2026-01-01T00:00:00.000000000Z';

const pod = (podName: string, containers: readonly string[]) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: podName, namespace: NAMESPACE, labels: { app: podName } },
    spec: {
      terminationGracePeriodSeconds: 0,
      tolerations: [{ operator: 'Exists' }],
      automountServiceAccountToken: false,
      containers: containers.map((name) => ({ name, image: 'example.com/none', stdin: true })),
    },
  });

describe('sub-resources of running pods', () => {
  let stack: Stack;
  let node: KwokNode;

  before(async function () {
    this.timeout(180_000);
    stack = await sharedStack();
    node = await startKwokNode(stack);
    for (const as of [...SIDES, OTHER]) {
      await stack.mustKubectl(['create', 'namespace', NAMESPACE], as);
      await awaitServiceAccount(as);
      await stack.mustKubectl(['create', '-f', '-'], as, { stdin: pod('web', ['main', 'side']) });
      node.placeIn(typeof as === 'string' ? NAMESPACE : `${as.tenant}-${NAMESPACE}`);
    }
    await stack.mustKubectl(['create', '-f', '-'], TENANT, { stdin: pod('own', ['main']) });
    await stack.mustKubectl(['create', '-f', '-'], OTHER, { stdin: pod('others', ['main']) });
    for (const as of [...SIDES, OTHER])
      await stack.mustKubectl(['-n', NAMESPACE, 'wait', '--for=condition=Ready', 'pod/web', '--timeout=60s'], as);
  });

  after(async () => {
    for (const as of [...SIDES, OTHER]) await stack?.kubectl(['delete', 'namespace', NAMESPACE, '--wait=false'], as);
    await node?.close();
  });

  function awaitServiceAccount(as: As): Promise<unknown> {
    return waitUntil('the ServiceAccount', async () => (await stack.kubectl(['-n', NAMESPACE, 'get', 'sa', 'default'], as)).code === 0, {
      timeoutMs: 20_000,
    });
  }

  /** Runs kubectl on both sides; what it says must be the same, and holds no prefix. */
  async function same(args: readonly string[], options: { stdin?: string; env?: Record<string, string> } = {}) {
    const [here, there] = await Promise.all(SIDES.map((as) => stack.kubectl(['-n', NAMESPACE, ...args], as, options)));
    assert.deepEqual(here, there, `kubectl ${args.join(' ')}`);
    assert.doesNotMatch(here!.stdout + here!.stderr, /demo01-|kubezoo:/);
    return here!;
  }

  describe('log', () => {
    before(() => {
      writeFileSync(node.config.logFile, [1, 2, 3].map((count) => `${RFC3339} stdout F line ${count} of demo01-web\n`).join(''));
      writeFileSync(node.config.previousLogFile, `${RFC3339} stderr F it ended\n`);
    });

    it('is the container’s own text, byte for byte', async () => {
      for (const as of SIDES) {
        const read = (...args: string[]) => stack.mustKubectl(['-n', NAMESPACE, 'logs', 'web', ...args], as);
        assert.equal(await read('-c', 'main'), 'line 1 of demo01-web\nline 2 of demo01-web\nline 3 of demo01-web\n');
        assert.equal(await read('-c', 'main', '--tail=1', '--timestamps'), `${RFC3339} line 3 of demo01-web\n`);
        assert.equal(await read('-c', 'side', '--previous'), 'it ended\n');
      }
    });

    it('of many containers, of none and of a pod that is not there', async () => {
      await same(['logs', '-l', 'app=nothing']);
      assert.equal((await same(['logs', 'web', '-c', 'nope'])).code, 1);
      assert.match((await same(['logs', 'missing'])).stderr, /pods "missing" not found/);
      const [here, there] = await Promise.all(
        SIDES.map((as) => stack.kubectl(['-n', NAMESPACE, 'logs', 'web', '--all-containers', '--prefix', '--tail=1'], as)),
      );
      // Which container's lines come first is chance.
      const sorted = ({ stdout, ...rest }: KubectlResult) => ({ ...rest, lines: stdout.split('\n').sort() });
      assert.deepEqual(sorted(here!), sorted(there!));
    });

    it('follows, line by line as they come', async () => {
      const following = stack.openKubectl(['-n', NAMESPACE, 'logs', '-f', 'web', '-c', 'main'], TENANT);
      try {
        for (const count of [4, 5, 6]) {
          await waitUntil('the lines before', () => following.stdout().includes(`line ${count - 1} `), { timeoutMs: 15_000 });
          assert.doesNotMatch(following.stdout(), new RegExp(`line ${count} `));
          appendFileSync(node.config.logFile, `${RFC3339} stdout F line ${count} of demo01-web\n`);
        }
        await waitUntil('the last line', () => following.stdout().endsWith('line 6 of demo01-web\n'), { timeoutMs: 15_000 });
      } finally {
        following.child.kill();
        await following.ended;
      }
    });
  });

  it('exec over a WebSocket in HTTP/2', async () => {
    const query = `command=echo&command=hello&container=main&stdout=true`;
    const path = `/api/v1/namespaces/${NAMESPACE}/pods/web/exec?${query}`;
    const { status, protocol, messages } = await readWebSocketOverHttp2(
      readKubeconfig(stack.kubeconfig(TENANT)),
      path,
      'v5.channel.k8s.io',
    );
    assert.deepEqual([status, protocol], [200, 'v5.channel.k8s.io'], String(messages));
    // The first byte of each is the channel: 1 is stdout, 3 the outcome.
    const on = (channel: number) =>
      messages
        .filter(([first]) => first === channel)
        .map((message) => message.toString('utf8', 1))
        .join('');
    assert.equal(on(1), 'hello\n');
    assert.equal(JSON.parse(on(3)).status, 'Success');
  });

  for (const [protocol, websockets] of Object.entries(PROTOCOLS)) {
    describe(`exec and attach over ${protocol}`, () => {
      const env = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: websockets };
      const exec = (...command: string[]) => ['exec', '-i', 'web', '-c', 'main', '--', ...command];

      it('both outputs and the exit code', async () => {
        const expected = { code: 7, stdout: 'out\n', stderr: 'err\ncommand terminated with exit code 7\n' };
        for (const as of SIDES) {
          // Over SPDY a session that ends at once is now and then nothing to kubectl, straight at upstream as well (once in sixty): not twice running.
          const run = () => stack.kubectl(['-n', NAMESPACE, ...exec('sh', '-c', 'echo out; echo err >&2; exit 7')], as, { env });
          const first = await run();
          const isLost = websockets === 'false' && first.code === 0 && first.stdout + first.stderr === '';
          assert.deepEqual(isLost ? await run() : first, expected);
        }
      });

      it('speaks this protocol, also when the command ends at once', async () => {
        // kubectl falls back to the other one, and runs the command again, when the first is refused.
        for (let count = 0; count < 20; count += 1) {
          const { code, stderr } = await stack.kubectl(['-n', NAMESPACE, '-v=6', 'exec', 'web', '-c', 'main', '--', 'true'], TENANT, {
            env,
          });
          assert.equal(code, 0, stderr);
          assert.doesNotMatch(stderr, /fallback/);
          assert.match(stderr, new RegExp(`verb="${websockets === 'true' ? 'GET' : 'POST'}" url="[^"]*/exec[^"]*" status="101`));
        }
      });

      it('input to its end', async () => {
        assert.equal((await same(exec('cat'), { stdin: 'typed\n', env })).stdout, 'typed\n');
      });

      it('16 MB of output, 4 MB of input', async () => {
        const lines = Buffer.from(`${'x'.repeat(63)}\n`.repeat(250_000)).length;
        const { stdout } = await stack.kubectl(
          ['-n', NAMESPACE, ...exec('sh', '-c', 'yes xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx | head -n 250000')],
          TENANT,
          { env },
        );
        assert.equal(stdout.length, lines);
        const input = randomBytes(2_000_000).toString('hex');
        assert.equal((await same(exec('wc', '-c'), { stdin: input, env })).stdout.trim(), '4000000');
      });

      it('what is not there, and what cannot be run', async () => {
        assert.match((await same(['exec', 'web', '-c', 'nope', '--', 'true'], { env })).stderr, /container nope is not valid for pod web/);
        assert.match((await same(['exec', 'missing', '--', 'true'], { env })).stderr, /pods "missing" not found/);
        assert.match((await same(['exec', 'others', '--', 'true'], { env })).stderr, /not found/);
        // Over SPDY kubectl now and then loses what so short a session has to say, straight at upstream as well.
        const told = async () => (await stack.kubectl(['-n', NAMESPACE, ...exec('/no/such')], TENANT, { env })).stderr;
        await waitUntil('the reason', async () => /no such file or directory/.test(await told()), { timeoutMs: 20_000 });
      });

      it('a command without a terminal', async () => {
        const { stdout } = await stack.kubectl(
          ['-n', NAMESPACE, 'exec', 'web', '-c', 'main', '-i', '--', 'sh', '-c', 'tty || true'],
          TENANT,
          { env, stdin: '' },
        );
        assert.equal(stdout, 'not a tty\n');
      });

      it('attach, both ways', async () => {
        for (const as of SIDES) {
          const attached = stack.openKubectl(['-n', NAMESPACE, 'attach', '-i', 'web', '-c', 'main', '-q'], as, env);
          for (const word of ['hello', 'there']) {
            attached.child.stdin.write(`${word}\n`);
            await waitUntil('the answer', () => attached.stdout().endsWith(`you said ${word}\n`), { timeoutMs: 15_000 });
          }
          attached.child.stdin.end('bye\n');
          assert.equal(await attached.ended, 0, attached.stderr());
          assert.equal(attached.stdout(), 'attached to main\nyou said hello\nyou said there\n');
        }
      });

      it('cp, there and back', async () => {
        const file = join(node.workDir, '..', 'sent.bin');
        writeFileSync(file, randomBytes(1_000_000));
        await stack.mustKubectl(['-n', NAMESPACE, 'cp', file, 'web:copied.bin', '-c', 'main'], TENANT, { env });
        await stack.mustKubectl(['-n', NAMESPACE, 'cp', 'web:copied.bin', `${file}.back`, '-c', 'main'], TENANT, { env });
        assert.deepEqual(readFileSync(`${file}.back`), readFileSync(file));
      });
    });

    it(`port-forward over ${protocol}: bytes both ways`, async () => {
      const env = { KUBECTL_PORT_FORWARD_WEBSOCKETS: websockets };
      const forwarding = stack.openKubectl(['-n', NAMESPACE, 'port-forward', 'pod/web', ':8080'], TENANT, env);
      try {
        const [, port] = await waitUntil('the port', () => /127\.0\.0\.1:(\d+) ->/.exec(forwarding.stdout()) ?? undefined, {
          timeoutMs: 15_000,
        });
        const url = `http://127.0.0.1:${port}`;
        const [first, second] = await Promise.all([
          fetch(`${url}/echo/1`, { method: 'POST', body: 'x'.repeat(1_000_000) }),
          fetch(`${url}/echo/2`),
        ]);
        assert.equal(((await first.json()) as { url: string }).url, '/echo/1');
        assert.equal(((await second.json()) as { url: string }).url, '/echo/2');
        assert.equal((await (await fetch(`${url}/large`)).arrayBuffer()).byteLength, 5_000_000);
      } finally {
        forwarding.child.kill();
        await forwarding.ended;
      }
      const refused = await same(['port-forward', 'pod/missing', ':8080'], { env });
      assert.match(refused.stderr, /pods "missing" not found/);
    });
  }

  describe('proxy', () => {
    const ask = async (as: As, path: string, options: { method?: string; body?: unknown } = {}) => {
      const client = stack.client(as);
      try {
        const { status, body } = await client.request(options.method ?? 'GET', `/api/v1/namespaces/${NAMESPACE}/${path}`, {
          body: options.body,
        });
        return { status, body };
      } finally {
        client.close();
      }
    };

    before(async () => {
      for (const as of SIDES) {
        const port = node.server.port;
        const service = {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'web' },
          spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: port }] },
        };
        await stack.mustKubectl(['-n', NAMESPACE, 'create', '-f', '-'], as, { stdin: JSON.stringify(service) });
        await waitUntil('an endpoint', async () => (await ask(as, 'services/web:http/proxy/echo')).status === 200, { timeoutMs: 20_000 });
      }
    });

    for (const target of ['pods/web:PORT', 'services/web:http', 'services/http:web:80']) {
      it(target, async () => {
        const at = (path: string) => `${target.replace('PORT', String(node.server.port))}/proxy${path}`;
        for (const as of SIDES) {
          const echo = JSON.parse(
            (await ask(as, at('/echo/a?b=c'), { method: 'PUT', body: { kind: 'Pod', metadata: { namespace: 'x' } } })).body,
          );
          assert.deepEqual([echo.method, echo.url], ['PUT', '/echo/a?b=c']);
          assert.equal((await ask(as, at('/large'))).body.length, 5_000_000);
          assert.deepEqual(await ask(as, at('/fails')), { status: 500, body: 'demo01-web: out of order' });
        }
      });
    }

    it('what cannot be reached is told alike', async () => {
      for (const path of ['pods/missing/proxy/', 'services/missing/proxy/', 'services/web:81/proxy/', 'pods/others/proxy/']) {
        const [here, there] = await Promise.all(SIDES.map((as) => ask(as, path)));
        assert.deepEqual(here, there, path);
        assert.doesNotMatch(here!.body, /demo01-/);
      }
    });
  });

  describe('objects', () => {
    it('eviction, resize, scale, status, token', async () => {
      await same([
        'patch',
        'pod',
        'web',
        '--subresource=resize',
        '-p',
        '{"spec":{"containers":[{"name":"main","resources":{"requests":{"cpu":"10m"}}}]}}',
      ]);
      await same(['patch', 'pod', 'web', '--subresource=status', '--type=merge', '-p', '{"status":{"message":"as it is"}}']);
      assert.equal((await same(['get', 'pod', 'web', '-o', 'jsonpath={.status.message}'])).stdout, 'as it is');
      for (const as of SIDES) {
        const [, payload] = (await stack.mustKubectl(['-n', NAMESPACE, 'create', 'token', 'default'], as)).split('.');
        assert.match(JSON.parse(Buffer.from(payload!, 'base64url').toString()).sub, /system:serviceaccount:(demo01-)?running:default/);
      }
      await same(['create', 'deployment', 'scaled', '--image=example.com/none', '--replicas=1']);
      await same(['scale', 'deployment', 'scaled', '--replicas=2']);
      assert.equal((await same(['get', 'deployment', 'scaled', '--subresource=scale', '-o', 'jsonpath={.spec.replicas}'])).stdout, '2');
      await same(['delete', 'deployment', 'scaled']);
      const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'own', namespace: NAMESPACE } };
      await stack.mustKubectl(['create', '--raw', `/api/v1/namespaces/${NAMESPACE}/pods/own/eviction`, '-f', '-'], TENANT, {
        stdin: JSON.stringify(eviction),
      });
      await stack.mustKubectl(['-n', NAMESPACE, 'wait', '--for=delete', 'pod/own', '--timeout=30s'], TENANT);
    });

    it('an ephemeral container, attached to', async () => {
      for (const as of SIDES) {
        const debug = ['-n', NAMESPACE, 'debug', 'web', '--image=example.com/none', '-c', 'debugger', '--profile=general', '-iq'];
        const debugging = stack.openKubectl(debug, as);
        debugging.child.stdin.write('hello\n');
        await waitUntil('the answer', () => debugging.stdout().includes('attached to debugger\nyou said hello\n'), { timeoutMs: 20_000 });
        debugging.child.stdin.end('bye\n');
        assert.equal(await debugging.ended, 0, debugging.stderr());
      }
    });

    it('binding and finalize are refused with a reason', async () => {
      const client = stack.client(TENANT);
      const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'web' }, target: { kind: 'Node', name: 'kwok-node' } };
      const refuse = async (method: string, path: string, body: unknown, saying: RegExp) => {
        const answer = await client.request(method, path, { body });
        assert.equal(answer.status, 403, answer.body);
        assert.match(JSON.parse(answer.body).message, saying);
      };
      await refuse('POST', `/api/v1/namespaces/${NAMESPACE}/pods/web/binding`, binding, /pods are bound to nodes by the platform/);
      await refuse('POST', `/api/v1/namespaces/${NAMESPACE}/bindings`, binding, /pods are bound to nodes by the platform/);
      await refuse(
        'PUT',
        `/api/v1/namespaces/${NAMESPACE}/finalize`,
        { metadata: { name: NAMESPACE }, spec: {} },
        /finalized by the platform/,
      );
      client.close();
    });
  });

  it('a refused upgrade is told in the tenant’s names', async () => {
    const token = (await stack.mustKubectl(['-n', NAMESPACE, 'create', 'token', 'default'], TENANT)).trim();
    const { server, ca } = readKubeconfig(stack.kubeconfig(TENANT));
    for (const upgrade of ['websocket', 'SPDY/3.1']) {
      const headers = {
        connection: 'Upgrade',
        upgrade,
        accept: 'application/vnd.kubernetes.protobuf',
        ...(upgrade === 'websocket' && { 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==', 'sec-websocket-version': '13' }),
      };
      const path = `/api/v1/namespaces/${NAMESPACE}/pods/web/exec?command=true&stdout=true`;
      const answer = await openExchange({ server, ca, token }, path, { headers }).answer();
      assert.equal(answer.status, 403, answer.body);
      assert.equal(
        JSON.parse(answer.body).message,
        'pods "web" is forbidden: User "system:serviceaccount:running:default" cannot get resource "pods/exec" in API group "" in the namespace "running"',
      );
    }
  });

  it('a session ends with the certificate that it was opened with', async () => {
    const stand = await openCertificateStand();
    try {
      // Not a name that other tests use: what they issue to one who is revoked is worth nothing.
      const users = ['leaver', 'stayer'] as const;
      const [leaver, stayer] = await Promise.all(
        users.map((user) => stand.userKubeconfig(TENANT.tenant, user, '--group', 'tenant-admins')),
      );
      const command = ['-n', NAMESPACE, 'exec', '-i', 'web', '-c', 'main', '--', 'sh', '-c', 'echo begun; cat'];
      const [lost, kept] = [leaver!, stayer!].map(({ file }) => stand.openKubectl(file, command));
      for (const session of [lost!, kept!]) await waitUntil('the session', () => session.stdout() === 'begun\n', { timeoutMs: 15_000 });
      assert.equal((await stand.tenantCommand('revoke', TENANT.tenant, '--user', 'leaver')).code, 0);
      await lost!.ended;
      kept!.child.stdin.write('still here\n');
      await waitUntil('the other session', () => kept!.stdout().includes('still here'), { timeoutMs: 15_000 });
      kept!.child.kill();
    } finally {
      stand.close();
    }
  });

  it('a session ends with its tenant', async () => {
    const passing = { tenant: 'going1' } as const;
    await makeTenant(stack, passing.tenant);
    await stack.mustKubectl(['create', 'namespace', NAMESPACE], passing);
    await awaitServiceAccount(passing);
    node.placeIn(`${passing.tenant}-${NAMESPACE}`);
    await stack.mustKubectl(['create', '-f', '-'], passing, { stdin: pod('web', ['main']) });
    await stack.mustKubectl(['-n', NAMESPACE, 'wait', '--for=condition=Ready', 'pod/web', '--timeout=60s'], passing);
    const sessions = Object.values(PROTOCOLS).map((websockets) =>
      stack.openKubectl(['-n', NAMESPACE, 'exec', '-i', 'web', '--', 'sh', '-c', 'echo begun; cat'], passing, {
        KUBECTL_REMOTE_COMMAND_WEBSOCKETS: websockets,
      }),
    );
    for (const session of sessions) await waitUntil('the session', () => session.stdout() === 'begun\n', { timeoutMs: 15_000 });
    await stack.mustKubectl(['delete', 'tenant', passing.tenant, '--wait=false'], 'operator');
    // SPDY's kubectl takes a lost connection for an end: what counts is that it is over, long before the hour that a kubelet waits.
    await Promise.all(sessions.map(({ ended }) => ended));
  });
});
