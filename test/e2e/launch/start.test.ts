import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KubeClient } from '../../../src/launch/kube/kube-client.ts';
import { readKubeconfig } from '../../../src/launch/kube/kubeconfig.ts';
import type { Endpoints } from '../../../src/launch/stack/start-gateway.ts';
import { homeAt, tenantKubeconfigAt } from '../../../src/launch/state/home.ts';
import { commandOf } from '../../../src/launch/state/process-identity.ts';
import { runTool } from '../../../src/launch/tools/run-tool.ts';
import { waitUntil } from '../../../src/launch/wait-until.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const MAIN = join(ROOT, 'src/cli/main.ts');
const TENANT = 'abc123';

describe('kubezoo start', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kz-start-'));
  const home = homeAt(join(folder, 'home'));
  const flags = ['--home', home.root, '--port', '0', '--tenants', TENANT];
  let launcher: ChildProcess | undefined;
  let output = '';

  /** Resolves when the last line is the one that scripts wait for. */
  async function start(command = process.execPath, args = [MAIN, 'start']): Promise<void> {
    const child = spawn(command, [...args, ...flags], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    launcher = child;
    output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    await waitUntil('kubezoo to be ready', () => child.exitCode !== null || /^kubezoo is ready$/m.test(output), { timeoutMs: 120_000 });
    assert.equal(child.exitCode, null, output);
  }
  async function stop(signal: NodeJS.Signals): Promise<unknown[]> {
    const ended = once(launcher as ChildProcess, 'exit');
    launcher?.kill(signal);
    return ended;
  }
  const pids = () =>
    readdirSync(home.runDir)
      .filter((file) => file.endsWith('.pid'))
      .map((file) => Number(readFileSync(join(home.runDir, file), 'utf8')));
  const isOurs = (pid: number) => commandOf(pid).includes(home.root);
  async function statusOf(kubeconfig: string, method: string, path: string, body?: unknown): Promise<number> {
    const client = new KubeClient(readKubeconfig(kubeconfig));
    try {
      return (await client.request(method, path, { body })).status;
    } finally {
      client.close();
    }
  }
  const asTenant = (method: string, path: string, body?: unknown) => statusOf(tenantKubeconfigAt(home, TENANT), method, path, body);

  after(async () => {
    if (launcher?.exitCode === null && launcher.signalCode === null) await stop('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });

  it('leaves what it promises in the state folder, for its owner alone', async () => {
    await start();
    const endpoints = JSON.parse(readFileSync(home.endpoints, 'utf8')) as Endpoints;
    assert.equal(readKubeconfig(home.operatorKubeconfig).server, endpoints.gateway);
    assert.equal(readKubeconfig(home.upstreamKubeconfig).server, endpoints.upstream);
    assert.equal((await fetch(`${endpoints.admin}/readyz`)).status, 200);
    assert.equal(statSync(home.root).mode & 0o077, 0);
    assert.equal(await statusOf(home.upstreamKubeconfig, 'GET', `/api/v1/namespaces/${TENANT}-default`), 200);
    assert.equal(await asTenant('POST', '/api/v1/namespaces', { metadata: { name: 'kept' } }), 201);
  });
  it("gives the tenants' certificates no worth upstream", async () => {
    const { upstream } = JSON.parse(readFileSync(home.endpoints, 'utf8')) as Endpoints;
    const straight = new KubeClient({
      ...readKubeconfig(tenantKubeconfigAt(home, TENANT)),
      server: upstream,
      ca: readKubeconfig(home.upstreamKubeconfig).ca,
    });
    try {
      assert.equal((await straight.request('GET', '/api/v1/namespaces')).status, 401);
    } finally {
      straight.close();
    }
  });
  it('refuses a second start on the same state folder', async () => {
    const { code, stderr } = await runTool(process.execPath, [MAIN, 'start', ...flags]);
    assert.equal(code, 1);
    assert.match(stderr, /kubezoo is already running on/);
  });
  it('brings a killed sidecar back', async () => {
    const file = join(home.runDir, 'sidecar.pid');
    const killed = Number(readFileSync(file, 'utf8'));
    process.kill(killed, 'SIGKILL');
    await waitUntil('another sidecar', () => existsSync(file) && Number(readFileSync(file, 'utf8')) !== killed, { timeoutMs: 20_000 });
    await waitUntil('the tenant to be served', async () => (await asTenant('GET', '/api/v1/namespaces/kept')) === 200, {
      timeoutMs: 30_000,
    });
  });
  it('ends everything at Ctrl-C, orderly', async () => {
    const running = pids();
    assert.equal(running.filter(isOurs).length, 6);
    assert.deepEqual(await stop('SIGINT'), [0, null]);
    assert.deepEqual(running.filter(isOurs), []);
    assert.deepEqual(pids(), []);
  });
  it('finds its state again, under the same URLs', async () => {
    const before = readFileSync(home.endpoints, 'utf8');
    await start();
    assert.equal(readFileSync(home.endpoints, 'utf8'), before);
    assert.equal(await asTenant('GET', '/api/v1/namespaces/kept'), 200);
  });
  it('leaves nothing running when it is killed hard, and recovers', async () => {
    const running = pids();
    await stop('SIGKILL');
    await waitUntil('the rest to be ended', () => running.filter(isOurs).length === 0, { timeoutMs: 40_000 });
    await start('npm', ['start', '--']);
    assert.equal(await asTenant('GET', '/api/v1/namespaces/kept'), 200);
  });
  it('ends everything when npm is killed, which started it', async () => {
    const running = pids();
    assert.equal(running.filter(isOurs).length, 6);
    await stop('SIGKILL');
    await waitUntil('the stack to end', () => running.filter(isOurs).length === 0 && pids().length === 0, { timeoutMs: 40_000 });
    await waitUntil('the launcher to end', () => !existsSync(home.lock), { timeoutMs: 10_000 });
  });
  it('gives up when it is stopped half-way, and leaves nothing running', async () => {
    const child = spawn(process.execPath, [MAIN, 'start', ...flags], { stdio: 'ignore' });
    launcher = child;
    await waitUntil('etcd', () => existsSync(join(home.runDir, 'etcd.pid')), { timeoutMs: 30_000 });
    const running = pids();
    assert.deepEqual(await stop('SIGINT'), [130, null]);
    assert.deepEqual(running.filter(isOurs), []);
  });
  it('says what is in the way of its port', async () => {
    const { code, stderr } = await runTool(process.execPath, [MAIN, 'start', ...flags, '--port', new URL(await withListener()).port]);
    assert.equal(code, 1);
    assert.match(stderr, /Port \d+ is in use\.\nChoose another with --port/);
  });

  /** URL of something that listens until the tests end. */
  async function withListener(): Promise<string> {
    const server = createServer().unref();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  }
});
