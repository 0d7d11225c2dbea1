/** Programs of others, and programs that are written with others' libraries: as two tenants at once, who must not notice the gateway or each other. */
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SILENT } from '../../src/launch/progress.ts';
import { runTool } from '../../src/launch/tools/run-tool.ts';
import { waitUntil } from '../../src/launch/wait-until.ts';
import { buildClients, type Clients } from '../helpers/build-clients.ts';
import { type KwokNode, startKwokNode } from '../helpers/kwok/start-kwok-node.ts';
import { findPythonClient } from '../helpers/python-client.ts';
import { sharedStack } from '../helpers/shared-stack.ts';
import type { Stack } from '../helpers/stack.ts';
import { startWebhookServer, type WebhookServer } from '../helpers/webhook-server.ts';

const TENANTS = ['demo01', 'demo02'];
const NAMESPACE = 'running';
const FOLDER = resolve(import.meta.dirname, 'clients');
const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const JSON_TYPE = 'application/json';
const CLEAN = "nothing of upstream's names in any answer";

describe('clients', () => {
  let stack: Stack;
  let node: KwokNode;
  let clients: Clients;

  before(async function () {
    this.timeout(180_000);
    stack = await sharedStack();
    clients = await buildClients(SILENT);
    node = await startKwokNode(stack);
    appendFileSync(node.config.logFile, '2026-01-01T00:00:00.000000000Z stdout F a line\n');
    const pod = {
      metadata: { name: 'web' },
      spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'example.com/none' }] },
    };
    for (const tenant of TENANTS) {
      await waitUntil(
        'the namespace to be free',
        async () => (await stack.kubectl(['create', 'namespace', NAMESPACE], { tenant })).code === 0,
        {
          timeoutMs: 60_000,
        },
      );
      const account = async () => (await stack.kubectl(['-n', NAMESPACE, 'get', 'serviceaccount', 'default'], { tenant })).code === 0;
      await waitUntil('the ServiceAccount', account, { timeoutMs: 20_000 });
      node.placeIn(`${tenant}-${NAMESPACE}`);
      const manifest = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', ...pod });
      await stack.mustKubectl(['-n', NAMESPACE, 'create', '-f', '-'], { tenant }, { stdin: manifest });
    }
    for (const tenant of TENANTS) await stack.mustKubectl(['-n', NAMESPACE, 'wait', '--for=condition=Ready', 'pod/web'], { tenant });
  });

  after(async () => {
    for (const tenant of TENANTS) await stack?.kubectl(['delete', 'namespace', '--wait=false', NAMESPACE], { tenant });
    await node?.close();
  });

  /** Runs it as every tenant at the same time; each must have held all the checks. */
  async function runAsTenants(
    command: string,
    args: readonly string[],
    checks: readonly string[],
    env: Record<string, string> = {},
  ): Promise<void> {
    const results = await Promise.all(
      TENANTS.map((tenant) =>
        runTool(command, args, {
          env: {
            PATH: process.env.PATH,
            HOME: join(stack.home.root, tenant),
            KUBECONFIG: stack.kubeconfig({ tenant }),
            FORBIDDEN: `${tenant}-`,
            ...env,
          },
        }),
      ),
    );
    for (const { code, stdout, stderr } of results) {
      assert.equal(code, 0, stdout + stderr);
      const held = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { check: string });
      assert.deepEqual(held.map(({ check }) => check).sort(), [...checks].sort());
    }
  }

  /** For the next program to make it anew. */
  async function withoutNamespace(name: string): Promise<void> {
    await Promise.all(
      TENANTS.map((tenant) => stack.mustKubectl(['delete', 'namespace', name, '--ignore-not-found', '--timeout=60s'], { tenant })),
    );
  }

  describe('client-go', () => {
    for (const mediaType of [JSON_TYPE, PROTOBUF]) {
      for (const watchList of ['true', 'false']) {
        it(`informers with ${mediaType}, WatchList ${watchList}`, async () => {
          const caches = ['pods -A', 'configmaps -A', 'namespaces', 'pods of one', 'configmaps of one', 'configmaps -A by label'];
          const checks = ['caches fill', ...caches.map((name) => `cache equals a fresh list: ${name}`), 'media type', CLEAN];
          await runAsTenants(clients.clients, ['informers', mediaType], checks, { KUBE_FEATURE_WatchListClient: watchList });
          await withoutNamespace('informed');
        });
      }
      it(`conflicts, leader election, apply, dynamic, metadata and discovery with ${mediaType}`, async () => {
        const checks = [
          'retry on conflict',
          'leader election',
          'server-side apply',
          'dynamic client',
          'metadata client',
          'discovery',
          CLEAN,
        ];
        await runAsTenants(clients.clients, ['writers', mediaType], checks);
        await withoutNamespace('written');
      });
      it(`an operator of controller-runtime with ${mediaType}`, async () => {
        const acts = ['acts on what is new', 'acts on what changes', 'restores what it owns', 'finalizes'];
        await runAsTenants(clients.clients, ['operator', mediaType], [...acts.map((act) => `the operator ${act}`), CLEAN]);
        await withoutNamespace('operated');
      });
    }

    it('exec', async () => {
      await runAsTenants(clients.clients, ['exec', NAMESPACE, 'web'], ['exec by SPDY', 'exec by WebSocket', CLEAN]);
    });
  });

  it('@kubernetes/client-node', async () => {
    const checks = ['informer', 'watch', 'create, patch, replace, delete, list', 'exec', CLEAN];
    await runAsTenants(process.execPath, [join(FOLDER, 'node/client.ts'), 'by-node', 'web'], checks);
  });

  it('the Python client', async function () {
    this.timeout(300_000);
    const PYTHONPATH = await findPythonClient(SILENT);
    const checks = ['watch', 'create, patch, replace, delete, list', 'pages', 'exec', 'log', CLEAN];
    await runAsTenants('python3', [join(FOLDER, 'python/client.py'), 'by-python', 'web'], checks, { PYTHONPATH });
  });

  describe('helm', () => {
    const RELEASE = 'sample';

    const servers = new Map<string, WebhookServer>();

    /** What the tenant's own webhook is reached by. */
    const webhookOf = (tenant: string): string => {
      const { port, caBundle } = servers.get(tenant)!;
      return `webhook.port=${port},webhook.caBundle=${caBundle}`;
    };

    /** Runs helm as both at once; the outputs, in the order of the tenants. */
    async function helm(...args: string[]): Promise<string[]> {
      const isWrite = args[0] === 'install' || args[0] === 'upgrade';
      const results = await Promise.all(
        TENANTS.map((tenant) =>
          runTool(clients.helm, [...args, '--namespace', 'charts', ...(isWrite ? ['--set', webhookOf(tenant)] : [])], {
            env: { PATH: process.env.PATH, HOME: join(stack.home.root, `helm-${tenant}`), KUBECONFIG: stack.kubeconfig({ tenant }) },
          }),
        ),
      );
      results.forEach(({ code, stdout, stderr }, index) => {
        assert.equal(code, 0, `helm ${args.join(' ')}: ${stdout}${stderr}`);
        assert.ok(!(stdout + stderr).includes(`${TENANTS[index]}-`), stdout + stderr);
      });
      return results.map(({ stdout }) => stdout);
    }

    const read = (tenant: string, ...args: string[]) => stack.mustKubectl(['-n', 'charts', 'get', ...args], { tenant });

    before(async () => {
      for (const tenant of TENANTS) {
        node.placeIn(`${tenant}-charts`);
        servers.set(tenant, await startWebhookServer(`${RELEASE}-webhook`, 'charts'));
      }
    });

    after(async () => {
      for (const server of servers.values()) await server.close();
    });

    /** What helm does not manage: it would call that a conflict. */
    const putLoad = (tenant: string, load: number) =>
      stack.kubectl(['-n', 'charts', 'patch', 'gadget', RELEASE, '--type=merge', '-p', JSON.stringify({ spec: { load } })], { tenant });

    it('install, upgrade, rollback, uninstall', async () => {
      const chart = join(FOLDER, 'chart');
      await helm('install', RELEASE, chart, '--create-namespace', '--wait', '--timeout=60s');
      for (const tenant of TENANTS) {
        assert.equal(await read(tenant, 'deployment', RELEASE, '-o', 'jsonpath={.status.readyReplicas}'), '1');
        assert.equal(await read(tenant, 'configmap', RELEASE, '-o', 'jsonpath={.data.found}'), 'kube-system');
      }
      for (const tenant of TENANTS) {
        const server = servers.get(tenant)!;
        server.answer = ({ object }) => ({
          allowed: (object.spec.load ?? 0) < 10,
          status: { message: `too large for ${object.metadata.namespace}` },
        });
        assert.equal(await read(tenant, 'gadget', RELEASE, '-o', 'jsonpath={.spec.size}'), '3');
        // Upstream takes a moment to learn of a webhook.
        const asked = async () => (await putLoad(tenant, 4)).code === 0 && server.seen.length > 0;
        await waitUntil('the webhook to be asked', asked, { timeoutMs: 20_000 });
        const { code, stderr } = await putLoad(tenant, 11);
        assert.equal(code, 1);
        assert.match(stderr, /admission webhook "gadgets.sample.example.com" denied the request: too large for charts/);
        const service = await read(tenant, 'validatingwebhookconfiguration', RELEASE, '-o', 'jsonpath={.webhooks[0].clientConfig.service}');
        assert.deepEqual(JSON.parse(service), { name: `${RELEASE}-webhook`, namespace: 'charts', path: '/gadgets', port: 443 });
      }
      await helm('upgrade', RELEASE, chart, '--set', 'colour=green,replicas=2', '--wait', '--timeout=60s');
      for (const tenant of TENANTS) assert.equal(await read(tenant, 'configmap', RELEASE, '-o', 'jsonpath={.data.colour}'), 'green');
      await helm('rollback', RELEASE, '1', '--wait', '--timeout=60s');
      for (const tenant of TENANTS) assert.equal(await read(tenant, 'configmap', RELEASE, '-o', 'jsonpath={.data.colour}'), 'blue');
      for (const history of await helm('history', RELEASE, '-o', 'json')) assert.equal((JSON.parse(history) as unknown[]).length, 3);
      for (const list of await helm('list', '-o', 'json')) assert.equal((JSON.parse(list) as unknown[]).length, 1);
      await helm('get', 'all', RELEASE);
      await helm('uninstall', RELEASE, '--wait', '--timeout=60s');
      for (const tenant of TENANTS) {
        assert.equal(await read(tenant, 'deployments,services,roles,rolebindings,secrets', '-o', 'name'), '');
        assert.doesNotMatch(await read(tenant, 'clusterroles,clusterrolebindings,validatingwebhookconfigurations', '-o', 'name'), /sample/);
        // helm leaves CRDs to people.
        await stack.mustKubectl(['delete', 'crd', 'gadgets.sample.example.com'], { tenant });
      }
      await withoutNamespace('charts');
    });
  });
});
